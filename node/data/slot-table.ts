// The slot table: where each shard is now and how it was sealed. It changes when a slot is refilled, is signed by the owner or
// the steward, and counts only where it equals the chain: a signature alone could be an old one.

import { type Address, getAddress } from "viem";
import { fromHex, type Hex, toHex } from "../common/hex.ts";
import { sha256 } from "../common/sha256.ts";
import { badDocument, bytesField, decodeDocument, encodeDocument, numberField } from "./cbor.ts";
import { classOfGroups, MAX_CLASS, MAX_SHARD_GROUPS, MAX_SLOTS } from "./layout.ts";
import type { SecretId } from "./secrets.ts";
import { MAX_GENERATION, type SlotTableMessage } from "./terms.ts";

const TYPE = "holdfast/slot-table";
export const SLOT_TABLE_VERSION = 1;
export const MAX_SLOT_TABLE_BYTES = 2 ** 16;
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
    generation: numberField(TYPE, "generation", slot[0], MAX_GENERATION),
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
