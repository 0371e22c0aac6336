import { expect } from "chai";
import { type Hex, keccak256, numberToHex, toHex } from "viem";
import { type Bag, challengesOf, countsOf, draw, insert } from "../../../node/data/bag.ts";
import { capacitySeed, capacityVector, placesOf } from "../../../node/data/capacity-challenge.ts";
import { drSample } from "../../../node/data/capacity-graph.ts";
import { SCALAR_FIELD } from "../../../node/data/digest.ts";
import vectors from "../../fixtures/capacity-vectors.json" with { type: "json" };
import { BAD_PROOF, GOOD_PROOF, rootOf, WINDOW_LENGTH } from "../spacetime/fixture.ts";
import { D, deployCapacity } from "./fixture.ts";

describe("a capacity window", () => {
  it("asks for labels whose parents are those of the shared vectors", async () => {
    const { ethers } = await deployCapacity();
    const harness = await ethers.deployContract("LibraryHarness");
    for (const { id, index, parents } of vectors.parents) {
      const bits = index < 2 ** 15 ? 15 : 27;
      const bytes = numberToHex(BigInt(id), { size: 32 });
      expect(await harness.placesOf(bytes, index, bits)).to.equal(placesOf([index, ...parents], 0, bits / 3));
    }
    const id = numberToHex(5n, { size: 32 });
    expect(await harness.placesOf(id, 0, 27)).to.equal(await harness.placesOf(id, 1, 27));
    for (let i = 0; i < 300; i++) {
      const id = BigInt(keccak256(toHex(`graph ${i}`))) % SCALAR_FIELD;
      const index = 1 + (Number(id % 2n ** 27n) >> (i % 27));
      const bytes = numberToHex(id, { size: 32 });
      const expected = placesOf([index, ...drSample(id)(index)], 0, 9);
      expect(await harness.placesOf(bytes, index, 27), `label ${index}`).to.equal(expected);
    }
  });

  it("draws from all sectors by their size, as the node's mirror says", async () => {
    const { capacity, spacetime, provider, fill, intoWindow, idOf } = await deployCapacity({ K: 8 });
    const sizes = [14, 13, 15, 13, 14];
    await fill(sizes);
    const bag: Bag = new Map();
    const roots = new Map<Hex, Hex>();
    for (const [i, m] of sizes.entries()) {
      const id = (await idOf(1 + i)) as Hex;
      insert(bag, m, id);
      roots.set(id, rootOf(1_001 + i));
    }
    for (let window = 2n; window < 12n; window++) {
      await intoWindow(window);
      const seed = capacitySeed((await spacetime.seedOf(provider, window)) as Hex);
      expect(await capacity.seedOf(provider, window)).to.equal(seed);
      const counts = countsOf(bag);
      const drawn = challengesOf(bag, seed, 8).map(({ root: id, index }, j) => ({
        root: BigInt(roots.get(numberToHex(id, { size: 32 }))!),
        id,
        m: draw(seed, j, counts).m,
        index: Number(index),
      }));
      expect([...(await capacity.challengesOf(provider, window))]).to.deep.equal(capacityVector(drawn, D));
    }
  });

  it("is open from the block after its opening to its close", async () => {
    const { capacity, own, provider, fill, goTo, opening, intoWindow } = await deployCapacity();
    await fill([13]);
    const [opens, closes] = [await opening(2n), (await opening(2n)) + WINDOW_LENGTH];
    await goTo(opens);
    await expect(own.submitProof(provider, 2, GOOD_PROOF, 0))
      .to.be.revertedWithCustomError(capacity, "CapacityWindowNotOpen")
      .withArgs(opens, closes, opens);
    await goTo(closes + 1n);
    await expect(own.submitProof(provider, 2, GOOD_PROOF, 0))
      .to.be.revertedWithCustomError(capacity, "CapacityWindowNotOpen")
      .withArgs(opens, closes, closes + 1n);
    await intoWindow(3n, 1n);
    await own.submitProof(provider, 3, GOOD_PROOF, 0);
    await intoWindow(4n, WINDOW_LENGTH);
    await own.submitProof(provider, 4, GOOD_PROOF, 0);
  });

  it("is proven once, by a good proof of a digest in the field, whoever brings it", async () => {
    const { capacity, asOutsider, provider, outsider, fill, intoWindow, elementsIn } = await deployCapacity();
    await fill([13]);
    await intoWindow(2n);
    await expect(asOutsider.submitProof(provider, 2, BAD_PROOF, 0)).to.be.revertedWithCustomError(
      capacity,
      "CapacityProofInvalid",
    );
    await expect(asOutsider.submitProof(provider, 2, GOOD_PROOF, SCALAR_FIELD))
      .to.be.revertedWithCustomError(capacity, "CapacityNotAFieldElement")
      .withArgs(SCALAR_FIELD);
    await asOutsider.submitProof(provider, 2, GOOD_PROOF, SCALAR_FIELD - 1n);
    await expect(asOutsider.submitProof(provider, 2, GOOD_PROOF, 0))
      .to.be.revertedWithCustomError(capacity, "CapacityAlreadyProven")
      .withArgs(provider, 2);
    expect(await elementsIn(2n)).to.equal(2n ** 13n);
    expect(await elementsIn(2n, outsider)).to.equal(0n);
  });

  it("keeps what was proven beside what other windows proved", async () => {
    const { own, provider, fill, intoWindow, elementsIn } = await deployCapacity();
    const proven = new Map<bigint, bigint>();
    for (const window of [3n, 4n, 5n, 7n, 8n]) {
      await fill([13], Number(window));
      await intoWindow(window);
      await own.submitProof(provider, window, GOOD_PROOF, 0);
      proven.set(window, BigInt(1 + [3n, 4n, 5n, 7n, 8n].indexOf(window)) * 2n ** 13n);
    }
    for (let window = 0n; window < 12n; window++) {
      expect(await elementsIn(window), `window ${window}`).to.equal(proven.get(window) ?? 0n);
    }
  });

  it("is not for a lane that is suspended for want of stake", async () => {
    const { capacity, own, provider, registry, spacetime, asMarket, fill, intoWindow } = await deployCapacity();
    await fill([13]);
    await asMarket.add(provider, 13, rootOf(1));
    await registry.setStake(provider, 0n);
    await registry.raise(spacetime, provider, 1n);
    await intoWindow(2n);
    await expect(own.submitProof(provider, 2, GOOD_PROOF, 0))
      .to.be.revertedWithCustomError(capacity, "CapacityLaneSuspended")
      .withArgs(provider);
    await registry.raise(spacetime, provider, 2n ** 100n);
    await own.submitProof(provider, 2, GOOD_PROOF, 0);
  });
});
