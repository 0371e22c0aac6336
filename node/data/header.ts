// The header of a file: everything a reader needs that never changes, written once by the owner. Its SHA-256 is stored on
// chain at `openDeal` and in every capability, so any provider may serve it.

import { concatBytes, equalBytes } from "../common/bytes.ts";
import { HoldfastError } from "../common/errors.ts";
import { type Hex, toHex } from "../common/hex.ts";
import { sha256 } from "../common/sha256.ts";
import { badDocument, bytesField, decodeDocument, encodeDocument, numberField } from "./cbor.ts";
import { type FileLayout, fileLayout, MAX_SLOTS } from "./layout.ts";
import { MAX_FACTS_BYTES, MIN_FACTS_BYTES } from "./plaintext-facts.ts";
import { checkHotSlots } from "./secrets.ts";
import { TAG_BYTES } from "./segment-cipher.ts";

const TYPE = "holdfast/header";
export const HEADER_VERSION = 1;
/** AES-256-GCM segments, Reed-Solomon over GF(2^8), AES-256-CTR seals, SHA-256 and Poseidon trees. */
export const SUITE = 1;
/** Two million shard pieces: 30 slots of a 700 GB file. */
export const MAX_HEADER_BYTES = 2 ** 26;

export interface Header {
  readonly suite: number;
  /** Any k of the n shards give the file; the first e slots are hot. */
  readonly k: number;
  readonly n: number;
  readonly e: number;
  /** 16 bytes. */
  readonly fileId: Uint8Array;
  /** Plaintext bytes. */
  readonly fileSize: number;
  /** GCM tags, 16 bytes a segment, in order. */
  readonly tags: Uint8Array;
  /** SHA-256 of every unsealed shard piece, 32 bytes each: slot 0's by segment, then slot 1's, ... */
  readonly pieceHashes: Uint8Array;
  /** What `encryptFacts` made of the plaintext's CID and name. */
  readonly facts: Uint8Array;
}

/** Canonical bytes; throws what `decodeHeader` would. */
export function encodeHeader(header: Header): Uint8Array {
  const bytes = encodeDocument({ type: TYPE, version: HEADER_VERSION, ...header });
  decodeHeader(bytes);
  return bytes;
}

/** Throws `BAD_DOCUMENT`, `UNKNOWN_VERSION`, `BAD_HOT_SLOTS`, `BAD_CODE` or `FILE_TOO_LARGE`. */
export function decodeHeader(bytes: Uint8Array): Header {
  const keys = ["suite", "k", "n", "e", "fileId", "fileSize", "tags", "pieceHashes", "facts"] as const;
  const fields = decodeDocument(bytes, { type: TYPE, version: HEADER_VERSION, keys, maxBytes: MAX_HEADER_BYTES });
  const suite = numberField(TYPE, "suite", fields.suite, 255);
  if (suite !== SUITE) {
    throw new HoldfastError(
      "UNKNOWN_VERSION",
      `This file uses cipher suite ${suite}, this program knows ${SUITE}: update Holdfast.`,
    );
  }
  const k = numberField(TYPE, "k", fields.k, MAX_SLOTS);
  const n = numberField(TYPE, "n", fields.n, MAX_SLOTS);
  const e = numberField(TYPE, "e", fields.e, MAX_SLOTS);
  checkHotSlots(k, n, e);
  const fileSize = numberField(TYPE, "fileSize", fields.fileSize, Number.MAX_SAFE_INTEGER);
  const { segments } = fileLayout(fileSize, k);
  return {
    suite,
    k,
    n,
    e,
    fileId: bytesField(TYPE, "fileId", fields.fileId, 16),
    fileSize,
    tags: bytesField(TYPE, "tags", fields.tags, segments * TAG_BYTES),
    pieceHashes: bytesField(TYPE, "pieceHashes", fields.pieceHashes, n * segments * 32),
    facts: bytesField(TYPE, "facts", fields.facts, MIN_FACTS_BYTES, MAX_FACTS_BYTES),
  };
}

/** SHA-256 of the header's bytes, as the chain stores it. */
export function headerHash(bytes: Uint8Array): Hex {
  return toHex(sha256(bytes));
}

/** Decodes bytes from a stranger; throws `BAD_DOCUMENT` unless they hash to `expected`, before looking inside. */
export function openHeader(bytes: Uint8Array, expected: Hex): Header {
  if (bytes.length > MAX_HEADER_BYTES) throw badDocument(TYPE, `is larger than ${MAX_HEADER_BYTES} bytes`);
  if (headerHash(bytes) !== expected.toLowerCase()) throw badDocument(TYPE, "is not the one the deal names");
  return decodeHeader(bytes);
}

/** The sizes that follow from a header. */
export function layoutOf(header: Header): FileLayout {
  return fileLayout(header.fileSize, header.k);
}

/** GCM tag of one segment. */
export function segmentTag(header: Header, segment: number): Uint8Array {
  return header.tags.subarray(segment * TAG_BYTES, (segment + 1) * TAG_BYTES);
}

/** True only if `piece`, unsealed, is the one the owner put into `slot` for `segment`. */
export function isHeaderPiece(header: Header, slot: number, segment: number, piece: Uint8Array): boolean {
  const segments = header.tags.length / TAG_BYTES;
  const inside = Number.isInteger(slot) && slot >= 0 && slot < header.n && segment >= 0 && segment < segments;
  if (!inside || !Number.isInteger(segment)) return false;
  const at = (slot * segments + segment) * 32;
  return equalBytes(sha256(piece), header.pieceHashes.subarray(at, at + 32));
}

/** Collects what a put learns segment by segment; `hashes` are those of the n unsealed pieces. */
export interface HeaderBuilder {
  append(segment: { tag: Uint8Array; hashes: readonly Uint8Array[] }): void;
  finish(rest: Omit<Header, "suite" | "tags" | "pieceHashes">): Header;
}

export function createHeaderBuilder(): HeaderBuilder {
  const segments: { tag: Uint8Array; hashes: readonly Uint8Array[] }[] = [];
  return {
    append: (segment) => {
      segments.push(segment);
    },
    finish(rest) {
      const bySlot = Array.from({ length: rest.n }, (_, slot) => segments.map((segment) => segment.hashes[slot]!));
      const tags = concatBytes(...segments.map((segment) => segment.tag));
      return { ...rest, suite: SUITE, tags, pieceHashes: concatBytes(...bySlot.flat()) };
    },
  };
}
