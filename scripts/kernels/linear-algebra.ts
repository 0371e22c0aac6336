/** Small exact linear algebra over the BN254 scalar field, for deriving kernel constants. Row vectors of bigints in [0, p). */

/** The order of the BN254 scalar field (EIP-196). */
export const FIELD_ORDER = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;

export type Vector = bigint[];
export type Matrix = bigint[][];

export function reduce(value: bigint): bigint {
  const rest = value % FIELD_ORDER;
  return rest < 0n ? rest + FIELD_ORDER : rest;
}

export function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = reduce(base);
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * square) % FIELD_ORDER;
    square = (square * square) % FIELD_ORDER;
  }
  return result;
}

/** 1 / value, by Fermat; zero has no inverse and is refused. */
export function inverse(value: bigint): bigint {
  if (reduce(value) === 0n) throw new Error("Zero has no inverse");
  return power(value, FIELD_ORDER - 2n);
}

export function dot(left: Vector, right: Vector): bigint {
  return reduce(left.reduce((sum, value, i) => sum + value * right[i]!, 0n));
}

export function apply(matrix: Matrix, vector: Vector): Vector {
  return matrix.map((row) => dot(row, vector));
}

export function multiply(left: Matrix, right: Matrix): Matrix {
  const columns = right[0]!.map((_, j) => right.map((row) => row[j]!));
  return left.map((row) => columns.map((column) => dot(row, column)));
}

export function identity(size: number): Matrix {
  return Array.from({ length: size }, (_, i) => Array.from({ length: size }, (_, j) => (i === j ? 1n : 0n)));
}

/** Gauss-Jordan inverse; throws on a singular matrix. */
export function invert(matrix: Matrix): Matrix {
  const size = matrix.length;
  const rows = matrix.map((row, i) => [...row, ...identity(size)[i]!]);
  for (let column = 0; column < size; column++) {
    const pivot = rows.findIndex((row, i) => i >= column && row[column] !== 0n);
    if (pivot < 0) throw new Error("A singular matrix has no inverse");
    [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
    const scale = inverse(rows[column]![column]!);
    rows[column] = rows[column]!.map((value) => reduce(value * scale));
    for (let i = 0; i < size; i++) {
      const factor = rows[i]![column]!;
      if (i === column || factor === 0n) continue;
      rows[i] = rows[i]!.map((value, j) => reduce(value - factor * rows[column]![j]!));
    }
  }
  return rows.map((row) => row.slice(size));
}

/** Coefficients 1, a_1 .. a_n of the characteristic polynomial (Faddeev-LeVerrier). */
export function characteristicPolynomial(matrix: Matrix): Vector {
  const size = matrix.length;
  const coefficients = [1n];
  let current = identity(size);
  for (let k = 1; k <= size; k++) {
    const product = multiply(matrix, current);
    const trace = product.reduce((sum, row, i) => sum + row[i]!, 0n);
    const coefficient = reduce(-trace * inverse(BigInt(k)));
    coefficients.push(coefficient);
    current = product.map((row, i) => row.map((value, j) => (i === j ? reduce(value + coefficient) : value)));
  }
  return coefficients;
}
