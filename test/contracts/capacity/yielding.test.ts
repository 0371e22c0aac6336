import { expect } from "chai";
import { numberToHex } from "viem";
import { GOOD_PROOF, WINDOW_LENGTH } from "../spacetime/fixture.ts";
import { deployCapacity, replica } from "./fixture.ts";

const PIECE = 2n ** 13n;

describe("a sector that yields to a replica", () => {
  async function given() {
    const all = await deployCapacity();
    await all.fill([13, 14, 15]);
    await all.intoWindow(1n, WINDOW_LENGTH + 2n);
    await expect(all.own.yieldTo([1, 3], replica(1)))
      .to.emit(all.capacity, "SectorYields")
      .withArgs(all.provider, await all.idOf(1), replica(1))
      .and.to.emit(all.capacity, "SectorYields")
      .withArgs(all.provider, await all.idOf(3), replica(1));
    return all;
  }

  it("goes in the transaction that puts the replica into the bag, from the opening at which that counts", async () => {
    const { capacity, own, provider, asMarket, spacetime, intoWindow, elementsIn, idOf } = await given();
    expect(await capacity.yieldsOf(provider)).to.deep.equal([
      [await idOf(1), await idOf(3)],
      [replica(1), replica(1)],
    ]);
    await asMarket.add(provider, 13, replica(1));
    expect((await spacetime.recordOf(provider, replica(1))).firstWindow).to.equal(2n);
    await intoWindow(2n);
    await expect(own.submitProof(provider, 2, GOOD_PROOF, 0))
      .to.emit(capacity, "SectorRemoved")
      .withArgs(provider, await idOf(1), replica(1))
      .and.to.emit(capacity, "SectorRemoved")
      .withArgs(provider, await idOf(3), replica(1));
    expect(await elementsIn(2n)).to.equal(2n * PIECE);
    expect(await capacity.weightOf(provider)).to.equal(2n * PIECE);
    expect(await capacity.yieldsOf(provider)).to.deep.equal([[], []]);
  });

  it("stays in the window that is open when the replica comes, and in its draws", async () => {
    const { capacity, own, provider, asMarket, intoWindow, elementsIn } = await given();
    await intoWindow(2n);
    const before = await capacity.challengesOf(provider, 2);
    await asMarket.add(provider, 13, replica(1));
    await capacity.collect(provider);
    expect(await capacity.challengesOf(provider, 2)).to.deep.equal(before);
    await own.submitProof(provider, 2, GOOD_PROOF, 0);
    expect(await elementsIn(2n)).to.equal(7n * PIECE);
    await intoWindow(3n);
    await own.submitProof(provider, 3, GOOD_PROOF, 0);
    expect(await elementsIn(3n)).to.equal(2n * PIECE);
  });

  it("stays for good where the replica does not come", async () => {
    const { capacity, own, provider, intoWindow, elementsIn } = await given();
    for (const window of [2n, 3n]) {
      await intoWindow(window);
      await own.submitProof(provider, window, GOOD_PROOF, 0);
      expect(await elementsIn(window)).to.equal(7n * PIECE);
    }
    expect((await capacity.yieldsOf(provider))[0]).to.have.length(2);
  });

  it("goes though the replica was retired since", async () => {
    const { own, provider, asMarket, intoWindow, elementsIn, capacity } = await given();
    await asMarket.add(provider, 13, replica(1));
    await asMarket.retire(provider, replica(1));
    await intoWindow(2n);
    await own.submitProof(provider, 2, GOOD_PROOF, 0);
    expect(await elementsIn(2n)).to.equal(2n * PIECE);
    expect(await capacity.weightOf(provider)).to.equal(2n * PIECE);
  });

  it("stays when its provider takes the yield back, and other yields stay in their order", async () => {
    const { capacity, own, provider, asMarket, intoWindow, elementsIn, idOf } = await given();
    await own.yieldTo([2], replica(2));
    await own.yieldTo([1], replica(3));
    await expect(own.keepFrom(replica(1)))
      .to.emit(capacity, "SectorsKept")
      .withArgs(provider, replica(1));
    expect(await capacity.yieldsOf(provider)).to.deep.equal([
      [await idOf(2), await idOf(1)],
      [replica(2), replica(3)],
    ]);
    await asMarket.add(provider, 13, replica(1));
    await asMarket.add(provider, 13, replica(3));
    await intoWindow(2n);
    await own.submitProof(provider, 2, GOOD_PROOF, 0);
    expect(await elementsIn(2n)).to.equal(6n * PIECE);
    expect(await capacity.yieldsOf(provider)).to.deep.equal([[await idOf(2)], [replica(2)]]);
  });

  it("cannot be taken back any more once a window draws without it", async () => {
    const { capacity, own, provider, asMarket, intoWindow } = await given();
    await asMarket.add(provider, 13, replica(1));
    await intoWindow(2n);
    await own.keepFrom(replica(1));
    expect(await capacity.weightOf(provider)).to.equal(2n * PIECE);
  });

  it("goes to the first replica of several, and once", async () => {
    const { capacity, own, provider, asMarket, intoWindow, elementsIn } = await given();
    await own.yieldTo([1, 2], replica(2));
    await asMarket.add(provider, 13, replica(2));
    await intoWindow(2n);
    await own.submitProof(provider, 2, GOOD_PROOF, 0);
    expect(await elementsIn(2n)).to.equal(4n * PIECE);
    await asMarket.add(provider, 13, replica(1));
    await intoWindow(3n);
    await expect(own.submitProof(provider, 3, GOOD_PROOF, 0)).to.be.revertedWithCustomError(
      capacity,
      "CapacityNothingToProve",
    );
    await capacity.collect(provider);
    expect(await capacity.weightOf(provider)).to.equal(0n);
  });

  it("waits only for replicas that are still to come", async () => {
    const { capacity, own, provider, asMarket } = await given();
    await asMarket.add(provider, 13, replica(2));
    await expect(own.yieldTo([2], replica(2)))
      .to.be.revertedWithCustomError(capacity, "SectorReplicaKnown")
      .withArgs(replica(2));
  });

  it("is one of its provider's, and one of sixteen at most", async () => {
    const { capacity, own, asOutsider, intoWindow } = await given();
    await expect(asOutsider.yieldTo([1], replica(1)))
      .to.be.revertedWithCustomError(capacity, "SectorNotActive")
      .withArgs(1);
    await own.yieldTo(new Array<number>(14).fill(2), replica(2));
    await expect(own.yieldTo([2], replica(2)))
      .to.be.revertedWithCustomError(capacity, "SectorTooManyYields")
      .withArgs(16, 17);
    await intoWindow(2n);
    await own.keepFrom(replica(2));
    await own.yieldTo([2], replica(2));
  });

  it("leaves the same draws, whoever looks first and whatever is added before", async () => {
    const { capacity, own, asOutsider, provider, asMarket, intoWindow, networkHelpers } = await given();
    await own.addSector(4, 13, numberToHex(77, { size: 32 }));
    await own.yieldTo([4], replica(2));
    for (const n of [1, 2]) await asMarket.add(provider, 13, replica(n));
    await intoWindow(2n);
    const snapshot = await networkHelpers.takeSnapshot();
    await asOutsider.collect(provider);
    const draws = await capacity.challengesOf(provider, 2);
    await snapshot.restore();
    await own.addSector(5, 14, numberToHex(78, { size: 32 }));
    await own.yieldTo([2], replica(9));
    await own.keepFrom(replica(9));
    expect(await capacity.challengesOf(provider, 2)).to.deep.equal(draws);
  });
});
