// The check before paying: 1,024 random elements of each committed root, drawn after the root was signed.
//
// A provider that committed to a fraction f of wrong elements passes with probability (1 - f)^1024: 1 % is caught with
// 99.997 %. The whole root is recomputed after the deal is open, and a slot that fails then is dropped.

import { randomInt } from "node:crypto";
import { bytesToInteger } from "../../common/bytes.ts";
import { HoldfastError } from "../../common/errors.ts";
import { fromHex } from "../../common/hex.ts";
import { ELEMENT_BYTES, type FileLayout, GROUP_ELEMENTS, PIECE_ELEMENTS } from "../../data/layout.ts";
import { verifyOpening } from "../../data/opening.ts";
import { decodeOpening } from "../../data/opening-codec.ts";
import type { FileSecrets } from "../../data/secrets.ts";
import { replicaIdOf } from "../../data/terms.ts";
import type { Peer } from "../../network/peer.ts";
import { requestSample } from "../../network/protocols/sample.ts";
import type { ClientContext } from "./context.ts";
import { createSealer, encodeFile } from "./encode-file.ts";
import type { PutPlan, SlotProgress } from "./put-plan.ts";

export const SPOT_CHECKS = 1_024;

export interface SpotCheckOptions {
  readonly plan: PutPlan;
  readonly layout: FileLayout;
  readonly secrets: FileSecrets;
  readonly slots: readonly SlotProgress[];
  readonly peerOf: (provider: string) => Peer;
  readonly confirm: (segment: number, hash: Uint8Array) => Promise<void>;
  /** How many elements; {@link SPOT_CHECKS} unless told. */
  readonly checks?: number;
}

/** The failure of each slot that did not open every element as the client sealed it; an empty map is a pass. */
export async function spotCheck(context: ClientContext, options: SpotCheckOptions): Promise<Map<number, unknown>> {
  const { layout, checks = SPOT_CHECKS } = options;
  const elements = layout.shardGroups * GROUP_ELEMENTS;
  const indices = Array.from({ length: checks }, () => randomInt(elements)).sort((a, b) => a - b);
  const expected = await sealedElements(context, options, indices);
  const failures = new Map<number, unknown>();
  await Promise.all(
    options.slots.map(async (progress) => {
      try {
        await checkSlot(context, options, progress, indices, expected.get(progress.slot)!);
      } catch (cause) {
        failures.set(progress.slot, cause);
      }
    }),
  );
  return failures;
}

/** What each slot's replica holds at `indices`, sealed again from the file. */
async function sealedElements(
  context: ClientContext,
  { plan, layout, secrets, slots, confirm }: SpotCheckOptions,
  indices: readonly number[],
): Promise<Map<number, bigint[]>> {
  const bySegment = new Map<number, number[]>();
  for (const index of indices) {
    const segment = Math.floor(index / PIECE_ELEMENTS);
    bySegment.set(segment, [...(bySegment.get(segment) ?? []), index]);
  }
  const sealers = new Map(
    slots.map(({ slot, placed }) => [slot, createSealer(plan, secrets, slot, placed.quote.provider)]),
  );
  const leaves = new Map<number, bigint[]>(slots.map(({ slot }) => [slot, []]));
  const only = [...bySegment.keys()];
  const signal = context.signal === undefined ? {} : { signal: context.signal };
  for await (const segment of encodeFile({ plan, layout, secrets, confirm, only, ...signal })) {
    for (const { slot } of slots) {
      const sealed = sealers.get(slot)!(segment.index, segment.pieces[slot]!);
      for (const index of bySegment.get(segment.index)!) {
        const at = (index % PIECE_ELEMENTS) * ELEMENT_BYTES;
        leaves.get(slot)!.push(bytesToInteger(sealed.subarray(at, at + ELEMENT_BYTES)));
      }
    }
  }
  return leaves;
}

async function checkSlot(
  context: ClientContext,
  { plan, layout, peerOf }: SpotCheckOptions,
  { slot, placed, root }: SlotProgress,
  indices: readonly number[],
  leaves: readonly bigint[],
): Promise<void> {
  const { provider } = placed.quote;
  const expectedRoot = fromHex(root!, 32);
  const replicaId = replicaIdOf(plan.dealKey, slot, 0);
  const openings = await requestSample(context.host, peerOf(provider), { replicaId, m: layout.m, indices });
  for (const [i, index] of indices.entries()) {
    const opening = decodeOpening(layout.m, index, openings[i]!);
    if (opening.leaf === leaves[i] && verifyOpening(context.hash, expectedRoot, layout.m, opening)) continue;
    throw new HoldfastError(
      "BAD_OPENING",
      `Provider ${provider} committed to other bytes than it was sent (element ${index} of slot ${slot}).`,
      { details: { provider, slot, index } },
    );
  }
}
