// Documents that are hashed or signed: canonical CBOR, one byte string per value, refused otherwise.

import { decode, encode } from "cborg";
import { equalBytes } from "../common/bytes.ts";
import { HoldfastError } from "../common/errors.ts";

/** Canonical CBOR (shortest integers, keys in order). */
export function encodeDocument(fields: Readonly<Record<string, unknown>>): Uint8Array {
  return encode(fields);
}

/**
 * The fields of a document: a map of exactly `keys`, with this `type` and `version`, at most `maxBytes` long (checked before
 * anything is decoded) and in the one canonical form: two encodings of one document would have two hashes.
 * Throws `BAD_DOCUMENT` or, for another version, `UNKNOWN_VERSION`. The caller checks each field's own type.
 */
export function decodeDocument<Key extends string>(
  bytes: Uint8Array,
  shape: { type: string; version: number; keys: readonly Key[]; maxBytes: number },
): Record<Key, unknown> {
  if (bytes.length > shape.maxBytes) throw badDocument(shape.type, `is larger than ${shape.maxBytes} bytes`);
  const fields = decodeMap(bytes, shape.type);
  if (fields.type !== shape.type) throw badDocument(shape.type, "is another kind of document");
  if (typeof fields.version !== "number") throw badDocument(shape.type, "has no version");
  if (fields.version !== shape.version) {
    throw new HoldfastError(
      "UNKNOWN_VERSION",
      `This ${shape.type} has version ${fields.version}, this program reads version ${shape.version}: update Holdfast.`,
      { details: { expected: shape.version, found: fields.version } },
    );
  }
  const expected = ["type", "version", ...shape.keys].sort();
  const found = Object.keys(fields).sort();
  if (found.join() !== expected.join()) throw badDocument(shape.type, `must have the fields ${expected.join(", ")}`);
  if (!equalBytes(encodeDocument(fields), bytes)) throw badDocument(shape.type, "is not in canonical form");
  return fields as Record<Key, unknown>;
}

function decodeMap(bytes: Uint8Array, type: string): Record<string, unknown> {
  let value: unknown;
  try {
    // What passes here in another than the canonical form fails the comparison with its re-encoding.
    value = decode(bytes, { strict: true, allowIndefinite: false, allowBigInt: false });
  } catch (cause) {
    throw badDocument(type, "cannot be decoded", cause);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value) || value instanceof Uint8Array) {
    throw badDocument(type, "is not a map");
  }
  return value as Record<string, unknown>;
}

/** `BAD_DOCUMENT`: "This <type> <what is wrong>: fetch it from another provider." */
export function badDocument(type: string, what: string, cause?: unknown): HoldfastError {
  return new HoldfastError("BAD_DOCUMENT", `This ${type} ${what}: fetch it from another provider.`, {
    details: { type },
    cause,
  });
}

/** Narrows a decoded field to a whole number from 0 to `max`. */
export function numberField(type: string, name: string, value: unknown, max: number): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0 || value > max) {
    throw badDocument(type, `has a bad ${name}`);
  }
  return value;
}

/** Narrows a decoded field to bytes of a length, or of a range of lengths. */
export function bytesField(type: string, name: string, value: unknown, min: number, max = min): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length < min || value.length > max) {
    throw badDocument(type, `has a bad ${name}`);
  }
  return value;
}
