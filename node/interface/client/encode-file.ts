// A file as the n unsealed pieces of each segment, in constant memory. Every pass over a whole file (upload, substitute,
// recomputation) goes through here, so every pass sees the same bytes or stops.

import { release } from "../../common/release.ts";
import { createReedSolomon } from "../../data/kernels/reed-solomon.ts";
import { type FileLayout, PIECE_BYTES, segmentBytes } from "../../data/layout.ts";
import { seal, sealKey } from "../../data/seal.ts";
import { type FileSecrets, secretOfSlot } from "../../data/secrets.ts";
import { contentKey } from "../../data/segment-cipher.ts";
import { type EncodedSegment, encodeSegment } from "../../data/segment-codec.ts";
import { RUN_PIECES } from "../../network/frames.ts";
import type { PutPlan } from "./put-plan.ts";
import { openSource } from "./source-file.ts";

/** Takes the digests of segments `first` and on; throws when the file changed. */
export type ConfirmSegments = (first: number, digests: readonly Uint8Array[]) => Promise<void>;

/**
 * Segments are read, confirmed and sent a run at a time: each turn to the disk is another wake-up. What a run makes is
 * in memory at once, ten megabytes.
 */
const MAX_RUN_PIECES = 40;

/** Segments in a run when each has so many pieces in memory. */
export function segmentsInRun(pieces: number): number {
  return Math.max(1, Math.min(RUN_PIECES, Math.floor(MAX_RUN_PIECES / pieces)));
}

export interface EncodeFileOptions {
  readonly plan: PutPlan;
  readonly layout: FileLayout;
  readonly secrets: FileSecrets;
  /** Judges segments before anything of them is handed out. */
  readonly confirm: ConfirmSegments;
  /** Sees the plaintext in order, for the CID. */
  readonly onPlaintext?: (bytes: Uint8Array) => void;
  readonly signal?: AbortSignal;
}

export interface FileSegment extends EncodedSegment {
  readonly index: number;
}

/** Pieces are there until the next segment is asked for. Throws `FILE_CHANGED`, `FILE_MISSING`, `FILE_FORBIDDEN` or `NOT_A_FILE`. */
export async function* encodeFile(options: EncodeFileOptions): AsyncGenerator<FileSegment> {
  const { plan, layout, secrets, confirm, signal } = options;
  const { fileId, fileKey } = secrets;
  const context = { code: createReedSolomon(plan.k, plan.n), key: contentKey(fileKey, fileId), fileId, layout };
  const source = await openSource(plan);
  try {
    const run = segmentsInRun(plan.n);
    for (let first = 0; first < layout.segments; first += run) {
      signal?.throwIfAborted();
      const indices = Array.from({ length: Math.min(run, layout.segments - first) }, (_, i) => first + i);
      const lengths = indices.map((index) => segmentBytes(layout, index));
      const length = lengths.reduce((sum, bytes) => sum + bytes, 0);
      const plaintext = await source.read(first * layout.k * PIECE_BYTES, length);
      const segments = indices.map((index, i) => {
        const at = i * layout.k * PIECE_BYTES;
        return { index, ...encodeSegment(context, index, plaintext.subarray(at, at + lengths[i]!)) };
      });
      await confirm(
        first,
        segments.map(({ digest }) => digest),
      );
      options.onPlaintext?.(plaintext);
      release(plaintext);
      for (const segment of segments) {
        yield segment;
        // The data pieces are parts of one buffer.
        const parity = segment.pieces.slice(layout.k);
        for (const buffer of [wholeOf(segment.pieces[0]!), ...parity]) release(buffer);
      }
    }
    await source.checkUnchanged();
  } finally {
    await source.close();
  }
}

function wholeOf({ buffer }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer);
}

/** Seals the pieces of one slot for one provider, at generation 0. */
export function createSealer(plan: PutPlan, secrets: FileSecrets, slot: number, provider: `0x${string}`) {
  const key = sealKeyOf(plan, secrets, slot, provider);
  return (index: number, piece: Uint8Array): Uint8Array => seal(key, index * PIECE_BYTES, piece);
}

/** The key of a slot's replica, sealed for one provider, at generation 0. */
export function sealKeyOf(plan: PutPlan, secrets: FileSecrets, slot: number, provider: `0x${string}`): Uint8Array {
  const secret = secretOfSlot(slot, plan.e) === "hot" ? secrets.hotSecret : secrets.coldSecret;
  return sealKey(secret, {
    chainId: plan.chainId,
    market: plan.market,
    dealKey: plan.dealKey,
    slot,
    generation: 0,
    sealingProvider: provider,
  });
}
