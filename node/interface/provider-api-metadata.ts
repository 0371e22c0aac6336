/** Keeps the header and slot table of every deal it has a part in, and serves them to anybody. */
import { type Hex, isHex, zeroHash } from "viem";
import { HoldfastError } from "../common/errors.ts";
import { slotsOf } from "../consensus/deals.ts";
import { headerHashOf } from "../consensus/market.ts";
import { verifyMessage } from "../consensus/signing.ts";
import { headerHash } from "../data/header.ts";
import { pieceCount } from "../data/layout.ts";
import { type ChainSlot, openSlotTable, staleSlots } from "../data/slot-table-checks.ts";
import type { MetadataHandlers } from "../network/protocols/metadata.ts";
import { Refusal } from "../network/refusal.ts";
import type { ProviderParts } from "./provider-parts.ts";
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
    async accept({ dealKey, slot }, peerId) {
      free.take(peerId);
      heldSlot(dealKey, slot);
    },
    async put({ dealKey, slot, what, bytes }) {
      const held = heldSlot(dealKey, slot);
      const onChain = await headerHashOf(parts.chain, dealKey);
      if (what === "header") checkHeader(held, bytes, onChain);
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

/** Before the deal opens nobody can say which header is right; afterwards the chain does, and the deal's opening weeds out. */
function checkHeader({ request }: HeldReplica, bytes: Uint8Array, onChain: Hex): void {
  const { upload, terms } = request;
  const most = 8192 + pieceCount(upload.groups) * (16 + 32 * terms.slots);
  if (bytes.length > most) throw new Refusal("METADATA_REFUSED", `A header of this deal has at most ${most} bytes.`);
  if (onChain !== zeroHash && headerHash(bytes) !== onChain) {
    throw new Refusal("METADATA_REFUSED", "This is not the header that the deal names.");
  }
}

async function checkSlotTable(
  parts: ProviderParts,
  held: HeldReplica,
  bytes: Uint8Array,
  isOpen: boolean,
): Promise<void> {
  const { upload, terms } = held.request;
  const signers = [upload.client, ...(isHex(terms.steward) && BigInt(terms.steward) !== 0n ? [terms.steward] : [])];
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
