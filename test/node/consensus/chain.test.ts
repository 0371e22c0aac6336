import { expect } from "chai";
import { zeroHash } from "viem";
import { connectChain } from "../../../node/consensus/chain.ts";
import { checkVerifier } from "../../../node/consensus/spacetime.ts";
import { deposit } from "../../../node/consensus/vault.ts";
import { ownPort } from "../../../scripts/lib/ports.ts";
import { rejection } from "../../contracts/support/rejection.ts";
import { type LiveChain, liveChain } from "../../fixtures/live-chain.ts";

describe("connectChain", () => {
  let live: LiveChain;
  before(async () => {
    live = await liveChain();
  });

  it("finds every contract and parameter from the market's address", async () => {
    const { rpcUrl } = live.process;
    const { addresses, parameters, chainId } = await connectChain({ rpcUrl, market: live.deployment.market });
    expect(live.deployment).to.deep.include(addresses);
    expect(Object.values(addresses)).to.not.include(undefined);
    expect(chainId).to.equal(31337);
    expect(parameters.period).to.equal(30n);
    expect(parameters.windowLength).to.equal(24n);
    expect(parameters.closeDelay).to.equal(60n);
    expect([parameters.challenges, parameters.levels]).to.deep.equal([4, 9]);
  });

  it("finds the block in which the vault was deployed", async () => {
    const { fromBlock, publicClient, addresses } = await live.connect(1);
    expect(await publicClient.getCode({ address: addresses.vault, blockNumber: fromBlock })).to.be.a("string");
    expect(await publicClient.getCode({ address: addresses.vault, blockNumber: fromBlock - 1n })).to.equal(undefined);
  });

  it("says that nothing answers at a closed port", async () => {
    const rpcUrl = `http://127.0.0.1:${await ownPort()}`;
    const error = await rejection(connectChain({ rpcUrl, market: live.deployment.market }));
    expect(error.code).to.equal("CHAIN_UNREACHABLE");
    expect(error.message).to.include(rpcUrl);
  });

  it("refuses another chain id than the one expected", async () => {
    const { rpcUrl } = live.process;
    const error = await rejection(connectChain({ rpcUrl, market: live.deployment.market, chainId: 1 }));
    expect(error.code).to.equal("WRONG_CHAIN");
    expect(error.details).to.include({ expected: 1, found: 31337 });
  });

  it("refuses an account without code and a contract that is no market", async () => {
    const { rpcUrl } = live.process;
    for (const market of [live.account(5).address, live.deployment.vault, live.deployment.channels]) {
      expect((await rejection(connectChain({ rpcUrl, market }))).code).to.equal("NOT_A_MARKET");
    }
  });

  it("cannot send without an account", async () => {
    const { rpcUrl } = live.process;
    const reader = await connectChain({ rpcUrl, market: live.deployment.market });
    expect((await rejection(deposit(reader, 1n))).code).to.equal("NO_ACCOUNT");
  });

  it("refuses proving keys or a profile that the deployed verifier does not have", async () => {
    const chain = await live.connect(1);
    await checkVerifier(chain, { keyHash: zeroHash, challenges: 4, levels: 9 });
    const otherKey = checkVerifier(chain, { keyHash: `0x${"11".repeat(32)}`, challenges: 4, levels: 9 });
    expect((await rejection(otherKey)).code).to.equal("VERIFIER_MISMATCH");
    const otherProfile = checkVerifier(chain, { keyHash: zeroHash, challenges: 16, levels: 9 });
    expect((await rejection(otherProfile)).code).to.equal("VERIFIER_MISMATCH");
  });
});
