import { expect } from "chai";
import { numberToHex } from "viem";
import { type Bag, challengesOf, countOf, countsOf, draw, insert, remove, weightOf } from "../../../node/data/bag.ts";
import { challengePoint, seedOf } from "../../../node/data/challenge.ts";
import { challengeVector, horner } from "../../../node/data/digest.ts";
import vectors from "../../fixtures/spacetime-vectors.json" with { type: "json" };

type Hex = `0x${string}`;
const root = (n: number): Hex => numberToHex(n, { size: 32 });

function vectorBag(): Bag {
  const bag: Bag = new Map();
  for (const { m, root } of vectors.bag.replicas) insert(bag, m, root as Hex);
  return bag;
}

describe("a bag", () => {
  it("gives the counts, the weight and the challenges of the shared vectors", () => {
    const bag = vectorBag();
    const counts = countsOf(bag);
    expect(counts).to.equal(BigInt(vectors.bag.counts));
    expect(weightOf(counts)).to.equal(BigInt(vectors.bag.weight));
    for (const { seed, K, D, vector } of vectors.draws) {
      expect(challengeVector(challengesOf(bag, seed as Hex, K), D)).to.deep.equal(vector.map(BigInt));
    }
    for (const { seed, K, D, root, m, vector } of vectors.pinned) {
      const pin = { m, root: root as Hex };
      expect(challengeVector(challengesOf(bag, seed as Hex, K, { pin }), D)).to.deep.equal(vector.map(BigInt));
    }
  });

  it("moves the last replica of a class into the place of one that leaves", () => {
    const bag: Bag = new Map();
    for (const n of [1, 2, 3]) expect(insert(bag, 14, root(n))).to.equal(n - 1);
    remove(bag, 14, 0);
    expect(bag.get(14)).to.deep.equal([root(3), root(2)]);
    remove(bag, 14, 1);
    expect(bag.get(14)).to.deep.equal([root(3)]);
    expect(countOf(countsOf(bag), 14)).to.equal(1n);
    expect(() => remove(bag, 14, 1)).to.throw(RangeError, "no replica at place 1 of class 14");
    expect(() => remove(bag, 20, 0)).to.throw(RangeError, "no replica at place 0 of class 20");
  });

  it("gives no challenge when it is empty, or when the counts promise a replica that it lacks", () => {
    expect(() => draw(root(1), 0, 0n)).to.throw(RangeError, "empty bag");
    expect(() => challengesOf(new Map(), root(1), 2, { counts: 1n })).to.throw(
      RangeError,
      "no replica at place 0 of class 13",
    );
  });
});

describe("a challenge", () => {
  it("has the seed, the point and the value of the shared vectors", () => {
    for (const { randomness, provider, window, seed } of vectors.seeds) {
      expect(seedOf(randomness as Hex, provider as Hex, window)).to.equal(seed);
    }
    for (const { c, w, r, v, chainId, spacetime, provider, window, K, D, seed } of vectors.points) {
      const context = { chainId: BigInt(chainId), window, K, D };
      const addresses = { spacetime: spacetime as Hex, provider: provider as Hex, seed: seed as Hex };
      const values = w.map(BigInt);
      expect(challengePoint({ ...context, ...addresses }, BigInt(c), values)).to.equal(BigInt(r));
      expect(horner(values, BigInt(r))).to.equal(BigInt(v));
    }
  });

  it("moves its point with everything that a proof must be bound to", () => {
    const [vector] = vectors.points;
    const context = {
      chainId: 31_337n,
      spacetime: vector!.spacetime as Hex,
      provider: vector!.provider as Hex,
      window: 5,
      K: 2,
      D: 9,
      seed: vector!.seed as Hex,
    };
    const w = vector!.w.map(BigInt);
    const points = [
      challengePoint(context, 1n, w),
      challengePoint({ ...context, chainId: 1n }, 1n, w),
      challengePoint({ ...context, spacetime: context.provider }, 1n, w),
      challengePoint({ ...context, provider: context.spacetime }, 1n, w),
      challengePoint({ ...context, window: 6 }, 1n, w),
      challengePoint({ ...context, K: 3 }, 1n, w),
      challengePoint({ ...context, D: 8 }, 1n, w),
      challengePoint({ ...context, seed: root(1) }, 1n, w),
      challengePoint(context, 2n, w),
      ...w.map((_, i) => challengePoint(context, 1n, w.with(i, 0n))),
    ];
    expect(new Set(points).size).to.equal(points.length);
  });
});
