import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { network } from "hardhat";
import { type Hex, keccak256 } from "viem";
import { recordRandomness } from "../../../scripts/lib/record-randomness.ts";
import { rejection } from "../support/rejection.ts";

const [vector] = JSON.parse(readFileSync(path.resolve("test/fixtures/drand-quicknet.json"), "utf8")).rounds;
const PUBLISHED = 1_692_803_367 + 3 * (vector.round - 1);

async function deploy(contract: "PrevrandaoBeacon" | "DrandBeacon", delay: bigint) {
  const initialDate = new Date(1000 * (PUBLISHED - 600));
  const { viem, networkHelpers, provider } = await network.create({ override: { initialDate } });
  const { address: beacon } = await viem.deployContract(contract, [delay]);
  const [walletClient] = await viem.getWalletClients();
  const clients = { publicClient: await viem.getPublicClient(), walletClient: walletClient! };
  return { networkHelpers, provider, parameters: { ...clients, beacon } };
}

describe("recordRandomness", () => {
  it("brings the header of the block that carries the value: the next one where the beacon's delay is 1", async () => {
    const { networkHelpers, provider, parameters } = await deploy("PrevrandaoBeacon", 1n);
    const block = BigInt(await networkHelpers.time.latestBlock());
    expect((await rejection(recordRandomness({ ...parameters, block }))).code).to.equal("BLOCK_UNKNOWN");
    const randao = keccak256("0x05");
    await provider.request({ method: "hardhat_setPrevRandao", params: [randao] });
    await networkHelpers.mine();
    expect((await rejection(recordRandomness({ ...parameters, block }))).code).to.equal("BLOCK_UNKNOWN");
    await networkHelpers.mine();
    expect(await recordRandomness({ ...parameters, block })).to.equal(randao);
    expect(await recordRandomness({ ...parameters, block })).to.equal(randao);
  });

  it("brings drand's signature as it is published, and refuses what is none", async () => {
    const { networkHelpers, parameters } = await deploy("DrandBeacon", 0n);
    await networkHelpers.time.setNextBlockTimestamp(PUBLISHED - 1);
    await networkHelpers.mine();
    const block = BigInt(await networkHelpers.time.latestBlock());
    await networkHelpers.mine();
    const signature: Hex = `0x${vector.signature}`;
    const error = await rejection(recordRandomness({ ...parameters, block, signature: `${signature}00` }));
    expect(error.code).to.equal("SIGNATURE_INVALID");
    const refused = await rejection(recordRandomness({ ...parameters, block: block - 1n, signature }));
    expect(refused.code).to.equal("RECORD_REFUSED");
    expect(refused.message).to.contain("DrandSignatureInvalid");
    expect(await recordRandomness({ ...parameters, block, signature })).to.equal(`0x${vector.randomness}`);
  });
});
