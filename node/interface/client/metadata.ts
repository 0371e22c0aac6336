// The header and the slot table: handed to every provider of a deal, fetched from any of them.

import { signMessage } from "../../consensus/signing.ts";
import { secretOfSlot } from "../../data/secrets.ts";
import { encodeSlotTable, type SlotTable, slotTableMessage } from "../../data/slot-table.ts";
import { encodeSignedSlotTable } from "../../data/slot-table-checks.ts";
import type { Peer } from "../../network/peer.ts";
import { putMetadata } from "../../network/protocols/metadata.ts";
import type { ClientContext } from "./context.ts";
import type { PutPlan, SlotProgress } from "./put-plan.ts";

/** The signed slot table of a fresh deal; slots without an offer are vacant. */
export async function signedSlotTable(
  context: ClientContext,
  plan: PutPlan,
  headerHash: `0x${string}`,
  slots: readonly SlotProgress[],
): Promise<Uint8Array> {
  const offers = new Map(slots.map((progress) => [progress.slot, progress.offer!.offer]));
  const table: SlotTable = {
    dealKey: plan.dealKey,
    headerHash,
    slots: Array.from({ length: plan.n }, (_, slot) => {
      const offer = offers.get(slot);
      if (offer === undefined) return null;
      const { generation, provider, root, dataRoot, m, groups } = offer;
      return { generation, sealingProvider: provider, secret: secretOfSlot(slot, plan.e), root, dataRoot, m, groups };
    }),
  };
  const bytes = encodeSlotTable(table);
  const { chain } = context;
  return encodeSignedSlotTable(bytes, await signMessage(chain, chain.account, "SlotTable", slotTableMessage(bytes)));
}

/** Hands header and table to the providers of `slots`; returns the failure of each slot whose provider did not take them. */
export async function distributeMetadata(
  context: ClientContext,
  options: {
    plan: PutPlan;
    slots: readonly SlotProgress[];
    header: Uint8Array;
    slotTable: Uint8Array;
    peerOf: (provider: string) => Peer;
  },
): Promise<Map<number, unknown>> {
  const { plan, slots, header, slotTable, peerOf } = options;
  const failed = new Map<number, unknown>();
  const sending = slots.map(async ({ slot, placed }) => {
    const request = { dealKey: plan.dealKey, slot, header, slotTable };
    await putMetadata(context.host, peerOf(placed.quote.provider), request);
  });
  for (const [i, outcome] of (await Promise.allSettled(sending)).entries()) {
    if (outcome.status === "rejected") failed.set(slots[i]!.slot, outcome.reason);
  }
  return failed;
}
