// Hex is spoken only at the chain's edge; inside the node bytes are Uint8Array.

import { HoldfastError } from "./errors.ts";

export type Hex = `0x${string}`;

/** Lower-case hex with 0x. */
export function toHex(bytes: Uint8Array): Hex {
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex")}`;
}

/**
 * The bytes of a 0x string of either case, of exactly `length` bytes when given.
 * Throws `BAD_HEX`; the message holds no part of the input, which may have been a key pasted into the wrong field.
 */
export function fromHex(hex: string, length?: number): Uint8Array {
  if (!/^0x(?:[0-9a-fA-F]{2})*$/.test(hex)) {
    throw new HoldfastError("BAD_HEX", "Expected an even number of hex digits after 0x.");
  }
  const found = hex.length / 2 - 1;
  if (length !== undefined && found !== length) {
    throw new HoldfastError("BAD_HEX", `Expected ${length} bytes of hex, got ${found}.`, {
      details: { expected: length, found },
    });
  }
  return new Uint8Array(Buffer.from(hex.slice(2), "hex"));
}
