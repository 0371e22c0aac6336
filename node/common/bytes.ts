// Byte strings: joining, comparing, and big-endian integers. Everything in Holdfast is big-endian.

import { timingSafeEqual } from "node:crypto";
import { HoldfastError } from "./errors.ts";

/** One byte string out of many. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Same length and same bytes; takes the same time wherever they differ, so it may compare secrets and tags. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Throws `BAD_LENGTH` unless `bytes` has exactly `length` bytes; the message names the thing, never its content. */
export function expectLength(name: string, bytes: Uint8Array, length: number): void {
  if (!(bytes instanceof Uint8Array) || bytes.length !== length) {
    throw new HoldfastError("BAD_LENGTH", `${name} must be ${length} bytes, got ${bytes?.length ?? typeof bytes}.`, {
      details: { name, expected: length, found: bytes?.length },
    });
  }
}

/** An unsigned integer in exactly `length` bytes; throws `INTEGER_RANGE` when it does not fit or is negative. */
export function integerToBytes(value: bigint | number, length: number): Uint8Array {
  const integer = BigInt(value);
  if (integer < 0n || integer >> BigInt(8 * length) !== 0n) {
    throw new HoldfastError("INTEGER_RANGE", `${integer} does not fit in ${length} unsigned bytes.`);
  }
  return length === 0
    ? new Uint8Array()
    : new Uint8Array(Buffer.from(integer.toString(16).padStart(2 * length, "0"), "hex"));
}

/** The unsigned integer that `bytes` spell; no bytes spell zero. */
export function bytesToInteger(bytes: Uint8Array): bigint {
  if (bytes.length === 0) return 0n;
  return BigInt(`0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex")}`);
}

const encoder = new TextEncoder();

/** UTF-8. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}
