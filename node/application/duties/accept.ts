/** The accept duty: sees own offers taken on chain, and drops uploads that never got that far. */
import { isAddressEqual } from "viem";
import { decodeJson, encodeJson } from "../../common/json.ts";
import { followEvents, type HoldfastLog } from "../../consensus/events.ts";
import { headerHashOf } from "../../consensus/market.ts";
import { recordOf } from "../../consensus/spacetime.ts";
import { headerHash } from "../../data/header.ts";
import { type Offer, offerStructHash, replicaIdOf } from "../../data/terms.ts";
import type { ProviderParts } from "../../interface/provider-parts.ts";
import { changeReplica, type HeldReplica, heldById, heldReplicas } from "../../interface/provider-replicas.ts";
import type { Database } from "../../physical/database.ts";
import { fillingsOf, putFilling, removeFilling } from "../../physical/filling-table.ts";
import { markOf, putMark } from "../../physical/window-table.ts";
import { dropReplica } from "./drop.ts";

/** All that may fill a slot with a replica of ours, or fill it anew with the one that is there. */
const fillings = ["SlotFilled", "SlotRefilled", "SlotHandedOver", "SlotExtended", "SlotToppedUp"] as const;
type Filled = Extract<HoldfastLog, { eventName: (typeof fillings)[number] }>;

const MARK = "events";
/** Blocks after an offer's expiry until it is certain that no block with it appears any more. */
const SETTLED_BLOCKS = 20n;

/** Follows the chain from where it stopped last, until `signal` is aborted; rejects only with a defect. */
export async function followDeals(parts: ProviderParts, signal: AbortSignal): Promise<void> {
  const { chain, journal, log } = parts;
  const mine = (logs: readonly HoldfastLog[]) =>
    logs.filter(
      (entry): entry is Filled =>
        fillings.some((name) => name === entry.eventName) &&
        isAddressEqual((entry as Filled).args.provider, chain.account.address),
    );
  const mark = journal.read((db) => markOf(db, MARK));
  await followEvents(chain, {
    fromBlock: mark === undefined ? chain.fromBlock : BigInt(mark) + 1n,
    signal,
    onOutage: (error) => log("warn", `No events: ${error.message}`),
    async onEvents({ logs, removed, through }) {
      const filled = mine(logs);
      // One change with the mark: after a crash either both are there or the events are read again.
      const active = await journal.commit((db) => {
        for (const entry of mine(removed)) takeBack(db, entry);
        const held = filled.map((entry) => activate(db, entry, parts));
        putMark(db, MARK, String(through));
        return held;
      });
      for (const held of active) if (held !== undefined) await checkHeader(parts, held);
    },
  });
}

function activate(db: Database, entry: Filled, { log, now }: ProviderParts): HeldReplica | undefined {
  const { offer, firstWindow } = entry.args;
  const replicaId = replicaIdOf(offer.dealKey, offer.slot, offer.generation);
  const held = heldById(db, replicaId);
  const changed = entry.eventName === "SlotExtended" || entry.eventName === "SlotToppedUp";
  const ours = changed
    ? held?.root === offer.root
    : held?.offer !== undefined && offerStructHash(held.offer) === offerStructHash(offer);
  if (held === undefined || !ours) {
    log("error", "The chain has a replica of ours that this data folder does not know; its windows will be missed.", {
      replicaId,
      root: offer.root,
    });
    return undefined;
  }
  putFilling(db, { ...placeOf(entry), replicaId, firstWindow, offer: encodeJson(offer) });
  if (changed) {
    log("info", "A replica of ours is kept on other terms.", { replicaId, price: offer.price, firstWindow });
    // Whoever looked at the slot before this event came saw a filling that it did not know, and took the deal for over.
    return changeReplica(db, replicaId, { state: "active", offer, firstWindow, touchedAt: now() });
  }
  if (held.state !== "offered") return undefined;
  log("info", "A deal opened with a replica of ours.", { replicaId, price: offer.price, firstWindow });
  return changeReplica(db, replicaId, { state: "active", firstWindow, touchedAt: now() });
}

/** The chain replaced the block that the filling was in: the one before it stands again. */
function takeBack(db: Database, entry: Filled): void {
  const { offer } = entry.args;
  const replicaId = replicaIdOf(offer.dealKey, offer.slot, offer.generation);
  removeFilling(db, placeOf(entry));
  if (heldById(db, replicaId)?.state !== "active") return;
  const last = fillingsOf(db, replicaId).at(-1);
  if (last === undefined) changeReplica(db, replicaId, { state: "offered" });
  else changeReplica(db, replicaId, { offer: decodeJson<Offer>(last.offer), firstWindow: last.firstWindow });
}

function placeOf({ blockHash, logIndex }: Filled) {
  return { blockHash: blockHash as string, logIndex: logIndex as number };
}

/** The client may have opened the deal with another header than its slot table named; only the one that the chain names stays. */
async function checkHeader({ chain, metadata, log }: ProviderParts, held: HeldReplica): Promise<void> {
  const { dealKey } = held.request.upload;
  const stored = await metadata.read(dealKey, "header");
  if (stored === undefined || headerHash(stored) === (await headerHashOf(chain, dealKey))) return;
  log("warn", "The header of a deal was not the one it names; it is dropped.", { dealKey });
  await metadata.remove(dealKey);
}

/** Drops uploads that stand still and offers that were never taken. Called once in a while. */
export async function dropStale(parts: ProviderParts): Promise<void> {
  const { chain, journal, settings, latestBlock, now, log } = parts;
  for (const held of journal.read(heldReplicas)) {
    const { state, offer, replicaId } = held;
    if (state === "active" || state === "leaving") continue;
    if (offer === undefined) {
      if (now() - held.touchedAt < settings.limits.uploadIdleMs) continue;
    } else {
      if (BigInt(offer.expiry) + SETTLED_BLOCKS >= latestBlock()) continue;
      const { status } = await recordOf(chain, chain.account.address, offer.root);
      if (status !== 0) continue; // taken: the event is on its way
    }
    log("info", "An upload that got into no deal is dropped.", { replicaId, state });
    await dropReplica(parts, held);
  }
}
