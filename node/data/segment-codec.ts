// One segment from plaintext to unsealed pieces and back: the steps of a put and a get that need neither disk nor network.

import { equalBytes } from "../common/bytes.ts";
import { HoldfastError } from "../common/errors.ts";
import { release } from "../common/release.ts";
import { sha256 } from "../common/sha256.ts";
import { joinSegment, type SlotPiece, splitSegment } from "./erasure.ts";
import { type Header, isHeaderPiece, layoutOf, segmentTag } from "./header.ts";
import type { ReedSolomon } from "./kernels/reed-solomon.ts";
import { type FileLayout, groupsOfPiece, segmentBytes } from "./layout.ts";
import { decryptSegment, encryptSegment } from "./segment-cipher.ts";

export interface EncodedSegment {
  /** n unsealed pieces, by slot. */
  readonly pieces: readonly Uint8Array[];
  /** SHA-256 of each of them, for the header. */
  readonly hashes: readonly Uint8Array[];
  /** GCM tag, for the header. */
  readonly tag: Uint8Array;
  /** SHA-256 over the hashes of the k data pieces: under one key it stands for the plaintext. */
  readonly digest: Uint8Array;
}

/** What encoding a file's segments takes, the same for all of them. */
export interface SegmentContext {
  readonly code: ReedSolomon;
  /** From `contentKey`. */
  readonly key: Uint8Array;
  readonly fileId: Uint8Array;
  readonly layout: FileLayout;
}

/** Encrypts and codes segment `index`; throws `BAD_SEGMENT_LENGTH` unless `plaintext` is as long as the layout says. */
export function encodeSegment(context: SegmentContext, index: number, plaintext: Uint8Array): EncodedSegment {
  const { code, key, fileId, layout } = context;
  const expected = segmentBytes(layout, index);
  if (plaintext.length !== expected) {
    throw new HoldfastError(
      "BAD_SEGMENT_LENGTH",
      `Segment ${index} has ${expected} bytes, got ${plaintext.length}: the file changed while it was read.`,
      { details: { index, expected, found: plaintext.length } },
    );
  }
  const { ciphertext, tag } = encryptSegment(key, { fileId, index, last: index === layout.segments - 1 }, plaintext);
  const pieces = splitSegment(code, ciphertext, groupsOfPiece(layout.shardGroups, index));
  const hashes = pieces.map((piece) => sha256(piece));
  return { pieces, hashes, tag, digest: sha256(...hashes.slice(0, code.k)) };
}

/** An unsealed piece is not the one the header names: its provider sent wrong bytes, or the slot table is wrong. */
export class WrongPieceError extends HoldfastError {
  override readonly name = "WrongPieceError";
  readonly slot: number;
  readonly segment: number;
  constructor(slot: number, segment: number) {
    super("WRONG_PIECE", `Slot ${slot} gave wrong bytes for segment ${segment}: use another slot.`, {
      details: { slot, segment },
    });
    this.slot = slot;
    this.segment = segment;
  }
}

/**
 * The plaintext of segment `index` from any k unsealed pieces, each checked by the header first. Throws
 * {@link WrongPieceError} for the first wrong one, `SegmentNotAuthenticError` for a wrong file key.
 */
export function decodeSegment(
  header: Header,
  code: ReedSolomon,
  key: Uint8Array,
  index: number,
  pieces: readonly SlotPiece[],
): Uint8Array {
  const ciphertext = joinSegment(code, checked(header, index, pieces), segmentBytes(layoutOf(header), index));
  return decrypt(header, key, index, ciphertext);
}

/** As {@link decodeSegment} for pieces that were held to the header before; empties them. */
export function decodeCheckedSegment(
  header: Header,
  code: ReedSolomon,
  key: Uint8Array,
  index: number,
  pieces: readonly SlotPiece[],
): Uint8Array {
  const ciphertext = joinSegment(code, pieces, segmentBytes(layoutOf(header), index));
  for (const { bytes } of pieces) release(bytes);
  const plaintext = decrypt(header, key, index, ciphertext);
  release(ciphertext);
  return plaintext;
}

function decrypt(header: Header, key: Uint8Array, index: number, ciphertext: Uint8Array): Uint8Array {
  const last = index === layoutOf(header).segments - 1;
  return decryptSegment(key, { fileId: header.fileId, index, last }, ciphertext, segmentTag(header, index));
}

/** True only if `plaintext` is segment `index` as its owner encrypted it; `key` from `contentKey`. */
export function isSegment(header: Header, key: Uint8Array, index: number, plaintext: Uint8Array): boolean {
  const layout = layoutOf(header);
  if (plaintext.length !== segmentBytes(layout, index)) return false;
  const place = { fileId: header.fileId, index, last: index === layout.segments - 1 };
  return equalBytes(encryptSegment(key, place, plaintext).tag, segmentTag(header, index));
}

/** Rebuilds the unsealed pieces of lost slots from any k others, without the file key; what a repair does. */
export function rebuildPieces(
  header: Header,
  code: ReedSolomon,
  index: number,
  pieces: readonly SlotPiece[],
  slots: readonly number[],
): Uint8Array[] {
  const rebuilt = code.reconstruct([...checked(header, index, pieces)], [...slots]);
  return checked(
    header,
    index,
    slots.map((slot, i) => ({ index: slot, bytes: rebuilt[i]! })),
  ).map((piece) => piece.bytes);
}

function checked(header: Header, segment: number, pieces: readonly SlotPiece[]): readonly SlotPiece[] {
  for (const { index, bytes } of pieces) {
    if (!isHeaderPiece(header, index, segment, bytes)) throw new WrongPieceError(index, segment);
  }
  return pieces;
}
