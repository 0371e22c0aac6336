/** Brings a key's numbers into the kernels' form: Montgomery with R = 2^255, in limbs of 51 bits. */

import { SCALAR_FIELD } from "../../../data/digest.ts";
import { COORDINATE_FIELD } from "../verifying-key.ts";
import type { Coefficients } from "./coefficients.ts";
import { inverse, power, putInteger } from "./integers.ts";
import type { Kernels } from "./kernels.ts";
import { POINT, ROW, type Table } from "./layout.ts";
import type { Addresses } from "./resident-key.ts";

export type Space = {
  readonly memory: WebAssembly.Memory;
  /** This thread's own instances; their scratch memory does for all but `sumWindow`. */
  readonly kernels: Kernels;
};

/** `convert` divides by R: what to multiply by, to arrive at Montgomery form from a plain integer, from snarkjs's
 * Montgomery form (2^256), and from its double one (2^512) at the double one of R. */
const FROM_PLAIN = 2n ** 510n;
const FROM_SNARKJS = 2n ** 254n;
const FROM_SNARKJS_TWICE = 2n ** 253n;
/** 5 generates the field's multiplicative group; snarkjs takes its roots of unity from it. */
const GENERATOR = 5n;

export function fillCoefficients(
  { memory, kernels }: Space,
  at: Addresses,
  { values, starts, terms }: Coefficients,
): void {
  new Uint32Array(memory.buffer, at.starts, starts.length).set(starts);
  new Uint32Array(memory.buffer, at.terms, terms.length).set(terms);
  putInteger(new DataView(memory.buffer), at.constants, FROM_SNARKJS_TWICE);
  // The quotient's place is free while the key is loaded.
  const staging = new Uint32Array(memory.buffer, at.a, values.length);
  staging.set(values);
  kernels.scalar.convert(at.values, at.a, values.length / 8, at.constants);
}

/** @param log of the domain's size */
export function fillRoots({ memory, kernels: { scalar } }: Space, at: Addresses, log: number): void {
  const view = new DataView(memory.buffer);
  const factor = at.constants;
  const [first, ratio] = [at.constants + 64, at.constants + 112];
  const powers = (rows: number, count: number, start: bigint, base: bigint) => {
    putInteger(view, factor, FROM_PLAIN % SCALAR_FIELD);
    for (const [row, value] of [
      [first, start],
      [ratio, base],
    ] as const) {
      putInteger(view, factor + 32, value);
      scalar.convert(row, factor + 32, 1, factor);
    }
    scalar.fillPowers(rows, count, first, ratio);
  };
  const shift = power(GENERATOR, (SCALAR_FIELD - 1n) >> BigInt(log + 1), SCALAR_FIELD);
  const root = (shift * shift) % SCALAR_FIELD;
  const half = 2 ** (log - 1);
  powers(at.roots, half, 1n, root);
  powers(at.inverseRoots, half, 1n, inverse(root, SCALAR_FIELD));
  powers(at.shifts, 2 * half, inverse(BigInt(2 * half), SCALAR_FIELD), shift);
}

/** @param room bytes at `at.a` to copy points to before they are converted */
export function fillTable(
  { memory, kernels: { curve } }: Space,
  at: Addresses,
  room: number,
  section: Uint8Array,
  finite: Uint32Array,
  { group, points }: Table,
): void {
  putInteger(new DataView(memory.buffer), at.constants, FROM_SNARKJS % COORDINATE_FIELD);
  const coordinates = POINT[group] / ROW;
  const bytes = 32 * coordinates;
  const chunk = Math.floor(room / bytes);
  const staging = new Uint8Array(memory.buffer, at.a, chunk * bytes);
  for (let first = 0; first < finite.length; first += chunk) {
    const some = finite.subarray(first, first + chunk);
    some.forEach((index, i) => {
      staging.set(section.subarray(index * bytes, (index + 1) * bytes), i * bytes);
    });
    curve.convert(points + POINT[group] * first, at.a, some.length * coordinates, at.constants);
  }
}
