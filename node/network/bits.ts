/** Sets of small numbers as bitmaps, lowest bit first: 2 KiB say which of 16,384 pieces are there. */

export function bitsToBytes(set: ReadonlySet<number>, size: number): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(size / 8));
  for (const index of set) bytes[index >> 3]! |= 1 << (index & 7);
  return bytes;
}

/** Bits from `size` on are ignored. */
export function bitsFromBytes(bytes: Uint8Array, size: number): ReadonlySet<number> {
  const set = new Set<number>();
  for (let index = 0; index < size; index++) if ((bytes[index >> 3]! >> (index & 7)) & 1) set.add(index);
  return set;
}
