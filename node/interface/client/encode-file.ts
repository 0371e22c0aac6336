// A file as the n unsealed pieces of each segment, in constant memory. Every pass over a file (upload, substitute, spot-check,
// recomputation) goes through here, so every pass sees the same bytes or stops.

import { open } from "node:fs/promises";
import { HoldfastError } from "../../common/errors.ts";
import { sha256 } from "../../common/sha256.ts";
import { createReedSolomon } from "../../data/kernels/reed-solomon.ts";
import { type FileLayout, PIECE_BYTES, segmentBytes } from "../../data/layout.ts";
import { seal, sealKey } from "../../data/seal.ts";
import { type FileSecrets, secretOfSlot } from "../../data/secrets.ts";
import { contentKey } from "../../data/segment-cipher.ts";
import { type EncodedSegment, encodeSegment } from "../../data/segment-codec.ts";
import { fileError } from "../../physical/user-file.ts";
import type { PutPlan } from "./put-plan.ts";

export interface EncodeFileOptions {
  readonly plan: PutPlan;
  readonly layout: FileLayout;
  readonly secrets: FileSecrets;
  /** Judges the SHA-256 of a plaintext segment before anything is made of it; throws when the file changed. */
  readonly confirm: (segment: number, hash: Uint8Array) => Promise<void>;
  /** Only these segments, ascending; all unless told. */
  readonly only?: readonly number[];
  /** Sees each plaintext segment, for the CID. */
  readonly onPlaintext?: (bytes: Uint8Array) => void;
  readonly signal?: AbortSignal;
}

export interface FileSegment extends EncodedSegment {
  readonly index: number;
}

/** Throws `FILE_CHANGED`, `FILE_MISSING`, `FILE_FORBIDDEN` or `NOT_A_FILE`. */
export async function* encodeFile(options: EncodeFileOptions): AsyncGenerator<FileSegment> {
  const { plan, layout, secrets, confirm, signal } = options;
  const { fileId, fileKey } = secrets;
  const context = { code: createReedSolomon(plan.k, plan.n), key: contentKey(fileKey, fileId), fileId, layout };
  const handle = await open(plan.path, "r").catch((cause) => {
    throw fileError(cause, plan.path);
  });
  try {
    await checkUnchanged();
    for (const index of options.only ?? Array.from({ length: layout.segments }, (_, i) => i)) {
      signal?.throwIfAborted();
      const plaintext = new Uint8Array(segmentBytes(layout, index));
      await readFully(plaintext, index * layout.k * PIECE_BYTES);
      await confirm(index, sha256(plaintext));
      options.onPlaintext?.(plaintext);
      yield { index, ...encodeSegment(context, index, plaintext) };
    }
    await checkUnchanged();
  } finally {
    await handle.close();
  }

  async function readFully(into: Uint8Array, position: number): Promise<void> {
    for (let at = 0; at < into.length; ) {
      const { bytesRead } = await handle.read(into, at, into.length - at, position + at).catch((cause) => {
        throw fileError(cause, plan.path);
      });
      if (bytesRead === 0) throw changed();
      at += bytesRead;
    }
  }

  async function checkUnchanged(): Promise<void> {
    const found = await handle.stat();
    if (!found.isFile()) throw new HoldfastError("NOT_A_FILE", `${plan.path} is not a regular file.`);
    if (found.size !== plan.size || found.mtimeMs !== plan.modifiedMs) throw changed();
  }

  function changed(): HoldfastError {
    return new HoldfastError(
      "FILE_CHANGED",
      `${plan.path} changed while it was being stored; nothing was paid. Store it again when it no longer changes.`,
      { details: { path: plan.path } },
    );
  }
}

/** Seals the pieces of one slot for one provider, at generation 0. */
export function createSealer(plan: PutPlan, secrets: FileSecrets, slot: number, provider: `0x${string}`) {
  const secret = secretOfSlot(slot, plan.e) === "hot" ? secrets.hotSecret : secrets.coldSecret;
  const key = sealKey(secret, {
    chainId: plan.chainId,
    market: plan.market,
    dealKey: plan.dealKey,
    slot,
    generation: 0,
    sealingProvider: provider,
  });
  return (index: number, piece: Uint8Array): Uint8Array => seal(key, index * PIECE_BYTES, piece);
}
