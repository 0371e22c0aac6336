// The check before paying: 1,024 random elements of each committed root, drawn after the root was signed.
//
// A provider that committed to a fraction f of wrong elements passes with probability (1 - f)^1024: 1 % is caught with
// 99.997 %. The whole root is recomputed after the deal is open, and a slot that fails then is dropped.

import { randomInt } from "node:crypto";
import { equalBytes } from "../../common/bytes.ts";
import { HoldfastError } from "../../common/errors.ts";
import { fromHex } from "../../common/hex.ts";
import { type FileLayout, GROUP_ELEMENTS } from "../../data/layout.ts";
import { findWrongOpening } from "../../data/opening-batch.ts";
import type { FileSecrets } from "../../data/secrets.ts";
import { replicaIdOf } from "../../data/terms.ts";
import type { Peer } from "../../network/peer.ts";
import { requestSample } from "../../network/protocols/sample.ts";
import type { ClientContext } from "./context.ts";
import type { ConfirmSegments } from "./encode-file.ts";
import type { PutPlan, SlotProgress } from "./put-plan.ts";
import { confirmElement, sealedElements } from "./sealed-elements.ts";

export const SPOT_CHECKS = 1_024;

export interface SpotCheckOptions {
  readonly plan: PutPlan;
  readonly layout: FileLayout;
  readonly secrets: FileSecrets;
  readonly slots: readonly SlotProgress[];
  readonly peerOf: (provider: string) => Peer;
  readonly confirm: ConfirmSegments;
  /** How many elements; {@link SPOT_CHECKS} unless told. */
  readonly checks?: number;
}

/** The failure of each slot that did not open every element as the client sealed it; an empty map is a pass. */
export async function spotCheck(context: ClientContext, options: SpotCheckOptions): Promise<Map<number, unknown>> {
  const { layout, checks = SPOT_CHECKS } = options;
  const elements = layout.shardGroups * GROUP_ELEMENTS;
  const indices = Array.from({ length: checks }, () => randomInt(elements)).sort((a, b) => a - b);
  const expected = await sealedElements({ ...options, signal: context.signal }, indices);
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

async function checkSlot(
  context: ClientContext,
  { plan, layout, secrets, peerOf, confirm }: SpotCheckOptions,
  { slot, placed, root }: SlotProgress,
  indices: readonly number[],
  elements: readonly Uint8Array[],
): Promise<void> {
  const { provider } = placed.quote;
  const replicaId = replicaIdOf(plan.dealKey, slot, 0);
  const openings = await requestSample(context.host, peerOf(provider), { replicaId, m: layout.m, indices });
  const other = openings.findIndex(({ leaf }, i) => !equalBytes(leaf, elements[i]!));
  const wrong = other >= 0 ? other : findWrongOpening(context.hash, fromHex(root!, 32), layout.m, indices, openings);
  if (wrong === undefined) return;
  const index = indices[wrong]!;
  // It is the provider's fault only if the file has not changed since.
  await confirmElement({ plan, layout, secrets }, confirm, index);
  throw new HoldfastError(
    "BAD_OPENING",
    `Provider ${provider} committed to other bytes than it was sent (element ${index} of slot ${slot}).`,
    { details: { provider, slot, index } },
  );
}
