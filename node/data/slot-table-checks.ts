// When a slot table from a stranger counts: signed for this deal, fit for its header, and equal to the chain.

import { fromHex, type Hex, toHex } from "../common/hex.ts";
import { badDocument, bytesField, decodeDocument, encodeDocument } from "./cbor.ts";
import { type Header, layoutOf } from "./header.ts";
import {
  decodeSlotTable,
  MAX_SLOT_TABLE_BYTES,
  SLOT_TABLE_VERSION,
  type SlotEntry,
  type SlotTable,
  slotTableMessage,
} from "./slot-table.ts";
import type { SlotTableMessage } from "./terms.ts";

const TYPE = "holdfast/slot-table";
const SIGNED = "holdfast/signed-slot-table";
/** A contract wallet's signature (ERC-1271) may be long. */
const MAX_SIGNATURE_BYTES = 4096;
export const MAX_SIGNED_SLOT_TABLE_BYTES = MAX_SLOT_TABLE_BYTES + MAX_SIGNATURE_BYTES + 256;

/** Table and signature as one document, as providers keep and serve it. */
export function encodeSignedSlotTable(table: Uint8Array, signature: Hex): Uint8Array {
  return encodeDocument({ type: SIGNED, version: SLOT_TABLE_VERSION, table, signature: fromHex(signature) });
}

export type VerifySlotTable = (message: SlotTableMessage, signature: Hex) => boolean | Promise<boolean>;

/** A table from a stranger; throws `BAD_DOCUMENT` unless `verify` accepts the signature for the deal asked for. */
export async function openSlotTable(bytes: Uint8Array, dealKey: Hex, verify: VerifySlotTable): Promise<SlotTable> {
  const maxBytes = MAX_SIGNED_SLOT_TABLE_BYTES;
  const keys = ["table", "signature"] as const;
  const fields = decodeDocument(bytes, { type: SIGNED, version: SLOT_TABLE_VERSION, keys, maxBytes });
  const tableBytes = bytesField(SIGNED, "table", fields.table, 1, MAX_SLOT_TABLE_BYTES);
  const signature = toHex(bytesField(SIGNED, "signature", fields.signature, 1, MAX_SIGNATURE_BYTES));
  const table = decodeSlotTable(tableBytes);
  if (table.dealKey !== dealKey.toLowerCase()) throw badDocument(TYPE, "is of another deal");
  if (!(await verify(slotTableMessage(tableBytes), signature)))
    throw badDocument(TYPE, "is not signed by the deal's owner");
  return table;
}

/** Throws `BAD_DOCUMENT` unless the table can belong to the header: its hash, n, sizes, and hot slots below e only. */
export function checkSlotTable(table: SlotTable, header: Header, headerHash: Hex): void {
  if (table.headerHash !== headerHash.toLowerCase()) throw badDocument(TYPE, "names another header");
  if (table.slots.length !== header.n)
    throw badDocument(TYPE, `has ${table.slots.length} slots, the header ${header.n}`);
  const { shardGroups } = layoutOf(header);
  for (const [slot, entry] of table.slots.entries()) {
    if (!entry) continue;
    if (entry.groups !== shardGroups) throw badDocument(TYPE, `has a wrong size in slot ${slot}`);
    if ((entry.secret === "hot") !== slot < header.e)
      throw badDocument(TYPE, `seals slot ${slot} under a wrong secret`);
  }
}

/** What the chain knows of a filled slot. */
export type ChainSlot = Pick<SlotEntry, "generation" | "root" | "dataRoot" | "m" | "groups">;

/** The filled slots for which the table does not say what the chain says; none for a table that counts. */
export function staleSlots(table: SlotTable, chain: readonly (ChainSlot | null)[]): number[] {
  return chain.flatMap((onChain, slot) => (!onChain || sameSlot(table.slots[slot], onChain) ? [] : [slot]));
}

function sameSlot(entry: SlotEntry | null | undefined, onChain: ChainSlot): boolean {
  return (
    !!entry &&
    entry.generation === onChain.generation &&
    entry.root === onChain.root.toLowerCase() &&
    entry.dataRoot === onChain.dataRoot.toLowerCase() &&
    entry.m === onChain.m &&
    entry.groups === onChain.groups
  );
}
