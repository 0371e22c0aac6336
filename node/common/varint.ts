// Unsigned LEB128, as multiformats and libp2p frames use it (at most 53 bits, so 8 bytes), minimal form only.

import { HoldfastError } from "./errors.ts";

export const MAX_VARINT_BYTES = 8;

/** `value` (a safe, non-negative integer) as a varint of 1 to 8 bytes. */
export function encodeVarint(value: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new HoldfastError("INTEGER_RANGE", `${value} cannot be written as a varint.`);
  }
  const out: number[] = [];
  let rest = value;
  while (rest >= 128) {
    out.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  out.push(rest);
  return Uint8Array.from(out);
}

/**
 * Reads a varint at `offset`. `undefined` when more bytes are needed.
 * Throws `BAD_VARINT` for more than 53 bits or a longer form than needed: two spellings of one length would let a peer
 * send the same message in many forms.
 */
export function decodeVarint(bytes: Uint8Array, offset = 0): { value: number; length: number } | undefined {
  let value = 0;
  for (let i = 0; i < MAX_VARINT_BYTES; i++) {
    const byte = bytes[offset + i];
    if (byte === undefined) return undefined;
    value += (byte & 127) * 2 ** (7 * i);
    if (byte < 128) {
      if ((byte === 0 && i > 0) || !Number.isSafeInteger(value)) break;
      return { value, length: i + 1 };
    }
  }
  throw new HoldfastError("BAD_VARINT", "A length prefix is malformed or larger than 2^53.");
}
