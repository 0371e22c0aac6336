/** What lies where in the memory that the prover's threads share. Sizes follow from the key; nothing ever grows. */
import { FIRST_FREE } from "./kernels.ts";

/** Bytes in kernel formats (field.as.ts): two elements, one element, and points of one or two such rows a coordinate. */
export const PAIR = 80;
export const ROW = 40;
export const POINT = { g1: 2 * ROW, g2: 4 * ROW } as const;

/** Points of one query of the key that are not at infinity. */
export type Table = {
  readonly group: "g1" | "g2";
  readonly points: number;
  readonly count: number;
  /** Which digit belongs to which point, or 0 if they are in the same order. */
  readonly wires: number;
};

/** Signed digits of scalars: `windows` of them, `bits` each. */
export type Digits = { readonly at: number; readonly count: number; readonly bits: number; readonly windows: number };

/** Gives out consecutive addresses, 16-byte aligned. */
export function createPlan() {
  let next = FIRST_FREE;
  return {
    take(bytes: number): number {
      const at = next;
      next = (next + bytes + 15) & ~15;
      return at;
    },
    size: () => next,
  };
}

/** Scalars are below 2^254, and a signed digit may carry. */
const SCALAR_BITS = 255;

/** The digit width with the fewest additions: each window adds every point once and every bucket about twice. */
export function digitBits(count: number): { bits: number; windows: number } {
  const cost = (bits: number) => Math.ceil(SCALAR_BITS / bits) * (count + 2 ** bits);
  let best = 2;
  for (let bits = 3; bits <= 15; bits++) if (cost(bits) < cost(best)) best = bits;
  return { bits: best, windows: Math.ceil(SCALAR_BITS / best) };
}

/** Additions planned at a time; a batch's lists, differences and products. Source: batch.as.ts. */
const BATCH_LANE_PAIRS = 1024;
const BATCH_BYTES = 4096 + 3 * 4 * 2 * BATCH_LANE_PAIRS + 480 + 4 * PAIR * BATCH_LANE_PAIRS;

/** Scratch memory of a thread that sums windows of the table. Source: `sumWindow` in window.as.ts. */
export function scratchBytes({ group, count }: Table, bits: number): number {
  const buckets = 2 ** (bits - 1) + 1;
  const lists = 4 * 4 * (buckets + 2 * bits) + 4 * Math.max(count, buckets + bits) + 16;
  return BATCH_BYTES + lists + POINT[group] * (count + 2 * buckets);
}
