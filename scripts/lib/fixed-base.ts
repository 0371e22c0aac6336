/**
 * Multiples of a group's generator, many at a time: one table of d * 256^w * G (w < 32, 0 < d < 256), then at most 32
 * mixed additions a point, called straight in ffjavascript's WASM. Its own batch functions multiply every point bit by
 * bit, which takes about ten times as long.
 */
import type { WasmCurve } from "ffjavascript";

export type Group = "G1" | "G2";
/** What a thread is asked for: scalars of 32 little-endian bytes, at most JOB_SCALARS of them. */
export type Job = { readonly group: Group; readonly scalars: Uint8Array };
export const JOB_SCALARS = 1024;
/** Bytes of a point with two coordinates, as a zkey holds it: little-endian Montgomery, zeros for infinity. */
export const AFFINE_BYTES = { G1: 64, G2: 128 } as const;

const WINDOWS = 32;
const DIGITS = 256;
const PAGE = 65536;

/** Gives the function from 32-byte little-endian scalars to affine points. `limit`: the most scalars in one call. */
export function fixedBase(curve: WasmCurve, group: Group, limit: number): (scalars: Uint8Array) => Uint8Array {
  const { exports } = curve.tm.instance;
  const prefix = group === "G1" ? "g1m" : "g2m";
  const call = (name: string) => exports[`${prefix}_${name}`]!;
  const [addMixed, double, zero, copy, batchToAffine] = [
    call("addMixed"),
    call("double"),
    call("zero"),
    call("copy"),
    call("batchToAffine"),
  ];
  const affine = AFFINE_BYTES[group];
  const jacobian = (affine / 2) * 3;

  // Everything lives above ffjavascript's own memory, so that its allocator never meets it.
  const table = curve.tm.memory.buffer.byteLength;
  const base = table + WINDOWS * DIGITS * affine;
  const sums = base + jacobian;
  const rows = Math.max(limit, WINDOWS * DIGITS);
  curve.tm.memory.grow(Math.ceil((sums + rows * jacobian - table) / PAGE));
  const memory = new Uint8Array(curve.tm.memory.buffer);

  // Row w starts at 256^w * G: eight doublings of the row before.
  memory.set(curve[group].gAffine, base);
  call("toJacobian")(base, base);
  for (let window = 0; window < WINDOWS; window++) {
    const step = table; // free until the table is written below
    call("toAffine")(base, step);
    zero(sums + window * DIGITS * jacobian);
    for (let digit = 1; digit < DIGITS; digit++) {
      const at = sums + (window * DIGITS + digit) * jacobian;
      addMixed(at - jacobian, step, at);
    }
    for (let bit = 0; bit < 8; bit++) double(base, base);
  }
  batchToAffine(sums, WINDOWS * DIGITS, table);
  zero(base);

  return (scalars) => {
    const count = scalars.length / 32;
    if (count > limit) throw new RangeError(`at most ${limit} scalars a call, not ${count}`);
    for (let i = 0; i < count; i++) {
      const sum = sums + i * jacobian;
      copy(base, sum);
      for (let window = 0; window < WINDOWS; window++) {
        const digit = scalars[32 * i + window]!;
        if (digit !== 0) addMixed(sum, table + (window * DIGITS + digit) * affine, sum);
      }
    }
    batchToAffine(sums, count, sums);
    return memory.slice(sums, sums + count * affine);
  };
}
