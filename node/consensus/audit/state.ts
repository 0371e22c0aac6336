// The books of a deployment as a replay keeps them: what every contract's storage must hold after the last event.

import type { Address, Hex } from "viem";
import type { Bag } from "../../data/bag.ts";
import type { StewardGrant } from "../../data/change-messages.ts";
import type { BookedOrder } from "../../data/order-book.ts";
import type { ReferenceState } from "../../data/reference-price.ts";
import type { Slot } from "../../data/settlement.ts";
import type { DownloadSession } from "../../data/strict-download.ts";
import type { Offer, Terms } from "../../data/terms.ts";
import type { HoldfastLog } from "../events.ts";
import type { Bucket } from "../vault.ts";
import type { Rules } from "./rules.ts";
import type { Scope } from "./scope.ts";

/** What a provider says of itself, as its last event has it. */
export type Statement = Pick<Args<"ProviderRegistered">, "profile" | "ask">;

export interface ProviderBooks {
  registered: boolean;
  statement: Statement | undefined;
  stake: bigint;
  /** Of the stake: earned before the minimum was reached. May be more than the stake after a slash. */
  earned: bigint;
  /** Whose lane it says it is, and whether that operator agrees. */
  operator: { readonly address: Address; accepted: boolean } | undefined;
  epoch: bigint;
  unstakeRequested: bigint;
  unstakeAvailableAt: bigint;
  /** Forced retrievals that wait for an answer. */
  asked: number;
}

/** In the order of the Solidity enum. */
export const replicaStatuses = ["unknown", "active", "retired", "removed"] as const;

export interface LaneRecord {
  readonly m: number;
  index: number;
  readonly firstWindow: number;
  status: (typeof replicaStatuses)[number];
}

export interface Lane {
  readonly bag: Bag;
  readonly records: Map<Hex, LaneRecord>;
  /** The counts at the opening of window `snapshotEnd` - 1; none while that is 0. */
  snapshot: bigint;
  snapshotEnd: number;
  /** No window below it can be burned any more. The chain may be further, over windows that were all proven. */
  accounted: number;
  suspended: boolean;
  /** The last pin of even windows and of odd ones. */
  readonly pins: Map<number, { readonly window: number; readonly root: Hex }>;
  /** Words of 256 windows. */
  readonly proven: Map<number, bigint>;
}

export interface SlotBooks {
  offer: Offer;
  firstWindow: number;
  slot: Slot;
  /** Who refilled it last. */
  refiller: Address | undefined;
}

export interface StewardshipBooks {
  /** Since the client was heard of last. */
  readonly approvals: number;
  /** In place of the steward in the terms. */
  readonly grant: StewardGrant | undefined;
  readonly lastApprover: Address | undefined;
}

export interface DealBooks {
  readonly client: Address;
  readonly salt: Hex;
  readonly terms: Terms;
  readonly headerHash: Hex;
  /** From its first slot on until its event, which comes last, a deal is only announced. */
  opened: boolean;
  readonly slots: Map<number, SlotBooks>;
  stewardship: StewardshipBooks;
}

export interface ChannelBooks {
  readonly payer: Address;
  readonly provider: Address;
  deposit: bigint;
  redeemed: bigint;
  epoch: bigint;
  closableAt: bigint;
}

/** In the order of the Solidity enum. */
export const downloadStatuses = ["none", "open", "revealed", "paid", "returned"] as const;

export interface DownloadBooks {
  readonly session: DownloadSession;
  status: (typeof downloadStatuses)[number];
  rewarded: boolean;
}

export interface RequestBooks {
  readonly requester: Address;
  readonly group: number;
  readonly answerBy: bigint;
}

/** A sector of a provider, by its field element. */
export interface SectorBooks {
  /** The provider's own number. */
  readonly sector: bigint;
  readonly m: number;
  readonly root: Hex;
  /** Its place in the bag; undefined once it is gone. */
  index: number | undefined;
}

/** Empty space of a provider: a bag of sectors' ids. */
export interface SpaceBooks {
  readonly bag: Bag;
  /** By id. */
  readonly sectors: Map<Hex, SectorBooks>;
  snapshot: bigint;
  /** One after the window that `snapshot` belongs to; 0 for none. */
  snapshotEnd: number;
  /** Sectors that wait for a replica to take their place, in the order of the contract. */
  yields: readonly { readonly id: Hex; readonly replica: Hex }[];
  /** Elements by window. */
  readonly proven: Map<number, bigint>;
}

export interface Books {
  readonly rules: Rules;
  readonly free: Map<Address, bigint>;
  /** By `module bucket`. */
  readonly held: Map<`${Address} ${Bucket}`, bigint>;
  liabilities: bigint;
  /** What the token's own transfers left in the vault. */
  tokens: bigint;
  readonly providers: Map<Address, ProviderBooks>;
  readonly lanes: Map<Address, Lane>;
  readonly deals: Map<Hex, DealBooks>;
  /** Every replica that there ever was, by `retrievalIdOf` its offer. */
  readonly fillings: Map<Hex, { readonly offer: Offer; readonly spot: SlotBooks }>;
  /** By `provider root`. */
  readonly stored: Map<`${Address} ${Hex}`, SlotBooks>;
  /** The highest fee for a pin, and the window it was for, by provider. */
  readonly bids: Map<Address, { readonly fee: bigint; readonly window: number }>;
  readonly channels: Map<string, ChannelBooks>;
  readonly downloads: Map<Hex, DownloadBooks>;
  /** By `retrievalIdOf` the offer. */
  readonly requests: Map<Hex, RequestBooks>;
  /** Stake taken for silence, by `provider stretch` of answer times. */
  readonly silences: Map<string, bigint>;
  /** One after the last window rewarded, by `provider root`. */
  readonly rewarded: Map<`${Address} ${Hex}`, number>;
  readonly orders: Map<Hex, BookedOrder>;
  /** No new deals. */
  paused: boolean;
  /** Padded elements of all bags. */
  totalWeight: bigint;
  /** Unknown until the first poke, which moves nothing. */
  reference: ReferenceState | undefined;
  readonly spaces: Map<Address, SpaceBooks>;
  /** Of the programme for empty capacity: one after the last window claimed for, and what each window's number cost. */
  readonly capacityClaimed: Map<Address, number>;
  readonly capacityPaid: Map<number, bigint>;
}

export function newBooks(rules: Rules): Books {
  return {
    rules,
    free: new Map(),
    held: new Map(),
    liabilities: 0n,
    tokens: 0n,
    providers: new Map(),
    lanes: new Map(),
    deals: new Map(),
    fillings: new Map(),
    stored: new Map(),
    bids: new Map(),
    channels: new Map(),
    downloads: new Map(),
    requests: new Map(),
    silences: new Map(),
    rewarded: new Map(),
    orders: new Map(),
    paused: false,
    totalWeight: 0n,
    reference: undefined,
    spaces: new Map(),
    capacityClaimed: new Map(),
    capacityPaid: new Map(),
  };
}

/** An event's arguments. */
export type Args<name extends HoldfastLog["eventName"]> = Extract<HoldfastLog, { eventName: name }>["args"];

/** What an event does to the books; throws RuleBroken where the rules give something else than the event says. */
export type Handler<name extends HoldfastLog["eventName"]> = (
  books: Books,
  args: Args<name>,
  scope: Scope,
  log: HoldfastLog,
) => void;

export type Handlers = { readonly [name in HoldfastLog["eventName"]]?: Handler<name> };

export function providerOf(books: Books, address: Address): ProviderBooks {
  const found = books.providers.get(address) ?? {
    registered: false,
    statement: undefined,
    stake: 0n,
    earned: 0n,
    operator: undefined,
    epoch: 0n,
    unstakeRequested: 0n,
    unstakeAvailableAt: 0n,
    asked: 0,
  };
  books.providers.set(address, found);
  return found;
}

export function laneOf(books: Books, address: Address): Lane {
  const found = books.lanes.get(address) ?? {
    bag: new Map(),
    records: new Map(),
    snapshot: 0n,
    snapshotEnd: 0,
    accounted: 0,
    suspended: false,
    pins: new Map(),
    proven: new Map(),
  };
  books.lanes.set(address, found);
  return found;
}

export function spaceOf(books: Books, address: Address): SpaceBooks {
  const found = books.spaces.get(address) ?? {
    bag: new Map(),
    sectors: new Map(),
    snapshot: 0n,
    snapshotEnd: 0,
    yields: [],
    proven: new Map(),
  };
  books.spaces.set(address, found);
  return found;
}
