/** Multi-exponentiations by the prover's kernels, for points and scalars that a test chooses. */

import { putInteger } from "../../../../node/consensus/prover/groth16/integers.ts";
import {
  compileExactKernels,
  createMemory,
  instantiateKernels,
} from "../../../../node/consensus/prover/groth16/kernels.ts";
import { createPlan, POINT, ROW, scratchBytes } from "../../../../node/consensus/prover/groth16/layout.ts";
import { G1, G2, sumBitsG1, sumBitsG2 } from "../../../../node/consensus/prover/groth16/points.ts";
import { COORDINATE_FIELD } from "../../../../node/consensus/prover/verifying-key.ts";

export const modules = compileExactKernels()!;

type Group<P> = {
  readonly name: "g1" | "g2";
  readonly base: P;
  readonly zero: P;
  coordinates(point: P): bigint[];
  read(view: DataView, at: number, bits: number): P;
};

export const GROUPS: readonly [Group<G1>, Group<G2>] = [
  {
    name: "g1",
    base: G1.BASE,
    zero: G1.ZERO,
    coordinates: (point) => {
      const { x, y } = point.toAffine();
      return [x, y];
    },
    read: sumBitsG1,
  },
  {
    name: "g2",
    base: G2.BASE,
    zero: G2.ZERO,
    coordinates: (point) => {
      const { x, y } = point.toAffine();
      return [x.c0, x.c1, y.c0, y.c1];
    },
    read: sumBitsG2,
  },
];

/**
 * scalars[i] * points[wires[i]] summed up, in digits of `bits`.
 * @param wires which scalar each point takes; by default its own
 */
export function sumOf<P>(
  { name, coordinates, read }: Group<P>,
  points: readonly P[],
  scalars: readonly bigint[],
  bits: number,
  wires?: readonly number[],
): P {
  const windows = Math.ceil(255 / bits);
  const count = points.length;
  const plan = createPlan();
  const at = {
    home: plan.take(8192),
    factor: plan.take(32),
    words: plan.take(128 * count),
    scalars: plan.take(32 * scalars.length),
    points: plan.take(POINT[name] * count),
    wires: plan.take(4 * count),
    digits: plan.take(2 * scalars.length * windows),
    sums: plan.take(128 * bits * windows),
    scratch: plan.take(scratchBytes({ group: name, points: 0, count, wires: 0 }, bits)),
  };
  const memory = createMemory(plan.size());
  const view = new DataView(memory.buffer);
  const { scalar, curve } = instantiateKernels(memory, modules, at.home);
  putInteger(view, at.factor, 2n ** 510n % COORDINATE_FIELD);
  const words = points.flatMap(coordinates);
  words.forEach((value, i) => {
    putInteger(view, at.words + 32 * i, value);
  });
  curve.convert(at.points, at.words, words.length, at.factor);
  scalars.forEach((value, i) => {
    putInteger(view, at.scalars + 32 * i, value);
  });
  scalar.writeDigits(at.digits, at.scalars, scalars.length, bits, windows);
  if (wires) new Uint32Array(memory.buffer, at.wires, count).set(wires);
  curve.setScratch(at.scratch);
  for (let w = 0; w < windows; w++) {
    const digits = at.digits + 2 * scalars.length * w;
    const bytes = name === "g1" ? 64 : 128;
    const to = at.sums + bytes * bits * w;
    curve.sumWindow(Number(name === "g2"), at.points, wires ? at.wires : 0, count, digits, bits, to);
  }
  if (POINT[name] / ROW !== words.length / count) throw new Error("a point has another number of coordinates");
  return read(view, at.sums, bits * windows);
}
