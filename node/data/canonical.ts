// The one unambiguous encoding behind key derivations, authenticated data and signed digests.
//
// canonical(domain, ...fields) = for each, domain first: type byte | 4-byte length | content
//   text 1 (UTF-8), bytes 2, unsigned integer 3 (big-endian, no leading zero, zero is empty)
//
// Type and length make it injective: no two lists of fields share an encoding, so no key or signature made for one meaning
// can be replayed for another.

import { concatBytes, integerToBytes, utf8 } from "../common/bytes.ts";
import { HoldfastError } from "../common/errors.ts";

export type CanonicalField = string | Uint8Array | bigint | number;

/** Domains read "holdfast/v1/<purpose>"; each purpose fixes the number, order and type of its fields. */
export function canonical(domain: string, ...fields: readonly CanonicalField[]): Uint8Array {
  return concatBytes(...[domain, ...fields].flatMap(encodeField));
}

function encodeField(field: CanonicalField): Uint8Array[] {
  const [type, content] = typed(field);
  return [Uint8Array.of(type), integerToBytes(content.length, 4), content];
}

function typed(field: CanonicalField): [number, Uint8Array] {
  if (typeof field === "string") return [1, utf8(field)];
  if (field instanceof Uint8Array) return [2, field];
  if (typeof field === "number" && !Number.isSafeInteger(field)) {
    throw new HoldfastError("INTEGER_RANGE", "Canonical integers are whole numbers below 2^53, or bigints.");
  }
  const hex = BigInt(field).toString(16);
  return [3, BigInt(field) === 0n ? new Uint8Array() : integerToBytes(field, Math.ceil(hex.length / 2))];
}
