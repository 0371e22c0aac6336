/**
 * The bag of a lane (docs/design.md section 4), as contracts/libraries/{Counts,Lanes,Challenges}.sol have it: every size class
 * fills its places from 0 without gaps, so that a draw needs only the counts and one read.
 */
import { encodeAbiParameters, type Hex, keccak256 } from "viem";
import type { Challenge } from "./digest.ts";
import { depthOfClass, MAX_CLASS, MIN_CLASS } from "./layout.ts";

const COUNT_BITS = 17n;
/** The most replicas of one class; one more would carry into the next class of the counts. */
export const MAX_COUNT = 2n ** COUNT_BITS - 1n;

/** Roots by size class, each in the order of its places. Changed in place by `insert` and `remove`. */
export type Bag = Map<number, Hex[]>;

/** The replica and the element of it that a draw fell on: `element` < 2^m. */
export type Draw = { readonly m: number; readonly index: number; readonly element: bigint };

/** The replica that a client pinned a window to. */
export type Pin = { readonly m: number; readonly root: Hex };

/** Replicas of class m in the contract's word of 15 counts. */
export function countOf(counts: bigint, m: number): bigint {
  return (counts >> shiftOf(m)) & MAX_COUNT;
}

/** W, the padded elements of everything that is counted. */
export function weightOf(counts: bigint): bigint {
  let weight = 0n;
  for (let m = MIN_CLASS; m <= MAX_CLASS; m++) weight += countOf(counts, m) << BigInt(m);
  return weight;
}

/** The word of counts; the caller keeps every class at or below MAX_COUNT. */
export function countsOf(bag: Bag): bigint {
  let counts = 0n;
  for (const [m, roots] of bag) counts |= BigInt(roots.length) << shiftOf(m);
  return counts;
}

/** Puts a replica behind the last one of its class and returns its index. */
export function insert(bag: Bag, m: number, root: Hex): number {
  const roots = bag.get(m) ?? [];
  bag.set(m, roots);
  return roots.push(root) - 1;
}

/** Takes the replica at `index` out; the last one of its class moves to its place. Throws RangeError if there is none. */
export function remove(bag: Bag, m: number, index: number): void {
  const roots = bag.get(m) ?? [];
  if (roots[index] === undefined) throw new RangeError(`the bag has no replica at place ${index} of class ${m}`);
  const last = roots.pop()!;
  if (index < roots.length) roots[index] = last;
}

/** Draw number j of a window. Throws RangeError for an empty bag, which gives no challenge. */
export function draw(seed: Hex, j: number, counts: bigint): Draw {
  const weight = weightOf(counts);
  if (weight === 0n) throw new RangeError("an empty bag gives no challenge");
  let x = word(seed, j) % weight;
  let m = MIN_CLASS;
  for (let span = spanOf(counts, m); x >= span; span = spanOf(counts, m)) {
    x -= span;
    m++;
  }
  return { m, index: Number(x >> BigInt(m)), element: x & ((1n << BigInt(m)) - 1n) };
}

/** Draws of K that no pin can take, K'. */
export function freeDraws(K: number): number {
  return K - Math.floor(K / 4);
}

/**
 * The K challenges of a window. `counts` are those at its opening: while it is open the bag may have grown behind them,
 * and nothing else can have happened to it. `pin` is what the window is pinned to, if that was in the bag at its opening:
 * the last quarter of the draws falls on it.
 */
export function challengesOf(
  bag: Bag,
  seed: Hex,
  K: number,
  { counts = countsOf(bag), pin }: { readonly counts?: bigint; readonly pin?: Pin } = {},
): Challenge[] {
  return Array.from({ length: K }, (_, j) => {
    if (pin !== undefined && j >= freeDraws(K)) {
      const index = word(seed, j) % (1n << BigInt(pin.m));
      return { root: BigInt(pin.root), index, depth: depthOfClass(pin.m) };
    }
    const { m, index, element } = draw(seed, j, counts);
    const root = bag.get(m)?.[index];
    if (root === undefined) throw new RangeError(`the bag has no replica at place ${index} of class ${m}`);
    return { root: BigInt(root), index: element, depth: depthOfClass(m) };
  });
}

function word(seed: Hex, j: number): bigint {
  return BigInt(keccak256(encodeAbiParameters([{ type: "bytes32" }, { type: "uint256" }], [seed, BigInt(j)])));
}

function shiftOf(m: number): bigint {
  return BigInt(m - MIN_CLASS) * COUNT_BITS;
}

function spanOf(counts: bigint, m: number): bigint {
  return countOf(counts, m) << BigInt(m);
}
