// Header and slot table from whichever provider of the deal gives good ones first.

import { HoldfastError } from "../../common/errors.ts";
import { type Header, openHeader } from "../../data/header.ts";
import type { SlotTable } from "../../data/slot-table.ts";
import type { Peer } from "../../network/peer.ts";
import { getMetadata, type MetadataKind } from "../../network/protocols/metadata.ts";
import type { ClientContext } from "./context.ts";
import type { LiveDeal } from "./deal-on-chain.ts";
import { loadPeers } from "./quotes.ts";
import { judgeSlotTable, slotTableFromChain, tableSigners } from "./slot-tables.ts";

/** A dead provider must not hold up the living ones: they are asked side by side. */
const TIMEOUT_MS = 8_000;

/** The header whose hash the capability and the chain name. Throws `NO_METADATA`. */
export async function fetchHeader(context: ClientContext, deal: LiveDeal): Promise<Header> {
  return await firstGood(context, deal, "header", async (bytes) => openHeader(bytes, deal.reference.headerHash));
}

/** The slot table as it is on the chain: signed, from whoever holds a current one, or else read off the chain's events. */
export async function fetchSlotTable(context: ClientContext, deal: LiveDeal, header: Header): Promise<SlotTable> {
  const signers = await tableSigners(context, deal);
  try {
    return await firstGood(context, deal, "slotTable", (bytes) =>
      judgeSlotTable(context, deal, header, { bytes, signers }),
    );
  } catch (cause) {
    if (!(cause instanceof HoldfastError) || cause.code !== "NO_METADATA") throw cause;
    return await slotTableFromChain(context, deal, header);
  }
}

async function firstGood<T>(
  context: ClientContext,
  deal: LiveDeal,
  what: MetadataKind,
  judge: (bytes: Uint8Array) => Promise<T>,
): Promise<T> {
  const peerOf = await loadPeers(context);
  const attempts = deal.active.map(async ({ offer }) => {
    const peer: Peer = peerOf(offer.provider);
    const request = { dealKey: deal.reference.dealKey, what };
    return await judge(await getMetadata(context.host, peer, request, { timeoutMs: TIMEOUT_MS }));
  });
  try {
    return await Promise.any(attempts);
  } catch (cause) {
    const reasons = cause instanceof AggregateError ? cause.errors.map((error) => error?.message ?? String(error)) : [];
    throw new HoldfastError(
      "NO_METADATA",
      `None of the ${attempts.length} providers gave the file's ${what === "header" ? "header" : "slot table"}: ${reasons[0] ?? "nobody holds it"}`,
      { details: { reasons }, cause },
    );
  }
}
