// A file as the n unsealed pieces of each segment, in constant memory. Every pass over a whole file (upload, substitute,
// recomputation) goes through here, so every pass sees the same bytes or stops.

import { release } from "../../common/release.ts";
import { createReedSolomon } from "../../data/kernels/reed-solomon.ts";
import { type FileLayout, PIECE_BYTES, segmentBytes } from "../../data/layout.ts";
import { seal, sealKey } from "../../data/seal.ts";
import { type FileSecrets, secretOfSlot } from "../../data/secrets.ts";
import { contentKey } from "../../data/segment-cipher.ts";
import { type EncodedSegment, encodeSegment } from "../../data/segment-codec.ts";
import type { PutPlan } from "./put-plan.ts";
import { openSource } from "./source-file.ts";

export interface EncodeFileOptions {
  readonly plan: PutPlan;
  readonly layout: FileLayout;
  readonly secrets: FileSecrets;
  /** Judges a segment's digest before anything of it is handed out; throws when the file changed. */
  readonly confirm: (segment: number, digest: Uint8Array) => Promise<void>;
  /** Sees each plaintext segment, for the CID. */
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
    for (let index = 0; index < layout.segments; index++) {
      signal?.throwIfAborted();
      const plaintext = await source.read(index * layout.k * PIECE_BYTES, segmentBytes(layout, index));
      const encoded = encodeSegment(context, index, plaintext);
      await confirm(index, encoded.digest);
      options.onPlaintext?.(plaintext);
      release(plaintext);
      yield { index, ...encoded };
      // The data pieces are parts of one buffer.
      const parity = encoded.pieces.slice(layout.k);
      for (const buffer of [wholeOf(encoded.pieces[0]!), ...parity]) release(buffer);
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
