// Deals and their replicas, found in the chain's events: what a reader, a provider after a restart, or a settler needs.

import { type Address, encodeEventTopics, type Hex, pad } from "viem";
import { HoldfastError } from "../common/errors.ts";
import { type Offer, replicaIdOf, type SlotClaim, type Terms } from "../data/terms.ts";
import { storageMarketAbi } from "./abi.ts";
import type { Chain } from "./chain.ts";
import { type HoldfastLog, readEvents, type Topics } from "./events.ts";

export interface Deal {
  readonly dealKey: Hex;
  readonly client: Address;
  readonly headerHash: Hex;
  readonly salt: Hex;
  readonly terms: Terms;
  /** Block of `openDeal`. */
  readonly block: bigint;
}

/** One filling of one slot. `firstWindow` counts in the provider's own windows. */
export interface Replica {
  readonly replicaId: Hex;
  readonly deal: Deal;
  readonly offer: Offer;
  readonly firstWindow: number;
  /** What every call about the slot takes. */
  readonly claim: SlotClaim;
  /** Block in which the slot was filled. */
  readonly block: bigint;
}

/** Throws `DEAL_UNKNOWN`. */
export async function dealOf(chain: Chain, dealKey: Hex): Promise<Deal> {
  const [deal] = await openedDeals(chain, [topicOf("DealOpened"), dealKey]);
  if (deal !== undefined) return deal;
  throw new HoldfastError("DEAL_UNKNOWN", `The market knows no deal ${dealKey}; check the key and --market.`, {
    details: { dealKey },
  });
}

/** The deals that a client opened, oldest first. */
export function dealsOf(chain: Chain, client: Address): Promise<Deal[]> {
  return openedDeals(chain, [topicOf("DealOpened"), null, pad(client)]);
}

/** The newest filling of every slot of a deal that was ever filled, by slot. Throws `DEAL_UNKNOWN`. */
export async function slotsOf(chain: Chain, dealKey: Hex): Promise<Replica[]> {
  const deal = await dealOf(chain, dealKey);
  const fillings = await filledSlots(chain, [FILLING_TOPICS, dealKey], deal.block);
  const newest = new Map(fillings.map((log) => [log.args.offer.slot, replicaOf(log, deal)]));
  return [...newest.values()].sort((a, b) => a.offer.slot - b.offer.slot);
}

/** How the replica in a slot came about: an extension, a top-up or a handover keeps its bytes. */
export interface Sealing {
  readonly slot: number;
  readonly generation: number;
  /** The provider that it was sealed for. */
  readonly provider: Address;
  /** Who brought it in place of another; absent for a slot's first. */
  readonly refiller?: Address;
}

/** Of the newest replica of every slot that was ever filled. Throws `DEAL_UNKNOWN`. */
export async function sealingsOf(chain: Chain, dealKey: Hex): Promise<Sealing[]> {
  const deal = await dealOf(chain, dealKey);
  const newest = new Map<number, Sealing>();
  for (const log of await filledSlots(chain, [FILLING_TOPICS, dealKey], deal.block)) {
    const { slot, generation, provider } = log.args.offer;
    if (newest.get(slot)?.generation === generation) continue;
    const refiller = log.eventName === "SlotRefilled" ? { refiller: log.args.refiller } : {};
    newest.set(slot, { slot, generation, provider, ...refiller });
  }
  return [...newest.values()];
}

/**
 * Every filling of a slot with a replica of this provider's, oldest first: a replica that was extended or topped up has several,
 * and its last is the one that counts.
 */
export async function replicasOf(chain: Chain, provider: Address, fromBlock = chain.fromBlock): Promise<Replica[]> {
  const fillings = await filledSlots(chain, [FILLING_TOPICS, null, pad(provider)], fromBlock);
  const keys = [...new Set(fillings.map((log) => log.args.dealKey))];
  const deals = new Map(await Promise.all(keys.map(async (key) => [key, await dealOf(chain, key)] as const)));
  return fillings.map((log) => replicaOf(log, deals.get(log.args.dealKey)!));
}

/** All that make another filling of a slot. */
const FILLINGS = ["SlotFilled", "SlotRefilled", "SlotHandedOver", "SlotExtended", "SlotToppedUp"] as const;
type Filled = Extract<HoldfastLog, { eventName: (typeof FILLINGS)[number] }>;
const FILLING_TOPICS = FILLINGS.map(topicOf);

function topicOf(eventName: "DealOpened" | (typeof FILLINGS)[number]): Hex {
  return encodeEventTopics({ abi: storageMarketAbi, eventName })[0] as Hex;
}

async function filledSlots(chain: Chain, topics: Topics, from: bigint): Promise<Filled[]> {
  const to = await chain.publicClient.getBlockNumber();
  const logs = await readEvents(chain, { from, to, topics });
  return logs.filter((log): log is Filled => FILLINGS.some((name) => name === log.eventName));
}

async function openedDeals(chain: Chain, topics: Topics): Promise<Deal[]> {
  const to = await chain.publicClient.getBlockNumber();
  const logs = await readEvents(chain, { from: chain.fromBlock, to, topics });
  return logs.flatMap((log) => {
    if (log.eventName !== "DealOpened") return [];
    const { dealKey, client, headerHash, salt, terms } = log.args;
    return [{ dealKey, client, headerHash, salt, terms, block: log.blockNumber }];
  });
}

function replicaOf({ args, blockNumber }: Filled, deal: Deal): Replica {
  const { offer, firstWindow } = args;
  return {
    replicaId: replicaIdOf(deal.dealKey, offer.slot, offer.generation),
    deal,
    offer,
    firstWindow,
    claim: { client: deal.client, salt: deal.salt, terms: deal.terms, offer, firstWindow },
    block: blockNumber,
  };
}
