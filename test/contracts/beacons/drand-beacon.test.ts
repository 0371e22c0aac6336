import { bls12_381 } from "@noble/curves/bls12-381.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { expect } from "chai";
import { DOMAIN, early, FIELD, late, quicknet, timeOf, uncompressed, words } from "./quicknet.ts";
import { openChain } from "./support.ts";

async function deploy(delay = 0, seconds = timeOf(early.round) - 600) {
  const chain = await openChain(new Date(1000 * seconds));
  return { ...chain, beacon: await chain.ethers.deployContract("DrandBeacon", [delay]) };
}

describe("DrandBeacon", () => {
  it("uses vectors that a second implementation verifies under quicknet's published key", () => {
    const { shortSignatures } = bls12_381;
    for (const { round, randomness, signature } of quicknet.rounds) {
      const message = Buffer.alloc(8);
      message.writeBigUInt64BE(BigInt(round));
      const point = shortSignatures.hash(sha256(message), DOMAIN);
      const key = bls12_381.G2.Point.fromHex(quicknet.publicKey);
      expect(shortSignatures.verify(shortSignatures.Signature.fromHex(signature), point, key)).to.equal(true);
      expect(Buffer.from(sha256(Buffer.from(signature, "hex"))).toString("hex")).to.equal(randomness);
    }
  });

  it("gives the published randomness for the published signatures, as drand's clients compute it", async () => {
    const { beacon } = await deploy();
    for (const vector of quicknet.rounds) {
      expect(await beacon.randomnessOf(vector.round, uncompressed(vector))).to.equal(`0x${vector.randomness}`);
    }
  });

  it("refuses the signature of another round, and any with a bit changed", async () => {
    const { beacon } = await deploy();
    await expect(beacon.randomnessOf(early.round + 1, uncompressed(early)))
      .to.be.revertedWithCustomError(beacon, "DrandSignatureInvalid")
      .withArgs(early.round + 1);
    await expect(beacon.randomnessOf(early.round, uncompressed(late))).to.be.revertedWithCustomError(
      beacon,
      "DrandSignatureInvalid",
    );
    for (const word of ["xHigh", "xLow", "yHigh", "yLow"] as const) {
      const signature = uncompressed(early);
      signature[word] ^= 1n;
      await expect(beacon.randomnessOf(early.round, signature), word)
        .to.be.revertedWithCustomError(beacon, "BlsPrecompileFailed")
        .withArgs("0x000000000000000000000000000000000000000F");
    }
  });

  it("refuses the negated signature, infinity, a point outside the subgroup and another name of a coordinate", async () => {
    const { beacon } = await deploy();
    const { x, y } = bls12_381.G1.Point.fromHex(early.signature).toAffine();
    for (const signature of [words(x, FIELD - y), words(0n, 0n)]) {
      await expect(beacon.randomnessOf(early.round, signature)).to.be.revertedWithCustomError(
        beacon,
        "DrandSignatureInvalid",
      );
    }
    // (0, 2) is on the curve y^2 = x^3 + 4 and has order 3.
    for (const signature of [words(0n, 2n), words(x + FIELD, y), words(x, y + FIELD)]) {
      await expect(beacon.randomnessOf(early.round, signature)).to.be.revertedWithCustomError(
        beacon,
        "BlsPrecompileFailed",
      );
    }
  });

  it("hashes to the curve as RFC 9380 has it, messages of no byte and of many", async () => {
    const { ethers } = await openChain();
    const harness = await ethers.deployContract("Bls12381Harness");
    for (const text of ["", "abc", "a".repeat(200)]) {
      const point = bls12_381.G1.hashToCurve(Buffer.from(text), { DST: DOMAIN }).toAffine();
      const expected = [point.x, point.y].map((value) => value.toString(16).padStart(128, "0")).join("");
      const found = await harness.hashToG1(`0x${Buffer.from(text).toString("hex")}`, Buffer.from(DOMAIN));
      expect(found).to.equal(`0x${expected}`);
    }
  });

  it("compresses points of either sign as they are published", async () => {
    const { ethers } = await openChain();
    const harness = await ethers.deployContract("Bls12381Harness");
    for (const { signature } of quicknet.rounds) {
      const point = bls12_381.G1.Point.fromHex(signature);
      for (const either of [point, point.negate()]) {
        const { x, y } = either.toAffine();
        expect(await harness.compress(words(x, y))).to.equal(`0x${either.toHex(true)}`);
      }
    }
  });

  it("tells y from -y at the very middle of the field too", async () => {
    const { ethers } = await openChain();
    const harness = await ethers.deployContract("Bls12381Harness");
    const half = (FIELD - 1n) / 2n;
    const flagged = async (y: bigint) => BigInt(await harness.compress(words(5n, y))) >> 381n;
    expect([await flagged(half), await flagged(half + 1n)]).to.deep.equal([0b100n, 0b101n]);
  });

  describe("records for a block", () => {
    it("the first round after its time, by anyone, once, and reverts before", async () => {
      const { ethers, networkHelpers, beacon, headerAt } = await deploy();
      await networkHelpers.time.setNextBlockTimestamp(timeOf(early.round) - 1);
      await networkHelpers.mine();
      const number = await networkHelpers.time.latestBlock();
      await networkHelpers.mine();
      await expect(beacon.randomnessAt(number))
        .to.be.revertedWithCustomError(beacon, "BeaconNotRecorded")
        .withArgs(number);
      const outsider = (await ethers.getSigners())[5]!;
      const asOutsider = beacon.connect(outsider) as typeof beacon;
      const header = await headerAt(number);
      await expect(asOutsider.record(header, uncompressed(early)))
        .to.emit(beacon, "RandomnessRecorded")
        .withArgs(number, `0x${early.randomness}`);
      expect(await beacon.randomnessAt(number)).to.equal(`0x${early.randomness}`);
      await expect(asOutsider.record(header, uncompressed(early))).not.to.emit(beacon, "RandomnessRecorded");
    });

    it("no other round, so that whoever records cannot choose", async () => {
      const { networkHelpers, beacon, headerAt } = await deploy();
      for (const seconds of [timeOf(early.round) - 4, timeOf(early.round)]) {
        await networkHelpers.time.setNextBlockTimestamp(seconds);
        await networkHelpers.mine();
        const number = await networkHelpers.time.latestBlock();
        await networkHelpers.mine();
        await expect(beacon.record(await headerAt(number), uncompressed(early))).to.be.revertedWithCustomError(
          beacon,
          "DrandSignatureInvalid",
        );
      }
    });

    it("nothing by a header that claims another time", async () => {
      const { networkHelpers, beacon, headerAt, blockAt } = await deploy();
      await networkHelpers.mine();
      const number = await networkHelpers.time.latestBlock();
      await networkHelpers.mine();
      const header = await headerAt(number);
      const time = BigInt((await blockAt(number)).timestamp as string).toString(16);
      const other = header.replace(time, (BigInt(timeOf(early.round)) - 1n).toString(16));
      expect(other).to.not.equal(header);
      await expect(beacon.record(other, uncompressed(early))).to.be.revertedWithCustomError(
        beacon,
        "BeaconHeaderUnknown",
      );
    });

    it("a round that is published DELAY seconds later, where there is a delay", async () => {
      const { beacon } = await deploy(12);
      for (const [seconds, round] of [
        [timeOf(early.round) - 13, early.round],
        [timeOf(early.round) - 12, early.round + 1],
        [timeOf(early.round) - 15, early.round],
        [0, 1],
        [timeOf(1) - 13, 1],
        [timeOf(1) - 12, 2],
      ] as const) {
        expect(await beacon.roundAfter(seconds), `${seconds}`).to.equal(round);
      }
    });
  });

  it("cannot be deployed with a delay after which the block's hash may be forgotten", async () => {
    const { ethers } = await openChain();
    const factory = await ethers.getContractFactory("DrandBeacon");
    await expect(factory.deploy(253)).to.be.revertedWithCustomError(factory, "BeaconDelayTooLong").withArgs(256, 253);
    expect(await (await ethers.deployContract("DrandBeacon", [252])).lifetime()).to.equal(256n);
  });

  it("cannot be deployed on a chain without the precompiles of EIP-2537", async () => {
    const { ethers } = await openChain(undefined, "cancun");
    const factory = await ethers.getContractFactory("DrandBeacon");
    await expect(factory.deploy(0)).to.be.revertedWithCustomError(factory, "BlsPrecompileFailed");
  });
});
