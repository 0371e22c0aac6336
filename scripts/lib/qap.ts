/**
 * The scalars of a Groth16 key for known secrets. Source: Groth, "On the size of pairing-based non-interactive
 * arguments" (eprint 2016/260), with snarkjs's conventions: gamma = 1, one extra row per public signal so that no
 * public input can be left out, H in the Lagrange basis of the odd points of the double domain.
 */
import type { R1cs } from "./r1cs.ts";
import { invertAll, lagrangeAt, putScalar, R } from "./scalar-field.ts";

/** The toxic waste. Who knows one of them can prove anything. */
export type Secrets = { readonly tau: bigint; readonly alpha: bigint; readonly beta: bigint; readonly delta: bigint };

/** Discrete logarithms of the key's points, one a wire (H: one a domain row). */
export type KeyScalars = {
  readonly domainLog: number;
  readonly a: bigint[];
  readonly b: bigint[];
  /** beta * A + alpha * B + C of the public wires, over gamma = 1. */
  readonly publicWires: bigint[];
  /** The same of the other wires, over delta. */
  readonly privateWires: bigint[];
  /** Over delta as well. */
  readonly h: bigint[];
  /** Section 4 of a zkey: the non-zero entries of A and B as (matrix, row, wire, value * 2^512 mod R). */
  readonly coefficients: Uint8Array;
};

const ENTRY = 44;
/** snarkjs stores coefficients in Montgomery form twice, so that one multiplication by a plain witness leaves one. */
const MONTGOMERY_TWICE = (1n << 512n) % R;

export function keyScalars(r1cs: R1cs, { tau, alpha, beta, delta }: Secrets): KeyScalars {
  const { wires, publicSignals, constraints } = r1cs;
  const domainLog = Math.ceil(Math.log2(constraints + publicSignals + 1));
  const rows = lagrangeAt(domainLog, tau);
  const a = new Array<bigint>(wires).fill(0n);
  const b = new Array<bigint>(wires).fill(0n);
  const c = new Array<bigint>(wires).fill(0n);
  const matrices = [a, b, c] as const;

  let entries = publicSignals + 1;
  r1cs.terms((matrix) => {
    if (matrix < 2) entries++;
  });
  const coefficients = new Uint8Array(4 + entries * ENTRY);
  const view = new DataView(coefficients.buffer);
  view.setUint32(0, entries, true);
  let at = 4;
  const add = (matrix: number, row: number, wire: number, value: bigint) => {
    const sums = matrices[matrix as 0 | 1 | 2];
    sums[wire] = (sums[wire]! + value * rows[row]!) % R;
    if (matrix === 2) return;
    view.setUint32(at, matrix, true);
    view.setUint32(at + 4, row, true);
    view.setUint32(at + 8, wire, true);
    putScalar(view, at + 12, (value * MONTGOMERY_TWICE) % R);
    at += ENTRY;
  };
  r1cs.terms(add);
  for (let wire = 0; wire <= publicSignals; wire++) add(0, constraints + wire, wire, 1n);

  const deltaInverse = invertAll([delta])[0]!;
  const combined = a.map((value, i) => (beta * value + alpha * b[i]! + c[i]!) % R);
  const double = lagrangeAt(domainLog + 1, tau);
  return {
    domainLog,
    a,
    b,
    publicWires: combined.slice(0, publicSignals + 1),
    privateWires: combined.slice(publicSignals + 1).map((value) => (value * deltaInverse) % R),
    h: rows.map((_, i) => (double[2 * i + 1]! * deltaInverse) % R),
    coefficients,
  };
}
