import { expect } from "chai";
import { network } from "hardhat";
import { keccak256, numberToHex } from "viem";
import { HISTORY, HISTORY_CODE } from "../support/history.ts";

/** A chain whose history contract knows the blocks it is told of, as if the system had called it at every block. */
async function chainWithHistory() {
  const { ethers, networkHelpers, provider: rpc } = await network.create();
  await rpc.request({ method: "hardhat_setCode", params: [HISTORY, HISTORY_CODE] });
  const remember = async (block: number, hash: string): Promise<void> => {
    const slot = numberToHex(block % 8191);
    await rpc.request({ method: "hardhat_setStorageAt", params: [HISTORY, slot, hash] });
  };
  const latest = await networkHelpers.time.latestBlock();
  const tip = await ethers.provider.getBlock(latest);
  await remember(latest, tip!.hash!); // the beacon asks for the block before its own
  const beacon = await ethers.deployContract("BlockhashBeacon");
  return { ethers, networkHelpers, beacon, remember };
}

describe("BlockhashBeacon", () => {
  it("answers with the block's hash for 256 blocks, and reverts for the current and later ones", async () => {
    const { ethers, networkHelpers } = await network.create();
    const beacon = await ethers.deployContract("BlockhashBeacon");
    await networkHelpers.mine(300);
    const latest = await networkHelpers.time.latestBlock();
    for (const block of [latest - 1, latest - 256]) {
      expect(await beacon.randomnessAt(block)).to.equal((await ethers.provider.getBlock(block))!.hash);
    }
    for (const block of [latest, latest + 1, 2n ** 256n - 1n]) {
      await expect(beacon.randomnessAt(block))
        .to.be.revertedWithCustomError(beacon, "BeaconNoRandomness")
        .withArgs(block, latest);
    }
  });

  it("promises 256 blocks where the history contract does not answer, and reverts beyond", async () => {
    const { ethers, networkHelpers } = await network.create();
    const beacon = await ethers.deployContract("BlockhashBeacon");
    expect(await beacon.lifetime()).to.equal(256n);
    await networkHelpers.mine(300);
    const latest = await networkHelpers.time.latestBlock();
    // Hardhat's code at the address reverts with a sentence, whose bytes must not pass for a hash.
    await expect(beacon.randomnessAt(latest - 257)).to.be.revertedWithCustomError(beacon, "BeaconNoRandomness");
  });

  it("answers from the history contract for 8,191 blocks, and reverts for an older one", async () => {
    const { networkHelpers, beacon, remember } = await chainWithHistory();
    expect(await beacon.lifetime()).to.equal(8_191n);
    await networkHelpers.mine(8_300);
    const latest = await networkHelpers.time.latestBlock();
    for (const distance of [257, 8_190, 8_191]) {
      const hash = keccak256(numberToHex(distance));
      await remember(latest - distance, hash);
      expect(await beacon.randomnessAt(latest - distance)).to.equal(hash);
    }
    await remember(latest - 8_192, keccak256("0x01"));
    await expect(beacon.randomnessAt(latest - 8_192))
      .to.be.revertedWithCustomError(beacon, "BeaconNoRandomness")
      .withArgs(latest - 8_192, latest);
  });

  it("reverts for a zero hash, which everybody would know in advance", async () => {
    const { networkHelpers, beacon } = await chainWithHistory();
    await networkHelpers.mine(1_000);
    const latest = await networkHelpers.time.latestBlock();
    await expect(beacon.randomnessAt(latest - 500)).to.be.revertedWithCustomError(beacon, "BeaconNoRandomness");
  });
});
