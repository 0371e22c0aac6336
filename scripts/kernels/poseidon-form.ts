/**
 * circomlib's Poseidon with 8 inputs (t = 9, 8 full and 63 partial rounds), rewritten so that a partial round costs
 * 17 products and one reduction instead of 17 products with 17 reductions.
 *
 * In a partial round only lane 0 passes the S-box: with y = lane 0 before it, x = y^5 and z = the other eight lanes,
 *   y' = d x + c.z + constant,   z' = b x + A z + constant      (M = [[d, c], [b, A]]).
 * That is a linear time-invariant system of order 8 with one input and one output, so by Cayley-Hamilton
 *   y_n = -sum_{i=1..8} a_i y_{n-i} + sum_{j=0..8} b_j x_{n-1-j} + kappa_n
 * with a = the characteristic polynomial of A. Rounds before the first are replaced by a virtual past: eight outputs
 * y_{-1} .. y_{-7}, y_0' that would have led to the same z with x = 0. Round constants travel separately (the system is
 * linear), which leaves kappa_n.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import {
  apply,
  characteristicPolynomial,
  dot,
  identity,
  invert,
  type Matrix,
  multiply,
  reduce,
  type Vector,
} from "./linear-algebra.ts";

const WIDTH = 9;
const ORDER = WIDTH - 1;
/** Full rounds on either side of the partial ones. */
const HALF = 4;
export const PARTIAL_ROUNDS = 63;

export interface PoseidonForm {
  /** The round constants of full round r: added after the matrix of round r - 1, before the S-boxes of round r. */
  roundConstants(round: number): Vector;
  /** The 9 x 9 MDS matrix. */
  matrix: Matrix;
  /** 9 rows on the S-box outputs of the fourth full round: y_0, then the virtual past y'_0, y_{-1} .. y_{-7}. */
  entry: Matrix;
  /** Added to row 0 of `entry`. */
  entryConstant: bigint;
  /** a_1 .. a_8 at index 1 .. 8 (index 0 is 1). */
  feedback: Vector;
  /** b_0 .. b_8. */
  input: Vector;
  /** kappa_1 .. kappa_63 at index 1 .. 63. */
  kappa: Vector;
  /** z_63 = exitOutputs . (y_56 .. y_63) + exitInputs . (x_55 .. x_62) + exitConstants. */
  exitOutputs: Matrix;
  exitInputs: Matrix;
  exitConstants: Vector;
}

/** circomlib's own constants, from the installed circomlibjs (its exports hide the file, so it is found by folder). */
function circomlibConstants(): { constants: Vector; matrix: Matrix } {
  const entry = createRequire(import.meta.url).resolve("circomlibjs");
  const path = join(dirname(entry), "..", "src", "poseidon_constants.json");
  const all = JSON.parse(readFileSync(path, "utf8")) as { C: string[][]; M: string[][][] };
  return { constants: all.C[WIDTH - 2]!.map(BigInt), matrix: all.M[WIDTH - 2]!.map((row) => row.map(BigInt)) };
}

export function derivePoseidonForm(): PoseidonForm {
  const { constants, matrix } = circomlibConstants();
  const roundConstants = (round: number): Vector => constants.slice(round * WIDTH, (round + 1) * WIDTH);
  const range = Array.from({ length: ORDER }, (_, i) => i);

  const d = matrix[0]![0]!;
  const c = matrix[0]!.slice(1);
  const b = matrix.slice(1).map((row) => row[0]!);
  const A = matrix.slice(1).map((row) => row.slice(1));
  const toState = matrix.slice(1);

  // The recurrence: a from A, and b_j as the product of a with the impulse response d, c.b, c.A.b, ...
  const feedback = characteristicPolynomial(A);
  const impulse = [d];
  for (let k = 0, v = b; k < ORDER; k++, v = apply(A, v)) impulse.push(dot(c, v));
  const input = impulse.map((_, j) =>
    reduce(feedback.slice(0, j + 1).reduce((s, a, i) => s + a * impulse[j - i]!, 0n)),
  );

  // The virtual past: y_{-k} = c A^(-1-k) z.
  const inverseA = invert(A);
  const past: Matrix = [];
  for (let k = 0, row = multiply([c], inverseA); k < ORDER; k++, row = multiply(row, inverseA)) past.push(row[0]!);
  const entry = [matrix[0]!, ...multiply(past, toState)];

  // The path of the round constants alone: k_n reaches lane 0 in round n, zeta is what they leave in the other lanes.
  const k = [roundConstants(HALF)[0]!];
  let zeta = roundConstants(HALF).slice(1);
  for (let n = 1; n <= PARTIAL_ROUNDS; n++) {
    const added = roundConstants(HALF + n);
    k.push(reduce(dot(c, zeta) + added[0]!));
    zeta = apply(A, zeta).map((value, i) => reduce(value + added[i + 1]!));
  }
  const kappa = k.map((value, n) =>
    n === 0
      ? 0n
      : reduce(value + range.reduce((s, i) => (n - 1 - i >= 1 ? s + feedback[i + 1]! * k[n - 1 - i]! : s), 0n)),
  );

  // z_63 from what the recurrence keeps: the observability matrix turns eight outputs into the state eight rounds ago.
  const powers = [identity(ORDER)];
  for (let i = 0; i < ORDER; i++) powers.push(multiply(A, powers[i]!));
  const observe = range.map((q) => multiply([c], powers[q]!)[0]!);
  const exitOutputs = multiply(powers[ORDER]!, invert(observe));
  const seen = range.map((q) => range.map((i) => (i <= q ? impulse[q - i]! : 0n)));
  const double = multiply(exitOutputs, seen);
  const driven = range.map((i) => apply(powers[ORDER - 1 - i]!, b));
  const exitInputs = range.map((r) => range.map((i) => reduce(driven[i]![r]! - double[r]![i]!)));
  const exitConstants = range.map((r) =>
    reduce(zeta[r]! - exitOutputs[r]!.reduce((s, value, q) => s + value * k[PARTIAL_ROUNDS - 7 + q]!, 0n)),
  );
  return {
    roundConstants,
    matrix,
    entry,
    entryConstant: k[0]!,
    feedback,
    input,
    kappa,
    exitOutputs,
    exitInputs,
    exitConstants,
  };
}
