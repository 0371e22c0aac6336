/** Keeps the header and slot table of every deal it has a part in, and serves them to anybody. */
import { type Hex, zeroHash } from "viem";
import { HoldfastError } from "../common/errors.ts";
import { slotsOf } from "../consensus/deals.ts";
import { headerHashOf } from "../consensus/market.ts";
import { verifyMessage } from "../consensus/signing.ts";
import { headerHash } from "../data/header.ts";
import { pieceCount } from "../data/layout.ts";
import { type ChainSlot, MAX_SIGNED_SLOT_TABLE_BYTES, openSlotTable, staleSlots } from "../data/slot-table-checks.ts";
import type { MetadataHandlers, MetadataKind } from "../network/protocols/metadata.ts";
import { Refusal } from "../network/refusal.ts";
import type { ProviderParts } from "./provider-parts.ts";
import { stewardOf } from "./provider-refills.ts";
import { type HeldReplica, heldOfDeal } from "./provider-replicas.ts";
import type { RateLimit } from "./rate-limit.ts";

export function metadataHandlers(parts: ProviderParts, free: RateLimit): MetadataHandlers {
  const { journal, metadata } = parts;

  function heldSlot(dealKey: Hex, slot: number): HeldReplica {
    const held = journal.read((db) => heldOfDeal(db, dealKey)).find(({ request }) => request.upload.slot === slot);
    if (held?.root === undefined)
      throw new Refusal("NOT_HELD", "This provider holds no replica in that slot of the deal.");
    return held;
  }

  return {
    async accept({ dealKey, slot, what, total }, peerId) {
      free.take(peerId);
      const most = mostBytes(heldSlot(dealKey, slot), what);
      if (total <= most) return;
      throw new Refusal("METADATA_REFUSED", `The ${words[what]} of this deal has at most ${most} bytes.`);
    },
    async put({ dealKey, slot, what, bytes }) {
      const held = heldSlot(dealKey, slot);
      const onChain = await headerHashOf(parts.chain, dealKey);
      if (what === "header") await checkHeader(parts, held, bytes, onChain);
      else await checkSlotTable(parts, held, bytes, onChain !== zeroHash);
      await metadata.write(dealKey, what, bytes);
    },
    async get({ dealKey, what }, peerId) {
      free.take(peerId);
      const bytes = await metadata.read(dealKey, what);
      if (bytes === undefined) throw new Refusal("NOT_HELD", "This provider does not have what was asked for.");
      return bytes;
    },
  };
}

const words = { header: "header", slotTable: "slot table" } as const;

/** What a document of the deal can have, so that nobody makes this node hold more: 16 MiB of any deal would add up. */
function mostBytes({ request }: HeldReplica, what: MetadataKind): number {
  const { upload, terms } = request;
  return what === "header" ? 8192 + pieceCount(upload.groups) * (16 + 32 * terms.slots) : MAX_SIGNED_SLOT_TABLE_BYTES;
}

/**
 * The header that the chain names; before the deal is open, the one that the client's own slot table names. Without that
 * another provider of the deal could put a wrong header everywhere just before it opens, and be the only one with the
 * right one.
 */
async function checkHeader(parts: ProviderParts, held: HeldReplica, bytes: Uint8Array, onChain: Hex): Promise<void> {
  const expected = onChain === zeroHash ? await namedByTable(parts, held) : onChain;
  if (headerHash(bytes) === expected) return;
  const why = expected === undefined ? "The slot table comes before the header." : "This is not the deal's header.";
  throw new Refusal("METADATA_REFUSED", why);
}

async function namedByTable(parts: ProviderParts, { request }: HeldReplica): Promise<Hex | undefined> {
  const { dealKey } = request.upload;
  const stored = await parts.metadata.read(dealKey, "slotTable");
  // Its signature was checked when it came.
  return stored === undefined ? undefined : (await openSlotTable(stored, dealKey, () => true)).headerHash;
}

async function checkSlotTable(
  parts: ProviderParts,
  held: HeldReplica,
  bytes: Uint8Array,
  isOpen: boolean,
): Promise<void> {
  const { upload, terms } = held.request;
  const steward = isOpen ? await stewardOf(parts, upload.dealKey, terms) : undefined;
  const signers = steward === undefined ? [upload.client] : [upload.client, steward];
  try {
    const table = await openSlotTable(bytes, upload.dealKey, async (message, signature) => {
      const checks = signers.map((signer) => verifyMessage(parts.chain, "SlotTable", message, signature, signer));
      return (await Promise.all(checks)).includes(true);
    });
    const stale = staleSlots(table, isOpen ? await chainSlots(parts, upload.dealKey) : ownSlot(held));
    if (stale.length === 0) return;
    throw new Refusal(
      "METADATA_REFUSED",
      `The slot table does not say what the chain says of slots ${stale.join(", ")}.`,
    );
  } catch (error) {
    if (error instanceof HoldfastError && (error.code === "BAD_DOCUMENT" || error.code === "UNKNOWN_VERSION")) {
      throw new Refusal("METADATA_REFUSED", error.message, { cause: error });
    }
    throw error;
  }
}

async function chainSlots({ chain }: ProviderParts, dealKey: Hex): Promise<(ChainSlot | null)[]> {
  const slots: (ChainSlot | null)[] = [];
  for (const { offer } of await slotsOf(chain, dealKey)) slots[offer.slot] = offer;
  return Array.from(slots, (slot) => slot ?? null);
}

function ownSlot({ request, root, dataRoot }: HeldReplica): (ChainSlot | null)[] {
  const { slot, generation, m, groups } = request.upload;
  const mine = { generation, root: root!, dataRoot: dataRoot!, m, groups };
  return Array.from({ length: slot + 1 }, (_, i) => (i === slot ? mine : null));
}
