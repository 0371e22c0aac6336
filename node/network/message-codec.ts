/** Messages as CBOR (RFC 8949, deterministic), without a copy of the piece that a message may carry. */
import { type DecodeOptions, decode, encode, Tokenizer } from "cborg";
import { Uint8ArrayList } from "uint8arraylist";
import { concatBytes } from "../common/bytes.ts";
import { HoldfastError } from "../common/errors.ts";

/** A decoded message before validation: `t` names its kind. Byte strings may be views of one buffer. */
export type Message = { readonly t: string } & Readonly<Record<string, unknown>>;

/**
 * A field of so many bytes is handed on as it is; copying less costs less than a part of its own. It is 17 more than a packet of
 * Noise carries: what is as long comes in several parts and is copied together once, to memory that frame-reader.ts can hand on.
 */
export const LARGE_BYTES = 65_536;

/**
 * The same bytes as cborg's `encode`; a list is one byte string in parts. The caller leaves a large
 * field alone until it is sent.
 */
export function encodeMessage(message: Message): Uint8Array | Uint8ArrayList {
  const fields = Object.entries(message);
  const large = fields.find(([, value]) => isLarge(value));
  if (large === undefined) return encode(Object.fromEntries(fields.map(([name, value]) => [name, whole(value)])));
  const [name, bytes] = large as [string, Uint8Array | Uint8ArrayList];
  const before = fields.filter(([other]) => comesBefore(other, name));
  const after = fields.filter(([other]) => other !== name && !comesBefore(other, name));
  const length = new Uint8Array(5);
  length[0] = 0x5a; // a byte string with its length in four bytes
  new DataView(length.buffer).setUint32(1, bytes.byteLength);
  const map = Uint8Array.of(0xa0 + fields.length);
  // As few parts as can be: each becomes a packet of its own on the way.
  const head = concatBytes(map, encode(Object.fromEntries(before)).subarray(1), encode(name), length);
  return new Uint8ArrayList(head, bytes, encode(Object.fromEntries(after)).subarray(1));
}

function isLarge(value: unknown): boolean {
  return (value instanceof Uint8ArrayList || value instanceof Uint8Array) && value.byteLength >= LARGE_BYTES;
}

function whole(value: unknown): unknown {
  return value instanceof Uint8ArrayList ? value.subarray() : value;
}

/** Keys of messages are ASCII: shorter ones first, then by their letters. */
function comesBefore(a: string, b: string): boolean {
  return a.length === b.length ? a < b : a.length < b.length;
}

const STRICT: DecodeOptions = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowNaN: false,
  allowInfinity: false,
  rejectDuplicateMapKeys: true,
};

/** A large field is a view of `bytes`. Throws `BAD_MESSAGE`. */
export function decodeMessage(bytes: Uint8Array): Message {
  let value: unknown;
  try {
    value = decode(bytes, bytes.length < LARGE_BYTES ? STRICT : { ...STRICT, tokenizer: viewing(bytes) });
  } catch (cause) {
    throw new HoldfastError("BAD_MESSAGE", "The peer sent bytes that are no message.", { cause });
  }
  if (value === null || typeof value !== "object" || !Object.hasOwn(value, "t")) {
    throw new HoldfastError("BAD_MESSAGE", "The peer sent a value that is no message.");
  }
  const message = value as Message;
  if (typeof message.t !== "string" || message.t.length > 32) {
    throw new HoldfastError("BAD_MESSAGE", "The peer sent a message without a kind.");
  }
  return message;
}

/** cborg takes byte strings out by `slice`, which copies from a Uint8Array and does not from a Buffer. */
function viewing({ buffer, byteOffset, length }: Uint8Array): Tokenizer {
  return new Tokenizer(Buffer.from(buffer, byteOffset, length), STRICT);
}
