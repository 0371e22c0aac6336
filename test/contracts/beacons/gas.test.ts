import { expect } from "chai";
import { early, timeOf, uncompressed } from "./quicknet.ts";
import { openChain } from "./support.ts";

describe("recording a block's randomness, once for all providers", () => {
  it("costs less than 82,000 gas with prevrandao", async () => {
    const { ethers, headerAt, mineWith } = await openChain();
    const beacon = await ethers.deployContract("PrevrandaoBeacon", [0]);
    const receipt = await (await beacon.record!(await headerAt(await mineWith(`0x${"5a".repeat(32)}`)))).wait();
    expect(receipt!.gasUsed).to.be.below(82_000n);
  });

  it("costs less than 215,000 gas with drand", async () => {
    const { ethers, networkHelpers, headerAt } = await openChain(new Date(1000 * (timeOf(early.round) - 600)));
    const beacon = await ethers.deployContract("DrandBeacon", [0]);
    await networkHelpers.time.setNextBlockTimestamp(timeOf(early.round) - 1);
    await networkHelpers.mine();
    const number = await networkHelpers.time.latestBlock();
    await networkHelpers.mine();
    const receipt = await (await beacon.record!(await headerAt(number), uncompressed(early))).wait();
    expect(receipt!.gasUsed).to.be.below(215_000n);
  });
});
