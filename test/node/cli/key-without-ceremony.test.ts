import path from "node:path";
import { expect } from "chai";
import { type Address, keccak256 } from "viem";
import { capacityProfile } from "../../../node/consensus/capacity.ts";
import { type ListedKey, listedKeys } from "../../../node/consensus/ceremony-keys.ts";
import type { SigningChain } from "../../../node/consensus/chain.ts";
import { createKeystore } from "../../../node/consensus/keystore.ts";
import { stakeOf } from "../../../node/consensus/registry.ts";
import { verifyingKeyHash } from "../../../node/consensus/spacetime.ts";
import { balanceOf } from "../../../node/consensus/token.ts";
import { freeOf } from "../../../node/consensus/vault.ts";
import { type ForeignChain, foreignChain } from "../../fixtures/foreign-chain.ts";
import { TOKEN } from "../../fixtures/live-chain.ts";
import { runHere } from "../../fixtures/run-here.ts";
import { ROOT } from "../daemon/daemon-process.ts";
import { type Market, startMarket } from "../daemon/market.ts";

const HAS = 60n * TOKEN;
const OPTIMISM = 10;

describe("a market whose key no ceremony is listed for, on a chain that money is on", () => {
  let market: Market;
  let foreign: ForeignChain;
  let chain: SigningChain;
  let options: string[];

  before(async () => {
    market = await startMarket({ capacity: true });
    foreign = await foreignChain(market.rpcUrl, OPTIMISM);
    const account = await market.account(1, HAS);
    chain = await market.connect(account);
    const data = path.join(market.folder, "owner");
    await createKeystore(path.join(data, "keystore.json"), "correct horse", account.privateKey);
    const link = ["--rpc", foreign.rpcUrl, "--market", chain.addresses.market];
    options = ["--home", data, "--password-file", market.passwordFile, ...link];
  });
  after(async () => {
    await foreign?.close();
    await market?.stop();
  });

  /** Runs the command, which must be refused for this verifier's key, and must have left all money alone. */
  async function refused(args: readonly string[], verifier: Address): Promise<void> {
    const { code, answer } = await runHere<{ error: { code: string; details: unknown } }>([...args, ...options]);
    expect([code, answer.error?.code]).to.deep.equal([1, "KEY_WITHOUT_CEREMONY"]);
    const hash = await verifyingKeyHash(chain, verifier);
    expect(answer.error.details).to.deep.equal({ hash, K: 2, D: 5, chainId: OPTIMISM });
    const me = chain.account.address;
    const money = await Promise.all([stakeOf(chain, me), freeOf(chain, me), balanceOf(chain, me)]);
    expect(money).to.deep.equal([0n, 0n, HAS]);
    expect(foreign.methods).to.include("eth_call").and.not.include("eth_sendRawTransaction");
  }

  const init = ["provider", "init", "--stake", "10", "--prover", path.join(ROOT, "build/circuits/test")];

  it("gets no stake from a provider that sets itself up", async () => {
    await refused(init, chain.addresses.verifier);
  });

  it("gets none either where only the key for empty capacity is without, from a provider that would fill", async () => {
    const { verifier } = chain.addresses;
    const listed = listedKeys("spacetime") as ListedKey[];
    listed.push({ hash: await verifyingKeyHash(chain, verifier), K: 2, D: 5, transcript: "ceremony/this-test" });
    try {
      const fill = ["--fill", "1", "--fill-prover", path.join(ROOT, "build/circuits/capacity-test")];
      await refused([...init, ...fill], (await capacityProfile(chain)).verifier);
    } finally {
      listed.pop();
    }
  });

  it("gets no deposit and no escrow from a client that posts an order", async () => {
    const order = ["order", "post", "--header", keccak256("0x78"), "--shard-bytes", "200000", "--budget", "1"];
    await refused(order, chain.addresses.verifier);
  });
});
