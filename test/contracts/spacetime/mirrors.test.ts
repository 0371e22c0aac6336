/** Solidity and its TypeScript mirrors side by side, on inputs that a printed seed repeats. */
import { expect } from "chai";
import { network } from "hardhat";
import { getAddress, numberToHex } from "viem";
import { type Bag, challengesOf, countsOf, insert, remove, weightOf } from "../../../node/data/bag.ts";
import { challengePoint } from "../../../node/data/challenge.ts";
import { challengeVector, horner, SCALAR_FIELD } from "../../../node/data/digest.ts";
import { closedWindows, nextOpening, openingOf, phaseOf } from "../../../node/data/windows.ts";
import { random } from "../../fixtures/random.ts";
import vectors from "../../fixtures/spacetime-vectors.json" with { type: "json" };

const SEED = process.env.FUZZ_SEED ?? "holdfast mirrors";

describe(`the mirrors of the lane's rules (FUZZ_SEED="${SEED}")`, () => {
  async function harness(override: { chainId?: number } = {}) {
    const { ethers } = await network.create({ override });
    return {
      harness: await ethers.deployContract("LibraryHarness"),
      chainId: (await ethers.provider.getNetwork()).chainId,
    };
  }

  it("agree on phase, next opening and closed windows for any schedule and block", async () => {
    const { harness: solidity } = await harness();
    const { below, address } = random(`${SEED} windows`);
    for (let i = 0; i < 300; i++) {
      const period = 5n + below(i % 2 === 0 ? 40n : 50_000n);
      const windowLength = 1n + below((period * 4n) / 5n);
      const schedule = { genesis: below(1_000n), period, windowLength };
      const provider = address();
      const first = openingOf(schedule, provider, 0);
      expect(await solidity.phaseOf(provider, period)).to.equal(phaseOf(provider, period));
      // Blocks around an opening and around a close, where the answers change, and one anywhere.
      const window = Number(below(600n));
      const opening = openingOf(schedule, provider, window);
      for (const block of [
        opening - 1n,
        opening,
        opening + windowLength,
        opening + windowLength + 1n,
        below(10n ** 6n),
      ]) {
        if (block < 0n) continue;
        const [next, closed] = await solidity.windowsAt(first, period, windowLength, block);
        expect(nextOpening(schedule, provider, block)).to.equal(Number(next));
        expect(closedWindows(schedule, provider, block)).to.equal(Number(closed));
        expect(BigInt(next) - BigInt(closed)).to.be.oneOf([0n, 1n]);
      }
    }
  });

  it("agree on counts, weight and every draw, free and pinned, of a bag that grows and shrinks", async () => {
    const { harness: solidity } = await harness();
    const { below, between, word } = random(`${SEED} bag`);
    const bag: Bag = new Map();
    for (let round = 0; round < 25; round++) {
      const m = between(13, 27);
      const roots = Array.from({ length: between(1, 12) }, () =>
        numberToHex(1n + below(SCALAR_FIELD - 1n), { size: 32 }),
      );
      await solidity.insert(m, roots);
      for (const root of roots) insert(bag, m, root);
      for (let k = between(0, 6); k > 0 && countsOf(bag) !== 0n; k--) {
        const filled = [...bag].filter(([, held]) => held.length > 0);
        const [from, held] = filled[between(0, filled.length - 1)]!;
        const index = between(0, held.length - 1);
        await solidity.remove(held[index]!);
        remove(bag, from, index);
      }
      const counts = countsOf(bag);
      expect(await solidity.counts()).to.equal(counts);
      if (counts === 0n) continue;
      expect(await solidity.weight(counts)).to.equal(weightOf(counts));
      const seed = word();
      for (const [K, D] of [
        [4, 9],
        [16, 9],
      ] as const) {
        const expected = challengeVector(challengesOf(bag, seed, K), D);
        expect([...(await solidity.vector(counts, seed, K, D))]).to.deep.equal(expected);
        const pin = { m: between(13, 27), root: numberToHex(1n + below(SCALAR_FIELD - 1n), { size: 32 }) };
        const pinned = challengeVector(challengesOf(bag, seed, K, { pin }), D);
        expect([...(await solidity.pinnedVector(counts, seed, K, D, pin.root, pin.m))]).to.deep.equal(pinned);
      }
    }
  });

  it("agree on draws from the counts of a snapshot while the bag has grown behind them", async () => {
    const { harness: solidity } = await harness();
    const bag: Bag = new Map();
    const add = async (m: number, numbers: readonly number[]): Promise<void> => {
      const roots = numbers.map((n) => numberToHex(n, { size: 32 }));
      await solidity.insert(m, roots);
      for (const root of roots) insert(bag, m, root);
    };
    await add(13, [1, 2, 3]);
    await add(20, [4]);
    const snapshot = countsOf(bag);
    await add(13, [5, 6]);
    await add(16, [7, 8, 9]);
    const seed = numberToHex(77, { size: 32 });
    const drawn = [...(await solidity.vector(snapshot, seed, 64, 9))];
    expect(drawn).to.deep.equal(challengeVector(challengesOf(bag, seed, 64, { counts: snapshot }), 9));
    const roots = new Set(drawn.filter((_, i) => i % 2 === 0));
    expect([...roots].every((root) => root <= 4n)).to.equal(true);
  });

  it("agree on the challenge point, on every chain, and on the vector's value there", async () => {
    const { below, between, word, address } = random(`${SEED} point`);
    for (const chain of [31_337, 1]) {
      const { harness: solidity, chainId } = await harness({ chainId: chain });
      expect(chainId).to.equal(BigInt(chain));
      const spacetime = getAddress(await solidity.getAddress());
      for (let i = 0; i < 50; i++) {
        const [K, D] = [between(1, 16), between(5, 9)];
        const w = Array.from({ length: 2 * K }, () => below(SCALAR_FIELD));
        const context = {
          chainId,
          spacetime,
          provider: address(),
          window: between(0, 2 ** 40 - 1),
          K,
          D,
          seed: word(),
        };
        const c = below(SCALAR_FIELD);
        const r = challengePoint(context, c, w);
        const found = await solidity.point(context.provider, context.window, K, D, context.seed, c, w);
        expect(found.r).to.equal(r);
        expect(found.v).to.equal(horner(w, r));
      }
    }
  });

  it("counts zero bits over any range as reading bit by bit does", async () => {
    const { harness: solidity } = await harness();
    const { between, word } = random(`${SEED} bitmap`);
    for (let i = 0; i < 50; i++) {
      const x = BigInt(word()) & BigInt(word()) & (i % 2 === 0 ? BigInt(word()) : -1n);
      expect(await solidity.popcount(x)).to.equal(BigInt(ones(x)));
    }
    expect(await solidity.popcount(2n ** 256n - 1n)).to.equal(256n);
    const set = new Set(Array.from({ length: 400 }, () => between(0, 1_023)));
    await solidity.setBits([...set]);
    for (let i = 0; i < 200; i++) {
      const from = between(0, 1_024);
      const end = i === 0 ? from : between(0, 1_100);
      const expected = Array.from({ length: Math.max(0, end - from) }, (_, k) => from + k).filter((b) => !set.has(b));
      expect(await solidity.countUnset(from, end)).to.equal(BigInt(expected.length));
    }
    expect(await solidity.countUnset(0, 1_024)).to.equal(BigInt(1_024 - set.size));
  });

  it("share their vectors: the Solidity gives the ones that test/node/mirrors checks the TypeScript by", async () => {
    const { harness: solidity } = await harness();
    for (const { provider, genesis, period, windowLength, phase, block, ...expected } of vectors.windows) {
      expect(await solidity.phaseOf(provider, period)).to.equal(BigInt(phase));
      const first = BigInt(genesis) + BigInt(phase);
      const [next, closed] = await solidity.windowsAt(first, period, windowLength, block);
      expect([next, closed]).to.deep.equal([BigInt(expected.nextOpening), BigInt(expected.closedWindows)]);
    }
    for (const { m, root } of vectors.bag.replicas) await solidity.insert(m, [root]);
    expect(await solidity.counts()).to.equal(BigInt(vectors.bag.counts));
    for (const { seed, K, D, vector } of vectors.draws) {
      expect([...(await solidity.vector(vectors.bag.counts, seed, K, D))]).to.deep.equal(vector.map(BigInt));
    }
    for (const { seed, K, D, root, m, vector } of vectors.pinned) {
      const found = await solidity.pinnedVector(vectors.bag.counts, seed, K, D, root, m);
      expect([...found]).to.deep.equal(vector.map(BigInt));
    }
  });
});

function ones(x: bigint): number {
  return [...x.toString(2)].filter((bit) => bit === "1").length;
}
