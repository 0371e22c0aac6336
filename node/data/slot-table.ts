// The slot table: where each shard is now and how it was sealed. It changes when a slot is refilled, is signed by the owner or
// the steward, and counts only where it equals the chain: a signature alone could be an old one.

import { fromHex, type Hex, toHex } from "../common/hex.ts";
import { sha256 } from "../common/sha256.ts";
import { badDocument, bytesField, decodeDocument, encodeDocument, numberField } from "./cbor.ts";
import { type Header, layoutOf } from "./header.ts";
import { classOfGroups, MAX_CLASS, MAX_SHARD_GROUPS, MAX_SLOTS } from "./layout.ts";
import type { SecretId } from "./secrets.ts";
import type { SlotTableMessage } from "./terms.ts";

const TYPE = "holdfast/slot-table";
const SIGNED = "holdfast/signed-slot-table";
export const SLOT_TABLE_VERSION = 1;
export const MAX_SLOT_TABLE_BYTES = 2 ** 16;
/** A contract wallet's signature (ERC-1271) may be long. */
const MAX_SIGNATURE_BYTES = 4096;
const SECRET_IDS: readonly SecretId[] = ["hot", "cold", "steward"];

/** One slot; `root`, `dataRoot`, `m` and `groups` as in the offer that filled it. */
export interface SlotEntry {
  readonly generation: number;
  /** Address of the provider the bytes were sealed for, which a handover does not change. */
  readonly sealingProvider: Address;
  readonly secret: SecretId;
  readonly root: Hex;
  readonly dataRoot: Hex;
  readonly m: number;
  readonly groups: number;
}

export interface SlotTable {
  readonly dealKey: Hex;
  readonly headerHash: Hex;
  /** By slot; null where the slot is vacant. */
  readonly slots: readonly (SlotEntry | null)[];
}

/** Canonical bytes; throws what `decodeSlotTable` would. */
export function encodeSlotTable(table: SlotTable): Uint8Array {
  const bytes = encodeDocument({
    type: TYPE,
    version: SLOT_TABLE_VERSION,
    dealKey: fromHex(table.dealKey, 32),
    headerHash: fromHex(table.headerHash, 32),
    slots: table.slots.map((slot) => slot && encodeEntry(slot)),
  });
  decodeSlotTable(bytes);
  return bytes;
}

function encodeEntry(entry: SlotEntry): unknown[] {
  return [
    entry.generation,
    fromHex(entry.sealingProvider, 20),
    SECRET_IDS.indexOf(entry.secret),
    fromHex(entry.root, 32),
    fromHex(entry.dataRoot, 32),
    entry.m,
    entry.groups,
  ];
}

/** Throws `BAD_DOCUMENT` or `UNKNOWN_VERSION`. */
export function decodeSlotTable(bytes: Uint8Array): SlotTable {
  const keys = ["dealKey", "headerHash", "slots"] as const;
  const fields = decodeDocument(bytes, {
    type: TYPE,
    version: SLOT_TABLE_VERSION,
    keys,
    maxBytes: MAX_SLOT_TABLE_BYTES,
  });
  const { slots } = fields;
  if (!Array.isArray(slots) || slots.length < 1 || slots.length > MAX_SLOTS)
    throw badDocument(TYPE, "has a bad slot list");
  return {
    dealKey: toHex(bytesField(TYPE, "dealKey", fields.dealKey, 32)),
    headerHash: toHex(bytesField(TYPE, "headerHash", fields.headerHash, 32)),
    slots: slots.map((slot: unknown) => (slot === null ? null : decodeEntry(slot))),
  };
}

function decodeEntry(slot: unknown): SlotEntry {
  if (!Array.isArray(slot) || slot.length !== 7) throw badDocument(TYPE, "has a bad slot");
  const groups = numberField(TYPE, "group count", slot[6], MAX_SHARD_GROUPS);
  const m = numberField(TYPE, "size class", slot[5], MAX_CLASS);
  if (groups < 1 || m !== classOfGroups(groups))
    throw badDocument(TYPE, "has a size class that is not its group count's");
  return {
    generation: numberField(TYPE, "generation", slot[0], 255),
    sealingProvider: getAddress(toHex(bytesField(TYPE, "sealing provider", slot[1], 20))),
    secret: SECRET_IDS[numberField(TYPE, "secret id", slot[2], SECRET_IDS.length - 1)]!,
    root: toHex(bytesField(TYPE, "root", slot[3], 32)),
    dataRoot: toHex(bytesField(TYPE, "dataRoot", slot[4], 32)),
    m,
    groups,
  };
}

/** What the owner or the steward signs (`slotTableTypes`, the market's domain) over the table's canonical bytes. */
export function slotTableMessage(bytes: Uint8Array): SlotTableMessage {
  return { dealKey: decodeSlotTable(bytes).dealKey, digest: toHex(sha256(bytes)) };
}

/** Table and signature as one document, as providers keep and serve it. */
export function encodeSignedSlotTable(table: Uint8Array, signature: Hex): Uint8Array {
  return encodeDocument({ type: SIGNED, version: SLOT_TABLE_VERSION, table, signature: fromHex(signature) });
}

export type VerifySlotTable = (message: SlotTableMessage, signature: Hex) => boolean | Promise<boolean>;

/** A table from a stranger; throws `BAD_DOCUMENT` unless `verify` accepts the signature for the deal asked for. */
export async function openSlotTable(bytes: Uint8Array, dealKey: Hex, verify: VerifySlotTable): Promise<SlotTable> {
  const maxBytes = MAX_SLOT_TABLE_BYTES + MAX_SIGNATURE_BYTES + 256;
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
