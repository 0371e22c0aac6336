/** Field elements as zkeys and witnesses hold them: 32 little-endian bytes. */

const WORD = 64n;

export function getInteger(view: DataView, at: number): bigint {
  const word = (i: number) => view.getBigUint64(at + 8 * i, true) << (WORD * BigInt(i));
  return word(0) | word(1) | word(2) | word(3);
}

export function putInteger(view: DataView, at: number, value: bigint): void {
  for (let i = 0; i < 4; i++) view.setBigUint64(at + 8 * i, BigInt.asUintN(64, value >> (WORD * BigInt(i))), true);
}

/** base^exponent modulo a prime, exponent >= 0. */
export function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (let square = base % modulus, rest = exponent; rest > 0n; rest >>= 1n, square = (square * square) % modulus) {
    if (rest & 1n) result = (result * square) % modulus;
  }
  return result;
}

/** 1 / value modulo a prime, by Fermat. */
export function inverse(value: bigint, modulus: bigint): bigint {
  return power(value, modulus - 2n, modulus);
}
