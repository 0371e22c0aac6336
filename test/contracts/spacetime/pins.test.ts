/** What a pin does to a lane's draws; who may pin and for how much is AuditPins'. */
import { expect } from "chai";
import type { Hex } from "viem";
import { type Bag, challengesOf, insert, type Pin } from "../../../node/data/bag.ts";
import { challengeVector } from "../../../node/data/digest.ts";
import { deployLane, GOOD_PROOF, type LaneFixture, rootOf, WINDOW_LENGTH } from "./fixture.ts";

const K = 16;
const ZERO = `0x${"00".repeat(32)}`;
/** Sizes of the replicas rootOf(0), rootOf(1), ... that every lane here starts with. */
const SIZES = [13, 17, 13, 20, 15];

/** A lane with five replicas, the next transaction well before the opening of window 1. */
async function filledLane(options: Parameters<typeof deployLane>[0] = {}) {
  const lane = await deployLane({ K, ...options });
  await lane.goTo((await lane.opening(1n)) - 30n);
  for (const [n, m] of SIZES.entries()) await lane.asMarket.add(lane.provider, m, rootOf(n));
  return lane;
}

function bagOf(sizes: readonly number[]): Bag {
  const bag: Bag = new Map();
  for (const [n, m] of sizes.entries()) insert(bag, m, rootOf(n));
  return bag;
}

/** The challenges of an open window as the chain has them. */
async function asked({ spacetime, provider }: LaneFixture, window: number): Promise<bigint[]> {
  return [...(await spacetime.challengesOf(provider, window))];
}

/** The same by the mirror. */
async function mirrored(lane: LaneFixture, window: number, bag: Bag, pin?: Pin): Promise<bigint[]> {
  const seed = (await lane.spacetime.seedOf(lane.provider, window)) as Hex;
  return challengeVector(challengesOf(bag, seed, K, pin === undefined ? {} : { pin }), 9);
}

describe("a pinned window", () => {
  it("gives the last quarter of its draws to the pinned replica, and draws the others as ever", async () => {
    const lane = await filledLane();
    await lane.asMarket.pin(lane.provider, 1, rootOf(2));
    expect(await lane.spacetime.pinOf(lane.provider, 1)).to.equal(rootOf(2));
    await lane.goTo((await lane.opening(1n)) + 2n);
    const vector = await asked(lane, 1);
    const free = await mirrored(lane, 1, bagOf(SIZES));
    expect(vector.slice(0, 24)).to.deep.equal(free.slice(0, 24));
    expect(vector.slice(24).filter((_, i) => i % 2 === 0)).to.deep.equal(Array(4).fill(BigInt(rootOf(2))));
    expect(vector).to.deep.equal(await mirrored(lane, 1, bagOf(SIZES), { m: 13, root: rootOf(2) }));
    await lane.spacetime.submitProof(lane.provider, 1, GOOD_PROOF, 5);
  });

  it("reaches every size with elements all over the replica", async () => {
    const lane = await filledLane();
    for (const [n, m] of SIZES.entries()) {
      const window = n + 1;
      await lane.asMarket.pin(lane.provider, window, rootOf(n));
      await lane.goTo((await lane.opening(BigInt(window))) + 2n);
      expect(await asked(lane, window)).to.deep.equal(
        await mirrored(lane, window, bagOf(SIZES), { m, root: rootOf(n) }),
      );
      await lane.spacetime.submitProof(lane.provider, window, GOOD_PROOF, 5);
    }
  });

  it("pins a quarter of K, rounded down", async () => {
    for (const [challenges, pinned] of [
      [3, 0],
      [4, 1],
      [7, 1],
      [8, 2],
      [34, 8],
    ] as const) {
      const lane = await filledLane({ K: challenges });
      await lane.asMarket.pin(lane.provider, 1, rootOf(0)); // a thousandth of the bag
      await lane.goTo((await lane.opening(1n)) + 2n);
      const roots = (await asked(lane, 1)).filter((_, i) => i % 2 === 0);
      const tail = pinned === 0 ? [] : roots.slice(-pinned);
      expect(tail).to.deep.equal(Array(pinned).fill(BigInt(rootOf(0))));
      const seed = (await lane.spacetime.seedOf(lane.provider, 1)) as Hex;
      const free = challengeVector(challengesOf(bagOf(SIZES), seed, challenges), 9).filter((_, i) => i % 2 === 0);
      expect(roots.slice(0, challenges - pinned)).to.deep.equal(free.slice(0, challenges - pinned));
    }
  });

  it("is the next one only, and another window asks for no pin", async () => {
    const lane = await filledLane();
    await lane.asMarket.pin(lane.provider, 1, rootOf(2));
    await lane.goTo((await lane.opening(2n)) + 2n);
    expect(await lane.spacetime.pinOf(lane.provider, 2)).to.equal(ZERO);
    expect(await lane.spacetime.pinOf(lane.provider, 3)).to.equal(ZERO); // as odd as window 1
    expect(await asked(lane, 2)).to.deep.equal(await mirrored(lane, 2, bagOf(SIZES)));
    await lane.goTo((await lane.opening(3n)) + 2n);
    expect(await asked(lane, 3)).to.deep.equal(await mirrored(lane, 3, bagOf(SIZES)));
  });

  it("takes the last pin before its opening", async () => {
    const lane = await filledLane();
    await lane.asMarket.pin(lane.provider, 1, rootOf(2));
    await lane.asMarket.pin(lane.provider, 1, rootOf(3));
    await lane.goTo((await lane.opening(1n)) + 2n);
    expect(await asked(lane, 1)).to.deep.equal(await mirrored(lane, 1, bagOf(SIZES), { m: 20, root: rootOf(3) }));
  });

  it("is the same after a reorganisation that brings the same calls in another order", async () => {
    const lane = await filledLane();
    const { asMarket, provider, rpc, networkHelpers } = lane;
    await networkHelpers.mine(1);
    const point = await networkHelpers.takeSnapshot();
    await asMarket.add(provider, 16, rootOf(5));
    await asMarket.pin(provider, 1, rootOf(2));
    await lane.goTo((await lane.opening(1n)) + 2n);
    expect(await asked(lane, 1)).to.deep.equal(
      await mirrored(lane, 1, bagOf([...SIZES, 16]), { m: 13, root: rootOf(2) }),
    );

    await point.restore();
    await rpc.request({ method: "hardhat_setPrevRandao", params: [`0x${"07".repeat(32)}`] });
    await asMarket.pin(provider, 1, rootOf(2));
    await asMarket.add(provider, 16, rootOf(5));
    await lane.goTo((await lane.opening(1n)) + 2n);
    expect(await asked(lane, 1)).to.deep.equal(
      await mirrored(lane, 1, bagOf([...SIZES, 16]), { m: 13, root: rootOf(2) }),
    );

    await point.restore(); // and one in which the pin comes too late
    await lane.goTo(await lane.opening(1n));
    await expect(asMarket.pin(provider, 1, rootOf(2))).to.be.revertedWithCustomError(lane.spacetime, "WindowNotNext");
    await lane.goTo((await lane.opening(1n)) + 2n);
    expect(await asked(lane, 1)).to.deep.equal(await mirrored(lane, 1, bagOf(SIZES)));
  });
});

describe("pin", () => {
  it("is AuditPins' alone, for an active replica of the lane", async () => {
    const { spacetime, asMarket, asOutsider, market, outsider, provider, networkHelpers } = await filledLane();
    await expect(asOutsider.pin(provider, 1, rootOf(0)))
      .to.be.revertedWithCustomError(spacetime, "SpacetimeNotPins")
      .withArgs(market, outsider);
    await expect(asMarket.pin(provider, 1, rootOf(99)))
      .to.be.revertedWithCustomError(spacetime, "ReplicaNotActive")
      .withArgs(rootOf(99), 0);
    const latest = await networkHelpers.time.latestBlock();
    await expect(asMarket.pin(outsider, await spacetime.nextOpening(outsider, latest + 1), rootOf(0)))
      .to.be.revertedWithCustomError(spacetime, "ReplicaNotActive")
      .withArgs(rootOf(0), 0); // another lane's
  });

  it("takes the window that opens next, up to the block before its opening", async () => {
    const { spacetime, asMarket, provider, goTo, opening } = await filledLane();
    for (const window of [0, 2]) {
      await expect(asMarket.pin(provider, window, rootOf(0)))
        .to.be.revertedWithCustomError(spacetime, "WindowNotNext")
        .withArgs(1, window);
    }
    await goTo((await opening(1n)) - 1n);
    await asMarket.pin(provider, 1, rootOf(0));
    expect(await spacetime.pinOf(provider, 1)).to.equal(rootOf(0));
  });
});

describe("attacks on a pin", () => {
  it("after the seed is known: what an open window asks does not move, pinned or not", async () => {
    for (const pinnedBefore of [true, false]) {
      const lane = await filledLane();
      const { asMarket, provider, spacetime, goTo, opening } = lane;
      if (pinnedBefore) await asMarket.pin(provider, 1, rootOf(2));
      await goTo(await opening(1n)); // its producer knows the hash of this block first
      await asMarket.pin(provider, 2, rootOf(4));
      await goTo((await opening(1n)) + 2n);
      const before = await asked(lane, 1);
      await expect(asMarket.pin(provider, 1, rootOf(3))).to.be.revertedWithCustomError(spacetime, "WindowNotNext");
      await asMarket.pin(provider, 2, rootOf(3)); // the only pin that the open window allows
      expect(await asked(lane, 1)).to.deep.equal(before);
      const pin = pinnedBefore ? { m: 13, root: rootOf(2) } : undefined;
      expect(before).to.deep.equal(await mirrored(lane, 1, bagOf(SIZES), pin));
      await goTo((await opening(2n)) + 2n);
      expect(await asked(lane, 2)).to.deep.equal(await mirrored(lane, 2, bagOf(SIZES), { m: 20, root: rootOf(3) }));
    }
  });

  it("on a replica that leaves the bag before the opening: the window draws from the whole bag", async () => {
    const lane = await filledLane();
    const { asMarket, provider, spacetime, goTo, opening } = lane;
    await asMarket.pin(provider, 1, rootOf(3));
    await asMarket.retire(provider, rootOf(3)); // no window is open: it is out at once
    expect(await spacetime.pinOf(provider, 1)).to.equal(ZERO);
    await goTo((await opening(1n)) + 2n);
    const left = await mirrored(lane, 1, bagOf([13, 17, 13]).set(15, [rootOf(4)]));
    expect(await asked(lane, 1)).to.deep.equal(left);
    await spacetime.submitProof(provider, 1, GOOD_PROOF, 5);
  });

  it("on a replica that retires in its window: the window still asks for it, and it stays until that is over", async () => {
    const lane = await filledLane();
    const { asMarket, asOutsider, provider, spacetime, goTo, opening } = lane;
    await asMarket.pin(provider, 1, rootOf(3));
    await goTo((await opening(1n)) + 2n);
    const before = await asked(lane, 1);
    await asMarket.retire(provider, rootOf(3));
    await expect(asOutsider.sweep(provider, [rootOf(3)])).to.be.revertedWithCustomError(spacetime, "WindowOpen");
    expect(await asked(lane, 1)).to.deep.equal(before);
    expect(before).to.deep.equal(await mirrored(lane, 1, bagOf(SIZES), { m: 20, root: rootOf(3) }));
    await goTo((await opening(1n)) + WINDOW_LENGTH + 1n);
    await asOutsider.sweep(provider, [rootOf(3)]);
    await expect(asMarket.pin(provider, 2, rootOf(3)))
      .to.be.revertedWithCustomError(spacetime, "ReplicaNotActive")
      .withArgs(rootOf(3), 3);
  });

  it("under a snapshot: additions while the pinned window is open change neither its free draws nor its pinned ones", async () => {
    const lane = await filledLane();
    const { asMarket, provider, goTo, opening } = lane;
    await asMarket.pin(provider, 1, rootOf(2));
    await goTo((await opening(1n)) + 2n);
    const before = await asked(lane, 1);
    for (let n = 10; n < 16; n++) await asMarket.add(provider, 13 + (n % 5), rootOf(n));
    expect(await asked(lane, 1)).to.deep.equal(before);
    await asMarket.pin(provider, 2, rootOf(12)); // added a moment ago: it counts from window 2 on
    expect(await asked(lane, 1)).to.deep.equal(before);
    await lane.spacetime.submitProof(provider, 1, GOOD_PROOF, 5);
    await goTo((await opening(2n)) + 2n);
    const grown = bagOf(SIZES);
    for (let n = 10; n < 16; n++) insert(grown, 13 + (n % 5), rootOf(n));
    expect(await asked(lane, 2)).to.deep.equal(await mirrored(lane, 2, grown, { m: 15, root: rootOf(12) }));
  });

  it("on a replica that moves to another place: the pin follows the root", async () => {
    const lane = await filledLane();
    const { asMarket, provider, goTo, opening } = lane;
    await asMarket.pin(provider, 1, rootOf(2));
    await asMarket.retire(provider, rootOf(0)); // rootOf(2) moves to the place 0 of class 13
    await goTo((await opening(1n)) + 2n);
    const moved: Bag = new Map([
      [13, [rootOf(2)]],
      [15, [rootOf(4)]],
      [17, [rootOf(1)]],
      [20, [rootOf(3)]],
    ]);
    expect(await asked(lane, 1)).to.deep.equal(await mirrored(lane, 1, moved, { m: 13, root: rootOf(2) }));
  });
});
