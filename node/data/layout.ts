// How a file is cut (docs/design.md sections 2 and 3).
//
//   file -> segments of k pieces of plaintext -> n pieces each, one per shard -> shard = its pieces in order
//
// All pieces are full (16 groups) but those of the last segment, which hold as few groups as its length allows.

import { HoldfastError } from "../common/errors.ts";

/** One field element of a replica: 31 bytes, so that it is below the BN254 prime. */
export const ELEMENT_BYTES = 31;
export const GROUP_ELEMENTS = 512;
export const GROUP_BYTES = ELEMENT_BYTES * GROUP_ELEMENTS;
export const PIECE_GROUPS = 16;
export const PIECE_ELEMENTS = PIECE_GROUPS * GROUP_ELEMENTS;
export const PIECE_BYTES = PIECE_GROUPS * GROUP_BYTES;

/** Size classes: a replica of class m has 2^m padded elements; 15 classes, from one piece to 2^27 (4.16 GB). */
export const MIN_CLASS = 13;
export const MAX_CLASS = 27;
export const MAX_SHARD_GROUPS = 2 ** MAX_CLASS / GROUP_ELEMENTS;

/** Reed-Solomon over GF(2^8) has this many rows; a slot fits one byte. */
export const MAX_SLOTS = 255;

/** Everything that follows from a file's size and k. Sizes in bytes. */
export interface FileLayout {
  readonly fileSize: number;
  readonly k: number;
  /** At least one, also for an empty file. */
  readonly segments: number;
  /** Plaintext of the last segment: 0 only for an empty file. */
  readonly lastSegmentBytes: number;
  /** Groups in each piece of the last segment, 1 to 16. */
  readonly lastGroups: number;
  readonly shardGroups: number;
  readonly shardBytes: number;
  /** Size class of every replica of the file. */
  readonly m: number;
  /** Share of the 2^m elements that holds bytes, 0 to 1: a window is paid for 2^m, so `put` warns below 0.75. */
  readonly fill: number;
}

/** Throws `BAD_CODE` unless 1 <= k <= n <= 255. */
export function checkCode(k: number, n: number): void {
  if (!Number.isInteger(k) || !Number.isInteger(n) || k < 1 || k > n || n > MAX_SLOTS) {
    throw new HoldfastError("BAD_CODE", `A file is stored k-of-n with 1 <= k <= n <= ${MAX_SLOTS}, got ${k}-of-${n}.`, {
      details: { k, n },
    });
  }
}

/** The layout of `fileSize` bytes in k data pieces a segment; throws `FILE_TOO_LARGE` naming the k that would do. */
export function fileLayout(fileSize: number, k: number): FileLayout {
  checkCode(k, MAX_SLOTS);
  if (!Number.isSafeInteger(fileSize) || fileSize < 0) {
    throw new HoldfastError("BAD_SIZE", `A file's size is a whole number of bytes, got ${fileSize}.`);
  }
  const segmentBytes = k * PIECE_BYTES;
  const segments = Math.max(1, Math.ceil(fileSize / segmentBytes));
  const lastSegmentBytes = fileSize - (segments - 1) * segmentBytes;
  const lastGroups = Math.max(1, Math.ceil(lastSegmentBytes / (k * GROUP_BYTES)));
  const shardGroups = (segments - 1) * PIECE_GROUPS + lastGroups;
  if (shardGroups > MAX_SHARD_GROUPS) {
    const needed = Math.ceil(fileSize / (MAX_SHARD_GROUPS * GROUP_BYTES));
    throw new HoldfastError(
      "FILE_TOO_LARGE",
      `A file of ${fileSize} bytes does not fit shards of ${MAX_SHARD_GROUPS * GROUP_BYTES} bytes at k = ${k}: use k >= ${needed} or split the file.`,
      { details: { fileSize, k, needed } },
    );
  }
  const m = classOfGroups(shardGroups);
  return {
    fileSize,
    k,
    segments,
    lastSegmentBytes,
    lastGroups,
    shardGroups,
    shardBytes: shardGroups * GROUP_BYTES,
    m,
    fill: (shardGroups * GROUP_ELEMENTS) / 2 ** m,
  };
}

/** The smallest class that holds `groups` groups (1 to 262,144). */
export function classOfGroups(groups: number): number {
  if (!Number.isInteger(groups) || groups < 1 || groups > MAX_SHARD_GROUPS) {
    throw new HoldfastError("BAD_GROUP_COUNT", `A replica has 1 to ${MAX_SHARD_GROUPS} groups, got ${groups}.`);
  }
  let m = MIN_CLASS;
  while (2 ** m < groups * GROUP_ELEMENTS) m++;
  return m;
}

/** Levels of the 8-ary commitment tree over 2^m elements. */
export function depthOfClass(m: number): number {
  if (!Number.isInteger(m) || m < MIN_CLASS || m > MAX_CLASS) {
    throw new HoldfastError("BAD_CLASS", `A size class is ${MIN_CLASS} to ${MAX_CLASS}, got ${m}.`);
  }
  return Math.ceil(m / 3);
}

/** Pieces of a shard with `groups` groups, i.e. segments of the file. */
export function pieceCount(groups: number): number {
  return Math.ceil(groups / PIECE_GROUPS);
}

/** Groups in piece `index` of a shard with `groups` groups: 16 but for the last. */
export function groupsOfPiece(groups: number, index: number): number {
  const last = pieceCount(groups) - 1;
  checkPieceIndex(last + 1, index);
  return index < last ? PIECE_GROUPS : groups - last * PIECE_GROUPS;
}

function checkPieceIndex(pieces: number, index: number): void {
  if (!Number.isInteger(index) || index < 0 || index >= pieces) {
    throw new HoldfastError("BAD_PIECE_INDEX", `There are pieces 0 to ${pieces - 1}, got ${index}.`, {
      details: { pieces, index },
    });
  }
}

/** Plaintext bytes in segment `index`. */
export function segmentBytes(layout: FileLayout, index: number): number {
  checkPieceIndex(layout.segments, index);
  return index < layout.segments - 1 ? layout.k * PIECE_BYTES : layout.lastSegmentBytes;
}

/** First and last segment that a byte range touches; throws `BAD_RANGE` unless it lies within the file. */
export function segmentsOfRange(layout: FileLayout, offset: number, length: number): { first: number; last: number } {
  const end = offset + length;
  if (
    !Number.isSafeInteger(offset) ||
    !Number.isSafeInteger(length) ||
    offset < 0 ||
    length < 1 ||
    end > layout.fileSize
  ) {
    throw new HoldfastError("BAD_RANGE", `The file has ${layout.fileSize} bytes; asked for ${length} from ${offset}.`, {
      details: { offset, length, fileSize: layout.fileSize },
    });
  }
  const size = layout.k * PIECE_BYTES;
  return { first: Math.floor(offset / size), last: Math.floor((end - 1) / size) };
}
