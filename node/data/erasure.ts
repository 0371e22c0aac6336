// Segment <-> pieces: ciphertext padded with zeros to k whole-group pieces, and n - k parity pieces after them.

import { concatBytes } from "../common/bytes.ts";
import { HoldfastError } from "../common/errors.ts";
import type { ReedSolomon } from "./kernels/reed-solomon.ts";
import { GROUP_BYTES, PIECE_GROUPS } from "./layout.ts";

/** A piece and the slot it belongs to. */
export interface SlotPiece {
  readonly index: number;
  readonly bytes: Uint8Array;
}

/** The n pieces, `groups` groups each, of a segment's ciphertext; throws `BAD_SEGMENT_LENGTH` if it does not fit k of them. */
export function splitSegment(code: ReedSolomon, ciphertext: Uint8Array, groups: number): Uint8Array[] {
  const size = groups * GROUP_BYTES;
  if (!Number.isInteger(groups) || groups < 1 || groups > PIECE_GROUPS || ciphertext.length > code.k * size) {
    throw new HoldfastError(
      "BAD_SEGMENT_LENGTH",
      `A segment of ${ciphertext.length} bytes does not fit ${code.k} pieces of ${groups} groups.`,
      { details: { length: ciphertext.length, k: code.k, groups } },
    );
  }
  const whole = code.k * size;
  const padded = ciphertext.length === whole ? ciphertext : new Uint8Array(whole);
  if (padded !== ciphertext) padded.set(ciphertext);
  const data = Array.from({ length: code.k }, (_, i) => padded.subarray(i * size, (i + 1) * size));
  return [...data, ...code.encode(data)];
}

/** The first `length` bytes of the segment, from any k of its n unsealed pieces. The caller has checked their hashes. */
export function joinSegment(code: ReedSolomon, pieces: readonly SlotPiece[], length: number): Uint8Array {
  const given = new Map(pieces.map(({ index, bytes }) => [index, bytes]));
  const data = Array.from({ length: code.k }, (_, i) => i);
  const lost = data.filter((i) => !given.has(i));
  const rebuilt = lost.length === 0 ? [] : code.reconstruct([...pieces], lost);
  for (const [i, index] of lost.entries()) given.set(index, rebuilt[i]!);
  return concatBytes(...data.map((i) => given.get(i)!)).subarray(0, length);
}
