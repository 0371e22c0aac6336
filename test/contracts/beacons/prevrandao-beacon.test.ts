import { expect } from "chai";
import { fromRlp, type Hex, keccak256, toRlp } from "viem";
import { headerOf } from "../../../node/consensus/block-header.ts";
import { rejection } from "../support/rejection.ts";
import { openChain } from "./support.ts";

const RANDAO = keccak256("0x01");

async function deploy(delay = 0) {
  const chain = await openChain();
  return { ...chain, beacon: await chain.ethers.deployContract("PrevrandaoBeacon", [delay]) };
}

describe("PrevrandaoBeacon", () => {
  it("answers with the prevrandao of a block whose header anyone has brought, and reverts before", async () => {
    const { ethers, beacon, headerAt, mineWith } = await deploy();
    const number = await mineWith(RANDAO);
    await mineWith(keccak256("0x02"));
    await expect(beacon.randomnessAt(number))
      .to.be.revertedWithCustomError(beacon, "BeaconNotRecorded")
      .withArgs(number);
    const outsider = (await ethers.getSigners())[5]!;
    const header = await headerAt(number);
    await expect((beacon.connect(outsider) as typeof beacon).record(header))
      .to.emit(beacon, "RandomnessRecorded")
      .withArgs(number, RANDAO);
    expect(await beacon.randomnessAt(number)).to.equal(RANDAO);
  });

  it("records once for all: again it changes nothing and says nothing", async () => {
    const { beacon, headerAt, mineWith } = await deploy();
    const number = await mineWith(RANDAO);
    const header = await headerAt(number);
    await beacon.record(header);
    await expect(beacon.record(header)).not.to.emit(beacon, "RandomnessRecorded");
    expect(await beacon.randomnessAt(number)).to.equal(RANDAO);
  });

  it("keeps what is recorded after the chain has forgotten the block, and takes no header of it then", async () => {
    const { networkHelpers, beacon, headerAt, mineWith } = await deploy();
    const [kept, missed] = [await mineWith(RANDAO), await mineWith(RANDAO)];
    await beacon.record(await headerAt(kept));
    await networkHelpers.mine(300);
    expect(await beacon.randomnessAt(kept)).to.equal(RANDAO);
    const header = await headerAt(missed);
    await expect(beacon.record(header))
      .to.be.revertedWithCustomError(beacon, "BeaconHeaderUnknown")
      .withArgs(missed, `0x${"00".repeat(32)}`, keccak256(header));
  });

  it("refuses a header with any one of its fields changed, the number and prevrandao among them", async () => {
    const { beacon, headerAt, mineWith } = await deploy();
    const number = await mineWith(RANDAO);
    await mineWith(RANDAO);
    const fields = fromRlp(await headerAt(number), "hex") as Hex[];
    expect(fields).to.have.length(21);
    for (const [i, field] of fields.entries()) {
      const last = field === "0x" ? "0x01" : (`${field.slice(0, -1)}${field.endsWith("1") ? "2" : "1"}` as Hex);
      const changed = toRlp(fields.with(i, last));
      await expect(beacon.record(changed), `field ${i}`).to.be.revertedWithCustomError(beacon, "BeaconHeaderUnknown");
    }
    await expect(beacon.randomnessAt(number)).to.be.revertedWithCustomError(beacon, "BeaconNotRecorded");
  });

  it("refuses bytes that are no header: cut, with more behind, a short list, none", async () => {
    const { ethers, beacon, headerAt, mineWith } = await deploy();
    const header = await headerAt(await mineWith(RANDAO));
    for (const bytes of [header.slice(0, -2), `${header}00`, toRlp(["0x01", "0x02"]), "0x", "0x80"]) {
      await expect(beacon.record(bytes)).to.revert(ethers);
    }
  });

  it("takes no header of the block that is being made, nor of one of a chain with other blocks", async () => {
    const { beacon, mineWith } = await deploy();
    const number = await mineWith(RANDAO);
    const other = await deploy();
    await other.mineWith(keccak256("0x03"));
    const foreign = await other.headerAt(number);
    await expect(beacon.record(foreign)).to.be.revertedWithCustomError(beacon, "BeaconHeaderUnknown");
  });

  it("refuses a zero prevrandao, which everybody would know in advance", async () => {
    const { beacon, headerAt, mineWith } = await deploy();
    const number = await mineWith(`0x${"00".repeat(32)}`);
    await expect(beacon.record(await headerAt(number)))
      .to.be.revertedWithCustomError(beacon, "BeaconZeroRandomness")
      .withArgs(number);
  });

  it("with a delay of 1 answers for a block with what the next one carries: its own reveal is in it", async () => {
    const { beacon, headerAt, mineWith } = await deploy(1);
    const opening = await mineWith(RANDAO);
    const next = keccak256("0x04");
    expect(await mineWith(next)).to.equal(opening + 1);
    await beacon.record(await headerAt(opening + 1));
    expect(await beacon.randomnessAt(opening)).to.equal(next);
    await expect(beacon.randomnessAt(opening + 1)).to.be.revertedWithCustomError(beacon, "BeaconNotRecorded");
    expect(await beacon.lifetime()).to.equal(255n);
  });

  it("cannot be deployed with a delay after which the block's hash is forgotten", async () => {
    const { ethers, beacon } = await deploy();
    expect(await beacon.lifetime()).to.equal(256n);
    const factory = await ethers.getContractFactory("PrevrandaoBeacon");
    await expect(factory.deploy(256)).to.be.revertedWithCustomError(factory, "BeaconDelayTooLong").withArgs(256, 256);
  });

  it("is brought no header by a node that does not know all of the block's fields", async () => {
    const { blockAt, mineWith } = await deploy();
    const block = await blockAt(await mineWith(RANDAO));
    const error = await rejection(Promise.resolve().then(() => headerOf({ ...block, requestsHash: undefined })));
    expect(error.code).to.equal("HEADER_UNKNOWN");
  });
});
