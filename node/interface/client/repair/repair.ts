// Gives every lost slot of a file a replica again: rebuilt from any k, sealed anew, placed, paid out of what the old one left.
// Killed anywhere, the same call goes on: rebuilt pieces, sent pieces and the transaction are never paid twice.

import path from "node:path";
import { isAddressEqual } from "viem";
import { formatAmount } from "../../../common/amounts.ts";
import { HoldfastError } from "../../../common/errors.ts";
import { type Capability, secretsOf } from "../../../data/capability.ts";
import { decodeCapability } from "../../../data/capability-codec.ts";
import { cidToText } from "../../../data/cid.ts";
import { type Header, layoutOf } from "../../../data/header.ts";
import { type CommitPool, createCommitPool } from "../../../data/kernels/commit-pool.ts";
import { PIECE_BYTES } from "../../../data/layout.ts";
import { decryptFacts } from "../../../data/plaintext-facts.ts";
import { secretOfSlot } from "../../../data/secrets.ts";
import type { SlotTable } from "../../../data/slot-table.ts";
import { staleSlots } from "../../../data/slot-table-checks.ts";
import type { SignedOffer } from "../../../data/terms.ts";
import type { Peer } from "../../../network/peer.ts";
import { openRepairJournal, type RepairJournal, removeRepairs } from "../../../physical/repair-journal.ts";
import type { ClientContext } from "../context.ts";
import { type LiveDeal, readDeal } from "../deal-on-chain.ts";
import { fetchHeader, fetchSlotTable } from "../fetch-metadata.ts";
import { isOwnFault } from "../own-fault.ts";
import type { PlacedQuote } from "../put-plan.ts";
import { loadPeers } from "../quotes.ts";
import { activeOffers, slotTableFromChain } from "../slot-tables.ts";
import { findCandidates, type Limits, paymentOfRefill } from "./candidates.ts";
import { fillSlot, isRefusedOffer } from "./fill-slot.ts";
import { type LostSlot, surveySlots, vacateSlots } from "./lost-slots.ts";
import { placeShard } from "./place-shard.ts";
import { type Published, publishTable } from "./publish-table.ts";
import { rebuildShards } from "./rebuild-shards.ts";

export interface RepairOptions {
  /** Of the owner, or a repair capability. */
  readonly capability: string;
  /** The most that may leave the client's account for dearer replicas and slots never filled; base units. Nothing unless told. */
  readonly budget?: bigint | undefined;
  /** The most to pay per piece fetched; base units. Unless told, a few times what the k cheapest ask. */
  readonly maxPrice?: bigint | undefined;
  /** On which terms a lost slot may be filled, or why it is left alone; any within the budget unless told. */
  readonly limitsOf?: ((lost: LostSlot) => Limits | string) | undefined;
}

export interface RepairedSlot {
  readonly slot: number;
  readonly provider: string;
  readonly generation: number;
  readonly windows: number;
  /** Base units that left the client's account. */
  readonly payment: bigint;
}

export interface RepairResult {
  readonly dealKey: string;
  /** CIDv1 of the plaintext, where the capability reads it. */
  readonly cid?: string;
  readonly repaired: readonly RepairedSlot[];
  readonly stillLost: readonly { readonly slot: number; readonly reason: string }[];
  /** Whose slot table was brought up to date. */
  readonly tables: Published;
  /** Base units promised for pieces. */
  readonly fetched: bigint;
}

/** How far one slot's repair is. */
interface RepairState {
  /** The provider that has the replica, or a part of it. */
  readonly provider?: string;
  /** Durable before the transaction that takes it. */
  readonly offer?: SignedOffer;
}

type Shards = ReadonlyMap<number, RepairJournal<RepairState>>;

interface Work {
  readonly live: LiveDeal;
  readonly header: Header;
  readonly capability: Capability;
  readonly shards: Shards;
  readonly peerOf: (provider: string) => Peer;
  readonly pool: CommitPool;
  readonly limits: Limits;
}

/** Throws `CAPABILITY_TOO_WEAK`, `NOT_ENOUGH_PROVIDERS`, and faults of this side; what a provider does wrong is in the result. */
export async function repairFile(context: ClientContext, options: RepairOptions): Promise<RepairResult> {
  const capability = decodeCapability(options.capability);
  const { fileKey, seal } = secretsOf(capability);
  if (seal.steward === undefined) {
    throw new HoldfastError(
      "CAPABILITY_TOO_WEAK",
      `A ${capability.type} capability cannot repair the file: ask its owner for a repair capability.`,
    );
  }
  let live = await readDeal(context, capability);
  if (await vacateSlots(context, live)) live = await readDeal(context, capability);
  const survey = await surveySlots(context, live);
  const stillLost = [...survey.hopeless];
  const header = await fetchHeader(context, live);
  let table = await fetchSlotTable(context, live, header);
  const limits = new Map<number, Limits>();
  for (const lost of survey.lost) {
    const allowed = options.limitsOf?.(lost) ?? {};
    if (typeof allowed === "string") stillLost.push({ slot: lost.slot, reason: allowed });
    else limits.set(lost.slot, allowed);
  }
  const wanted = survey.lost.filter(({ slot }) => limits.has(slot));
  const shards = await openJournals(context, live, header, wanted);
  const repaired: RepairedSlot[] = [];
  let fetched = 0n;
  if (wanted.length > 0) {
    const pool = createCommitPool({ workers: 2 });
    try {
      const missing = new Map([...shards].filter(([, { state }]) => state.offer === undefined));
      if (missing.size > 0) {
        fetched = await rebuildShards(context, {
          live,
          header,
          table,
          seal,
          shards: missing,
          maxPrice: options.maxPrice,
        });
      }
      const peerOf = await loadPeers(context);
      let left = options.budget ?? 0n;
      for (const lost of wanted) {
        try {
          const work = { live, header, capability, shards, peerOf, pool, limits: limits.get(lost.slot)! };
          const done = await refillOne(context, lost, work, left);
          left -= done.payment;
          repaired.push(done);
          live = await readDeal(context, capability);
        } catch (cause) {
          context.signal?.throwIfAborted();
          if (isOwnFault(cause)) throw cause;
          stillLost.push({ slot: lost.slot, reason: cause instanceof Error ? cause.message : String(cause) });
        }
      }
    } finally {
      await pool.close();
      await Promise.all([...shards.values()].map((shard) => shard.close().catch(() => {})));
    }
    table = await currentTable(context, live, header, table);
  }
  context.tell("handing out the slot table");
  const tables = await publishTable(context, { live, header, table });
  context.signal?.throwIfAborted();
  return { dealKey: live.deal.dealKey, ...cidOf(fileKey, header), repaired, stillLost, tables, fetched };
}

function cidOf(fileKey: Uint8Array | undefined, { fileId, facts }: Header): { cid?: string } {
  return fileKey === undefined ? {} : { cid: cidToText(decryptFacts(fileKey, fileId, facts).cid) };
}

/** What was read before for the slots that stayed, and what the chain says of those that were filled since. */
async function currentTable(context: ClientContext, live: LiveDeal, header: Header, before: SlotTable) {
  const fresh = await slotTableFromChain(context, live, header);
  const stale = staleSlots(before, activeOffers(live, header));
  return { ...before, slots: before.slots.map((entry, slot) => (stale.includes(slot) ? fresh.slots[slot]! : entry)) };
}

async function openJournals(
  context: ClientContext,
  { deal }: LiveDeal,
  header: Header,
  wanted: readonly LostSlot[],
): Promise<Map<number, RepairJournal<RepairState>>> {
  const root = path.join(context.folder, "repairs");
  const size = { shardBytes: layoutOf(header).shardBytes, pieceBytes: PIECE_BYTES };
  const journals = new Map<number, RepairJournal<RepairState>>();
  const ids: string[] = [];
  for (const { slot, generation } of wanted) {
    const id = `${deal.dealKey.slice(2)}-${slot}-${generation}`;
    ids.push(id);
    journals.set(slot, await openRepairJournal<RepairState>(root, id, size, {}));
  }
  await removeRepairs(root, deal.dealKey.slice(2), ids);
  return journals;
}

/** One slot, with the first candidate that holds out to the end. Throws why the last one did not. */
async function refillOne(context: ClientContext, lost: LostSlot, work: Work, budget: bigint): Promise<RepairedSlot> {
  const { live, shards } = work;
  const shard = shards.get(lost.slot)!;
  const finish = async (signed: SignedOffer): Promise<RepairedSlot> => {
    context.tell(`slot ${lost.slot}: filling it`);
    const payment = await fillSlot(context, lost, signed, live);
    await shard.remove();
    const { slot, provider, generation } = signed.offer;
    return { slot, provider, generation, windows: lost.windows, payment };
  };
  const { offer } = shard.state;
  if (offer !== undefined) {
    context.tell(`slot ${lost.slot}: going on with the repair that was interrupted`);
    const known = await finish(offer).catch((cause: unknown) => {
      if (!isRefusedOffer(cause)) throw cause;
    });
    if (known !== undefined) return known;
    await shard.save(shard.state.provider === undefined ? {} : { provider: shard.state.provider });
  }
  const layout = layoutOf(work.header);
  const candidates = await findCandidates(context, live, { lost, layout, limits: work.limits });
  const ordered = candidates.toSorted((a, b) => Number(isKnown(b)) - Number(isKnown(a)));
  let failure: unknown;
  for (const placed of ordered) {
    const { provider, price } = placed.quote;
    const payment = await paymentOfRefill(context, lost, price);
    if (payment > budget) {
      failure ??= tooDear(payment, budget);
      continue;
    }
    try {
      await shard.save({ provider });
      const signed = await place(context, lost, work, placed);
      await shard.save({ provider, offer: signed });
      return await finish(signed);
    } catch (cause) {
      context.signal?.throwIfAborted();
      if (isOwnFault(cause) && !isRefusedOffer(cause)) throw cause;
      context.tell(`slot ${lost.slot}: ${provider} failed (${cause instanceof Error ? cause.message : String(cause)})`);
      failure = cause;
    }
  }
  throw failure;

  function isKnown({ quote }: (typeof candidates)[number]): boolean {
    return quote.provider === shard.state.provider;
  }
}

async function place(
  context: ClientContext,
  { slot, generation }: LostSlot,
  { live, header, capability, shards, peerOf, pool }: Work,
  placed: PlacedQuote,
): Promise<SignedOffer> {
  const { chainId, addresses } = context.chain;
  const { client, dealKey, salt, terms } = live.deal;
  const { seal } = secretsOf(capability);
  // By who refills, so that a reader can tell the secret from the chain alone.
  const own = isAddressEqual(client, context.chain.account.address);
  const secret = secretOfSlot(slot, header.e) === "hot" ? seal.hot : own ? seal.cold : seal.steward;
  if (secret === undefined) {
    const sentence = "The owner seals cold slots with its own capability: run the repair with that.";
    throw new HoldfastError("CAPABILITY_TOO_WEAK", sentence);
  }
  return await placeShard(context, {
    plan: { chainId, market: addresses.market, client, dealKey, salt, terms },
    header,
    secret,
    progress: { slot, generation, placed },
    shard: shards.get(slot)!,
    peer: peerOf(placed.quote.provider),
    pool,
  });
}

function tooDear(payment: bigint, budget: bigint): HoldfastError {
  const sentence = `It would cost ${formatAmount(payment)} tokens more than is in escrow, and ${formatAmount(budget)} are allowed; allow more with --budget.`;
  return new HoldfastError("ABOVE_BUDGET", sentence, { details: { payment, budget } });
}
