/** A draw that favoured a size or a place would let a cheater keep its gaps where nobody looks. */
import { expect } from "chai";
import { numberToHex } from "viem";
import { draw, weightOf } from "../../../node/data/bag.ts";
import { deployLane, rootOf } from "./fixture.ts";

const SIZES = [
  { m: 13, replicas: 40 },
  { m: 15, replicas: 9 },
  { m: 16, replicas: 5 },
  { m: 18, replicas: 1 },
] as const;

/** Pearson's statistic of the observed numbers against the expected ones. */
function chiSquared(observed: readonly number[], expected: readonly number[]): number {
  return observed.reduce((sum, count, i) => sum + (count - expected[i]!) ** 2 / expected[i]!, 0);
}

describe("draws", () => {
  it("fall on every size class, every place and every part of a replica in proportion to its elements", async () => {
    const { harness, seeds, K } = await filledHarness();
    const counts = await harness.counts();
    const byClass = SIZES.map(() => 0);
    const byPlace = new Map<bigint, number>();
    const byEighth = new Array<number>(8).fill(0);
    for (const seed of seeds) {
      const vector: bigint[] = [...(await harness.vector(counts, seed, K, 9))];
      for (let j = 0; j < K; j++) {
        const { m, element } = draw(seed, j, counts);
        byClass[SIZES.findIndex((size) => size.m === m)]!++;
        byEighth[Number(element >> BigInt(m - 3))]!++;
        const root = vector[2 * j]!;
        byPlace.set(root, (byPlace.get(root) ?? 0) + 1);
        expect(vector[2 * j + 1]! % 2n ** 27n).to.equal(element);
      }
    }
    const draws = seeds.length * K;
    const weight = Number(weightOf(counts));
    const share = (m: number): number => (draws * 2 ** m) / weight;
    // 99.99 % quantiles of chi squared with 3, 54 and 7 degrees of freedom; the seeds are fixed.
    expect(
      chiSquared(
        byClass,
        SIZES.map(({ m, replicas }) => replicas * share(m)),
      ),
    ).to.be.below(21.1);
    const places = SIZES.flatMap(({ m, replicas }) =>
      Array.from({ length: replicas }, (_, i) => ({ m, n: m * 100 + i })),
    );
    const found = places.map(({ n }) => byPlace.get(BigInt(rootOf(n))) ?? 0);
    expect(
      chiSquared(
        found,
        places.map(({ m }) => share(m)),
      ),
    ).to.be.below(100);
    expect(
      chiSquared(
        byEighth,
        byEighth.map(() => draws / 8),
      ),
    ).to.be.below(29.9);
  });
});

async function filledHarness() {
  const { ethers } = await deployLane();
  const harness = await ethers.deployContract("LibraryHarness");
  for (const { m, replicas } of SIZES) {
    await harness.insert(
      m,
      Array.from({ length: replicas }, (_, i) => rootOf(m * 100 + i)),
    );
  }
  const seeds = Array.from({ length: 200 }, (_, i) => numberToHex(i, { size: 32 }));
  return { harness, seeds, K: 50 };
}
