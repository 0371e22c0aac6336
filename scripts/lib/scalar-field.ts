/** The scalar field of BN254 in bigints, as much as a proving key needs. Source: EIP-197. */

/** The order of the groups: every scalar and every signal is below it. */
export const R = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;
/** Coordinates of points are below it. */
export const Q = 21888242871839275222246405745257275088696311157297823662689037894645226208583n;
/** A generator of the multiplicative group and the number of twos in R - 1: they give the roots of unity. */
const GENERATOR = 5n;
const TWO_ADICITY = 28;

/** base^exponent modulo R, exponent >= 0. */
export function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base % R;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % R;
    square = (square * square) % R;
  }
  return result;
}

/** The primitive 2^log-th root of unity that snarkjs uses, so that domains agree. */
export function rootOfUnity(log: number): bigint {
  if (log > TWO_ADICITY) throw new RangeError(`a domain of 2^${log} is larger than the field's 2^${TWO_ADICITY}`);
  return power(GENERATOR, (R - 1n) >> BigInt(log));
}

/** 1 / value for every value, with one exponentiation in all (Montgomery's trick). Throws if a value is 0. */
export function invertAll(values: readonly bigint[]): bigint[] {
  const prefixes: bigint[] = [];
  let product = 1n;
  for (const value of values) {
    prefixes.push(product);
    product = (product * value) % R;
  }
  if (product === 0n) throw new RangeError("0 has no inverse");
  let inverse = power(product, R - 2n);
  const result = new Array<bigint>(values.length);
  for (let i = values.length - 1; i >= 0; i--) {
    result[i] = (inverse * prefixes[i]!) % R;
    inverse = (inverse * values[i]!) % R;
  }
  return result;
}

/** All Lagrange polynomials of the domain of size 2^log at `point`: L_i = (point^n - 1) / n * w^i / (point - w^i). */
export function lagrangeAt(log: number, point: bigint): bigint[] {
  const size = 1n << BigInt(log);
  const root = rootOfUnity(log);
  const nodes: bigint[] = [];
  for (let i = 0n, node = 1n; i < size; i++, node = (node * root) % R) nodes.push(node);
  const inverses = invertAll([size, ...nodes.map((node) => (point - node + R) % R)]);
  const scale = ((power(point, size) - 1n + R) * inverses[0]!) % R;
  return nodes.map((node, i) => (((scale * node) % R) * inverses[i + 1]!) % R);
}

/** Writes a value below 2^256 as 32 little-endian bytes. */
export function putScalar(view: DataView, offset: number, value: bigint): void {
  view.setBigUint64(offset, value & 0xffffffffffffffffn, true);
  view.setBigUint64(offset + 8, (value >> 64n) & 0xffffffffffffffffn, true);
  view.setBigUint64(offset + 16, (value >> 128n) & 0xffffffffffffffffn, true);
  view.setBigUint64(offset + 24, value >> 192n, true);
}

/** Reads 32 little-endian bytes. */
export function getScalar(view: DataView, offset: number): bigint {
  return (
    view.getBigUint64(offset, true) |
    (view.getBigUint64(offset + 8, true) << 64n) |
    (view.getBigUint64(offset + 16, true) << 128n) |
    (view.getBigUint64(offset + 24, true) << 192n)
  );
}
