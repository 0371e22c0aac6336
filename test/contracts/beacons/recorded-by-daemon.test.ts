import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { network } from "hardhat";
import { type Address, custom, type Hex, keccak256, toHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { connectChain } from "../../../node/consensus/chain.ts";
import { recordRandomness } from "../../../node/consensus/randomness.ts";
import { openingOf, seedOf } from "../../../node/consensus/spacetime.ts";
import { deployHoldfast } from "../../../scripts/lib/deploy.ts";
import { LOCAL_PARAMETERS } from "../../../scripts/lib/parameters.ts";
import { rejection } from "../support/rejection.ts";

const [vector] = JSON.parse(readFileSync(path.resolve("test/fixtures/drand-quicknet.json"), "utf8")).rounds;
const PUBLISHED = 1_692_803_367 + 3 * (vector.round - 1);
const account = privateKeyToAccount(keccak256(toHex("a provider that records")));
const noSignatures = async (): Promise<Hex> => expect.fail("this beacon needs no signature");

/** A deployment on the beacon, seen by a provider's node, and the opening of a window of its own that is still to come. */
async function given(contract: "PrevrandaoBeacon" | "DrandBeacon", delay: bigint) {
  const initialDate = new Date(1000 * (PUBLISHED - 600));
  const { viem, networkHelpers, provider } = await network.create({ override: { initialDate } });
  const beacon = await viem.deployContract(contract as "DrandBeacon", [delay]);
  const verifier = await viem.deployContract("VerifierMock", [4n, 9n]);
  const [walletClient] = await viem.getWalletClients();
  const publicClient = await viem.getPublicClient();
  const common = { publicClient, walletClient: walletClient!, parameters: LOCAL_PARAMETERS };
  const { market } = await deployHoldfast({ ...common, verifier: verifier.address, beacon: beacon.address });
  await networkHelpers.setBalance(account.address, 10n ** 20n);
  const transport = custom(provider as Parameters<typeof custom>[0]);
  const chain = await connectChain({ rpcUrl: "in-process", market, account, transport, pollingInterval: 10 });
  const window = 3;
  const opening = await openingOf(chain, account.address as Address, window);
  const seed = () => seedOf(chain, account.address as Address, window);
  return { networkHelpers, provider, chain, beacon, opening, seed };
}

describe("a daemon on a beacon that has to be brought its values", () => {
  it("brings prevrandao of the block after the opening, once another follows it, and then there is a seed", async () => {
    const { networkHelpers, provider, chain, beacon, opening, seed } = await given("PrevrandaoBeacon", 1n);
    await networkHelpers.mineUpTo(opening);
    const randao = keccak256("0x07");
    await provider.request({ method: "hardhat_setPrevRandao", params: [randao] });
    await networkHelpers.mine();
    expect((await rejection(recordRandomness(chain, opening, noSignatures))).code).to.equal("BLOCK_UNKNOWN");
    await networkHelpers.mine();
    const missing = await rejection(seed());
    expect([missing.code, missing.details!.errorName]).to.deep.equal(["CHAIN_REVERTED", "BeaconNotRecorded"]);
    await recordRandomness(chain, opening, noSignatures);
    expect(await beacon.read.randomnessAt([opening])).to.equal(randao);
    expect(await seed()).to.match(/^0x[0-9a-f]{64}$/);
    await recordRandomness(chain, opening, noSignatures);
    expect(await beacon.read.randomnessAt([opening])).to.equal(randao);
  });

  it("brings drand's signature of the round that belongs to the opening's time", async () => {
    const { networkHelpers, chain, beacon, opening, seed } = await given("DrandBeacon", 0n);
    await networkHelpers.mineUpTo(opening - 1n);
    await networkHelpers.time.setNextBlockTimestamp(PUBLISHED - 1);
    await networkHelpers.mine(2);
    const asked: bigint[] = [];
    await recordRandomness(chain, opening, async (round) => {
      asked.push(round);
      return `0x${vector.signature}`;
    });
    expect(asked).to.deep.equal([BigInt(vector.round)]);
    expect(await beacon.read.randomnessAt([opening])).to.equal(`0x${vector.randomness}`);
    expect(await seed()).to.match(/^0x[0-9a-f]{64}$/);
    const wrong = await rejection(recordRandomness(chain, opening, async () => `0x${"ff".repeat(48)}`));
    expect(wrong.code).to.equal("SIGNATURE_INVALID");
  });
});
