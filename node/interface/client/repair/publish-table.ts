// Hands the header and the current slot table to every provider of a deal that does not have them.

import { signMessage } from "../../../consensus/signing.ts";
import { encodeHeader, type Header } from "../../../data/header.ts";
import { encodeSlotTable, type SlotTable, slotTableMessage } from "../../../data/slot-table.ts";
import { encodeSignedSlotTable } from "../../../data/slot-table-checks.ts";
import { getMetadata, putMetadata } from "../../../network/protocols/metadata.ts";
import type { ClientContext } from "../context.ts";
import type { LiveDeal } from "../deal-on-chain.ts";
import { loadPeers } from "../quotes.ts";
import { judgeSlotTable, tableSigners } from "../slot-tables.ts";

const TIMEOUT_MS = 8_000;

export interface Published {
  /** Slots whose provider took the table now. */
  readonly updated: readonly number[];
  /** Slots whose provider could not be reached or refused, with the reason. */
  readonly missed: readonly { readonly slot: number; readonly reason: string }[];
}

/** Signs with the context's key, which must be the client's or the steward's. `table` must equal the chain as `live` has it. */
export async function publishTable(
  context: ClientContext,
  { live, header, table }: { live: LiveDeal; header: Header; table: SlotTable },
): Promise<Published> {
  const { chain, host } = context;
  const { dealKey } = live.reference;
  const [peerOf, signers] = await Promise.all([loadPeers(context), tableSigners(context, live)]);
  const bytes = encodeSlotTable(table);
  const signature = await signMessage(chain, chain.account, "SlotTable", slotTableMessage(bytes));
  const documents = { header: encodeHeader(header), slotTable: encodeSignedSlotTable(bytes, signature) };
  const updated: number[] = [];
  const missed: { slot: number; reason: string }[] = [];
  const sending = live.active.map(async ({ offer: { slot, provider } }) => {
    try {
      const peer = peerOf(provider);
      const held = await Promise.allSettled([
        getMetadata(host, peer, { dealKey, what: "slotTable" }, { timeoutMs: TIMEOUT_MS }).then((found) =>
          judgeSlotTable(context, live, header, { bytes: found, signers }),
        ),
        getMetadata(host, peer, { dealKey, what: "header" }, { timeoutMs: TIMEOUT_MS }),
      ]);
      if (held.every(({ status }) => status === "fulfilled")) return;
      await putMetadata(host, peer, { dealKey, slot, ...documents }, { timeoutMs: TIMEOUT_MS });
      updated.push(slot);
    } catch (cause) {
      missed.push({ slot, reason: cause instanceof Error ? cause.message : String(cause) });
    }
  });
  await Promise.all(sending);
  const bySlot = (a: number, b: number) => a - b;
  return { updated: updated.sort(bySlot), missed: missed.sort((a, b) => bySlot(a.slot, b.slot)) };
}
