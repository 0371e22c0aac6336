// Single elements of the replicas, sealed again from the few bytes of the file that they are made of: Reed-Solomon and both
// ciphers work byte by byte, so nothing else of their segments is read.

import { createReedSolomon } from "../../data/kernels/reed-solomon.ts";
import {
  ELEMENT_BYTES,
  type FileLayout,
  GROUP_BYTES,
  groupsOfPiece,
  PIECE_BYTES,
  PIECE_ELEMENTS,
  segmentBytes,
} from "../../data/layout.ts";
import type { FileSecrets } from "../../data/secrets.ts";
import { contentKey, encryptPart } from "../../data/segment-cipher.ts";
import { encodeSegment } from "../../data/segment-codec.ts";
import { createSealer } from "./encode-file.ts";
import type { PutPlan, SlotProgress } from "./put-plan.ts";
import { openSource, type SourceFile } from "./source-file.ts";

/** Elements read at a time: one by one, waiting for each read costs more than all that is done with it. */
const SIDE_BY_SIDE = 256;

export interface ElementsOptions {
  readonly plan: PutPlan;
  readonly layout: FileLayout;
  readonly secrets: FileSecrets;
  readonly slots: readonly SlotProgress[];
  readonly signal?: AbortSignal | undefined;
}

/** What each slot's replica holds at `indices`, in their order. Throws what `openSource` throws. */
export async function sealedElements(
  { plan, layout, secrets, slots, signal }: ElementsOptions,
  indices: readonly number[],
): Promise<Map<number, Uint8Array[]>> {
  const code = createReedSolomon(plan.k, plan.n);
  const key = contentKey(secrets.fileKey, secrets.fileId);
  const sealers = slots.map(({ slot, placed }) => ({
    slot,
    elements: [] as Uint8Array[],
    sealPiece: createSealer(plan, secrets, slot, placed.quote.provider),
  }));
  const places = indices.map((index) => ({
    segment: Math.floor(index / PIECE_ELEMENTS),
    at: (index % PIECE_ELEMENTS) * ELEMENT_BYTES,
  }));
  const source = await openSource(plan);
  try {
    for (let first = 0; first < places.length; first += SIDE_BY_SIDE) {
      signal?.throwIfAborted();
      const batch = places.slice(first, first + SIDE_BY_SIDE);
      const encrypted = await Promise.all(
        batch.flatMap((place) =>
          Array.from({ length: plan.k }, (_, piece) => encryptedElement(source, layout, key, { ...place, piece })),
        ),
      );
      for (const [i, { segment, at }] of batch.entries()) {
        const data = encrypted.slice(i * plan.k, (i + 1) * plan.k);
        const unsealed = [...data, ...code.encode(data)];
        // A sealer starts at whole blocks of its cipher.
        const skip = at % 16;
        for (const { slot, elements, sealPiece } of sealers) {
          const padded = new Uint8Array(skip + ELEMENT_BYTES);
          padded.set(unsealed[slot]!, skip);
          elements.push(sealPiece(segment, padded, at - skip).subarray(skip));
        }
      }
    }
    await source.checkUnchanged();
  } finally {
    await source.close();
  }
  return new Map(sealers.map(({ slot, elements }) => [slot, elements]));
}

/** The 31 bytes at `at` of an unsealed data piece: ciphertext, and zeros behind the end of the file. */
async function encryptedElement(
  source: SourceFile,
  layout: FileLayout,
  key: Uint8Array,
  { segment, piece, at }: { segment: number; piece: number; at: number },
): Promise<Uint8Array> {
  const offset = piece * groupsOfPiece(layout.shardGroups, segment) * GROUP_BYTES + at;
  const length = Math.max(0, Math.min(ELEMENT_BYTES, segmentBytes(layout, segment) - offset));
  const element = new Uint8Array(ELEMENT_BYTES);
  if (length === 0) return element;
  const plaintext = await source.read(segment * layout.k * PIECE_BYTES + offset, length);
  element.set(encryptPart(key, segment, offset, plaintext));
  return element;
}

/** Throws `FILE_CHANGED` unless the segment that holds element `index` still is what was sent. */
export async function confirmElement(
  { plan, layout, secrets }: Pick<ElementsOptions, "plan" | "layout" | "secrets">,
  confirm: (segment: number, digest: Uint8Array) => Promise<void>,
  index: number,
): Promise<void> {
  const segment = Math.floor(index / PIECE_ELEMENTS);
  const source = await openSource(plan);
  try {
    const plaintext = await source.read(segment * layout.k * PIECE_BYTES, segmentBytes(layout, segment));
    const { fileId, fileKey } = secrets;
    const code = createReedSolomon(plan.k, plan.n);
    const encoded = encodeSegment({ code, key: contentKey(fileKey, fileId), fileId, layout }, segment, plaintext);
    await confirm(segment, encoded.digest);
  } finally {
    await source.close();
  }
}
