/** The field GF(2^8) = GF(2)[x] / (x^8 + x^4 + x^3 + x^2 + 1), polynomial 0x11d, with generator x, and matrices over it. */

const EXP = new Uint8Array(510);
const LOG = new Uint8Array(256);
for (let power = 0, value = 1; power < 255; power++) {
  EXP[power] = value;
  EXP[power + 255] = value; // so that a sum of two logarithms needs no reduction
  LOG[value] = power;
  value = value & 0x80 ? (value << 1) ^ 0x11d : value << 1;
}

/** Rows of field elements. */
export type GfMatrix = Uint8Array[];

export function gfMultiply(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : EXP[LOG[a]! + LOG[b]!]!;
}

/** 1 / a; a must not be 0. */
export function gfInverse(a: number): number {
  return EXP[255 - LOG[a]!]!;
}

/**
 * The n x k generator of a systematic code: the identity above a Cauchy matrix, row i >= k, column j: 1 / (i + j).
 * Row labels k .. n - 1 and column labels 0 .. k - 1 are distinct, so every square submatrix of the Cauchy part is
 * regular, and any k rows of the whole determine the data.
 */
export function cauchyGenerator(k: number, n: number): GfMatrix {
  return Array.from({ length: n }, (_, i) =>
    Uint8Array.from({ length: k }, (_, j) => (i < k ? Number(i === j) : gfInverse(i ^ j))),
  );
}

/** row += factor * other, in place. */
function addMultiple(row: Uint8Array, other: Uint8Array, factor: number): void {
  for (let j = 0; j < row.length; j++) row[j] = row[j]! ^ gfMultiply(factor, other[j]!);
}

/** Gauss-Jordan inverse of a regular square matrix. */
export function gfInvert(matrix: GfMatrix): GfMatrix {
  const size = matrix.length;
  const left = matrix.map((row) => row.slice());
  const right = matrix.map((_, i) => Uint8Array.from({ length: size }, (_, j) => Number(i === j)));
  for (let column = 0; column < size; column++) {
    const pivot = left.findIndex((row, i) => i >= column && row[column] !== 0);
    for (const rows of [left, right]) [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
    const scale = gfInverse(left[column]![column]!);
    for (const rows of [left, right]) rows[column] = rows[column]!.map((value) => gfMultiply(value, scale));
    for (let i = 0; i < size; i++) {
      const factor = left[i]![column]!;
      if (i === column || factor === 0) continue;
      addMultiple(left[i]!, left[column]!, factor);
      addMultiple(right[i]!, right[column]!, factor);
    }
  }
  return right;
}

/** row x matrix. */
export function gfRowTimes(row: Uint8Array, matrix: GfMatrix): Uint8Array {
  const result = new Uint8Array(matrix[0]!.length);
  row.forEach((factor, i) => {
    if (factor !== 0) addMultiple(result, matrix[i]!, factor);
  });
  return result;
}
