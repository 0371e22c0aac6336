// Single elements of the replicas, sealed again from the few bytes of the file that they are made of: Reed-Solomon and both
// ciphers work byte by byte, so nothing else of their segments is read.

import { setImmediate } from "node:timers/promises";
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
import { sealParts } from "../../data/seal.ts";
import type { FileSecrets } from "../../data/secrets.ts";
import { contentKey, encryptParts, type SegmentPart } from "../../data/segment-cipher.ts";
import { encodeSegment } from "../../data/segment-codec.ts";
import { type ConfirmSegments, sealKeyOf } from "./encode-file.ts";
import type { PutPlan, SlotProgress } from "./put-plan.ts";
import { openSource } from "./source-file.ts";

/** Reads in a row before everything else has its turn. */
const IN_A_ROW = 32;

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
  const encrypted = await encryptedElements({ plan, layout, secrets, signal }, indices);
  const unsealed = indices.map((_, i) => {
    const data = encrypted.slice(i * plan.k, (i + 1) * plan.k);
    return [...data, ...code.encode(data)];
  });
  const offsets = indices.map((index) => index * ELEMENT_BYTES);
  return new Map(
    slots.map(({ slot, placed }) => {
      const key = sealKeyOf(plan, secrets, slot, placed.quote.provider);
      const parts = offsets.map((offset, i) => ({ offset, bytes: unsealed[i]![slot]! }));
      return [slot, sealParts(key, parts)];
    }),
  );
}

/** Of the k data pieces around each index the 31 bytes there: ciphertext, and zeros behind the end of the file. */
async function encryptedElements(
  { plan, layout, secrets, signal }: Omit<ElementsOptions, "slots">,
  indices: readonly number[],
): Promise<Uint8Array[]> {
  const places = indices.flatMap((element) => {
    const index = Math.floor(element / PIECE_ELEMENTS);
    const at = (element % PIECE_ELEMENTS) * ELEMENT_BYTES;
    const pieceBytes = groupsOfPiece(layout.shardGroups, index) * GROUP_BYTES;
    return Array.from({ length: plan.k }, (_, piece) => ({ index, offset: piece * pieceBytes + at }));
  });
  const source = await openSource(plan);
  try {
    const parts: SegmentPart[] = [];
    for (const [i, { index, offset }] of places.entries()) {
      if (i % IN_A_ROW === 0) {
        signal?.throwIfAborted();
        await setImmediate();
      }
      const length = Math.max(0, Math.min(ELEMENT_BYTES, segmentBytes(layout, index) - offset));
      parts.push({ index, offset, plaintext: source.readNow(index * layout.k * PIECE_BYTES + offset, length) });
    }
    await source.checkUnchanged();
    const key = contentKey(secrets.fileKey, secrets.fileId);
    return encryptParts(key, parts).map((ciphertext) => {
      const element = new Uint8Array(ELEMENT_BYTES);
      element.set(ciphertext);
      return element;
    });
  } finally {
    await source.close();
  }
}

/** Throws `FILE_CHANGED` unless the segment that holds element `index` still is what was sent. */
export async function confirmElement(
  { plan, layout, secrets }: Pick<ElementsOptions, "plan" | "layout" | "secrets">,
  confirm: ConfirmSegments,
  index: number,
): Promise<void> {
  const segment = Math.floor(index / PIECE_ELEMENTS);
  const source = await openSource(plan);
  try {
    const plaintext = await source.read(segment * layout.k * PIECE_BYTES, segmentBytes(layout, segment));
    const { fileId, fileKey } = secrets;
    const code = createReedSolomon(plan.k, plan.n);
    const encoded = encodeSegment({ code, key: contentKey(fileKey, fileId), fileId, layout }, segment, plaintext);
    await confirm(segment, [encoded.digest]);
  } finally {
    await source.close();
  }
}
