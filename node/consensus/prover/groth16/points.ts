/** The few points that a proof is put together from, by @noble/curves: a thousandth of the work. */
import { bn254 } from "@noble/curves/bn254.js";
import type { G1Point, G2Point } from "../verifying-key.ts";
import { getInteger } from "./integers.ts";

export const G1 = bn254.G1.Point;
export const G2 = bn254.G2.Point;
export type G1 = InstanceType<typeof G1>;
export type G2 = InstanceType<typeof G2>;

export function g1Of([x, y]: G1Point): G1 {
  return G1.fromAffine({ x, y });
}

/** Imaginary parts come first in the node's own order. */
export function g2Of([[x1, x0], [y1, y0]]: G2Point): G2 {
  return G2.fromAffine({ x: { c0: x0, c1: x1 }, y: { c0: y0, c1: y1 } });
}

/** sum_b 2^b S_b over the points that a kernel wrote, least bit first; zeros are the point at infinity. */
export function sumBitsG1(view: DataView, at: number, bits: number): G1 {
  let sum = G1.ZERO;
  for (let bit = bits - 1; bit >= 0; bit--) {
    const [x, y] = [0, 32].map((offset) => getInteger(view, at + 64 * bit + offset)) as [bigint, bigint];
    sum = sum.double().add(G1.fromAffine({ x, y }));
  }
  return sum;
}

export function sumBitsG2(view: DataView, at: number, bits: number): G2 {
  let sum = G2.ZERO;
  for (let bit = bits - 1; bit >= 0; bit--) {
    const [x0, x1, y0, y1] = [0, 32, 64, 96].map((offset) => getInteger(view, at + 128 * bit + offset)) as [
      bigint,
      bigint,
      bigint,
      bigint,
    ];
    sum = sum.double().add(G2.fromAffine({ x: { c0: x0, c1: x1 }, y: { c0: y0, c1: y1 } }));
  }
  return sum;
}
