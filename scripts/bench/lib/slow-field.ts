// GF(2^8) by its definition, polynomials over GF(2) modulo 0x11d, bit by bit: shares no table and no code with the kernel.

function multiply(a: number, b: number): number {
  let product = 0;
  for (let bit = 0; bit < 8; bit++) if ((b >> bit) & 1) product ^= a << bit;
  for (let bit = 14; bit >= 8; bit--) if ((product >> bit) & 1) product ^= 0x11d << (bit - 8);
  return product;
}

function inverse(a: number): number {
  for (let b = 1; b < 256; b++) if (multiply(a, b) === 1) return b;
  throw new RangeError(`${a} has no inverse`);
}

/** Parity pieces k .. n - 1 of the systematic Cauchy code: piece i is the sum of data piece j divided by i xor j. */
export function slowParity(data: readonly Uint8Array[], n: number): Uint8Array[] {
  const k = data.length;
  return Array.from({ length: n - k }, (_, p) => {
    const factors = data.map((_, j) => inverse((k + p) ^ j));
    return Uint8Array.from(data[0]!, (_, at) =>
      data.reduce((sum, piece, j) => sum ^ multiply(factors[j]!, piece[at]!), 0),
    );
  });
}
