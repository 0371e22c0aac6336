/**
 * The whole market as plain data: what the contracts of a deployment keep in storage, and nothing that follows from it. Every
 * part is a table of values that are never changed in place, so that a call that is refused halfway can be taken back and a
 * copy of all tables is the chain's snapshot. Keys are joined by "/"; addresses are checksummed, as viem returns them.
 */
import type { Address, Hex } from "viem";
import type { BookedOrder } from "../order-book.ts";
import type { ReferenceState } from "../reference-price.ts";
import type { Slot } from "../settlement.ts";
import type { Stewardship } from "../stewards.ts";
import type { Filling, Terms } from "../terms.ts";

/** Modules of the vault, in the order of the deployment. */
export const modules = [
  "registry",
  "market",
  "channels",
  "downloads",
  "retrieval",
  "rewards",
  "orders",
  "pins",
  "programme",
] as const;
export type Module = (typeof modules)[number];

/** What a module may hold, in the order of the Solidity enum from 1 on (0 is the accounts). */
export const heldBuckets = ["Escrows", "Stakes", "Collateral", "Bonds", "Channels", "Pools", "Burned"] as const;
export type HeldBucket = (typeof heldBuckets)[number];

export interface Provider {
  readonly registered: boolean;
  readonly stake: bigint;
  /** Of the stake: earned below the minimum and locked until it is reached. Slashing leaves it, so it may exceed the stake. */
  readonly earned: bigint;
  readonly epoch: bigint;
  readonly unstakeRequested: bigint;
  readonly unstakeAvailableAt: bigint;
}

/** A lane names its operator, who takes it on or not. */
export interface OperatorLink {
  readonly operator: Address;
  readonly accepted: boolean;
}

export interface Lane {
  /** Word of 15 counts, as `countOf` of bag.ts reads it. */
  readonly counts: bigint;
  readonly snapshot: bigint;
  /** One after the window that `snapshot` belongs to; 0 for none. */
  readonly snapshotEnd: number;
  /** First window whose misses are not burned. */
  readonly accounted: number;
  readonly suspended: boolean;
}

export const replicaStatuses = ["Unknown", "Active", "Retired", "Removed"] as const;

export interface ReplicaRecord {
  /** What the market pays it for; undefined once it was handed over. */
  readonly filling: Filling | undefined;
  readonly m: number;
  readonly index: number;
  readonly firstWindow: number;
  readonly status: (typeof replicaStatuses)[number];
}

export interface Deal {
  readonly client: Address;
  readonly salt: Hex;
  readonly terms: Terms;
  readonly headerHash: Hex;
}

/** A slot that was filled at least once, with its last filling. */
export interface FilledSlot {
  readonly slot: Slot;
  readonly filling: Filling;
}

export interface Channel {
  readonly deposit: bigint;
  readonly redeemed: bigint;
  readonly epoch: bigint;
  /** 0 while nobody closes it. */
  readonly closableAt: bigint;
}

/** Labels in unused space, a bag apart from that of the replicas. */
export interface Space {
  /** Elements in all sectors, and how many these are. */
  readonly weight: bigint;
  readonly sectors: number;
  readonly snapshot: bigint;
  /** One after the window that `snapshot` belongs to; 0 for none. */
  readonly snapshotEnd: number;
  readonly yields: readonly Yield[];
}

/** A sector that goes when a replica comes. */
export interface Yield {
  readonly sector: number;
  readonly replica: Hex;
}

export interface Sector {
  readonly m: number;
  readonly root: Hex;
  readonly active: boolean;
}

/** In the order of the Solidity enum. */
export const downloadStatuses = ["None", "Open", "Revealed", "Paid", "Returned"] as const;
export type DownloadStatus = (typeof downloadStatuses)[number];

export interface GroupRequest {
  readonly requester: Address;
  readonly answerBy: bigint;
  readonly group: number;
}

/** The highest fee burned for a pin of a lane, and the window it was for. */
export interface PinBid {
  readonly fee: bigint;
  readonly window: number;
}

export interface State {
  /** Base units of the token outside of the accounts, by owner; the vault is one. */
  readonly tokens: Map<Address, bigint>;
  /** What the vault may still pull, by owner; the largest word for all there ever is. */
  readonly allowances: Map<Address, bigint>;
  /** Permits that the token has taken, by owner. */
  readonly permits: Map<Address, bigint>;
  /** Free balance by account. */
  readonly free: Map<Address, bigint>;
  /** By module / bucket. */
  readonly held: Map<string, bigint>;
  readonly providers: Map<Address, Provider>;
  /** By lane. */
  readonly operators: Map<Address, OperatorLink>;
  readonly lanes: Map<Address, Lane>;
  /** By provider / root. */
  readonly records: Map<string, ReplicaRecord>;
  /** Roots by provider / m / index. */
  readonly places: Map<string, Hex>;
  /** 256 windows of a provider's bitmap, by provider / index. */
  readonly proven: Map<string, bigint>;
  readonly deals: Map<Hex, Deal>;
  /** By dealKey / slot. */
  readonly slots: Map<string, FilledSlot>;
  /** Who refilled a slot last, by dealKey / slot. */
  readonly refillers: Map<string, Address>;
  /** By payer / provider. */
  readonly channels: Map<string, Channel>;
  /** By id. */
  readonly downloads: Map<Hex, DownloadStatus>;
  /** By the name of the replica in requests (`retrievalIdOf`). */
  readonly requests: Map<Hex, GroupRequest>;
  /** Open requests by provider. */
  readonly asked: Map<Address, number>;
  /** Stake taken for silence, by provider / stretch of answer times. */
  readonly silences: Map<string, bigint>;
  /** One after the last window rewarded, by provider / root. */
  readonly rewarded: Map<string, number>;
  /** Strict downloads rewarded, by id. */
  readonly rewardedDownloads: Map<Hex, boolean>;
  /** By provider. */
  readonly bids: Map<Address, PinBid>;
  /** The window that is pinned and the root that it is pinned to, by provider / lowest bit of the window. */
  readonly pins: Map<string, { readonly window: number; readonly root: Hex }>;
  /** Where a client granted something, or a steward approved something; by dealKey. */
  readonly stewardships: Map<Hex, Stewardship>;
  /** By dealKey. */
  readonly orders: Map<Hex, BookedOrder>;
  /** What the last call left of the reference price, under "price". */
  readonly reference: Map<"price", ReferenceState>;
  readonly spaces: Map<Address, Space>;
  /** Every sector that there ever was, by provider / its number. */
  readonly sectors: Map<string, Sector>;
  /** Elements of empty space proven, by provider / window. */
  readonly capacity: Map<string, bigint>;
  /** One after the last window claimed for, by provider; what each window cost the programme. */
  readonly capacityClaimed: Map<Address, number>;
  readonly capacityPaid: Map<number, bigint>;
  /** "market" while new deals are paused. */
  readonly paused: Map<Module, boolean>;
}

export function emptyState(): State {
  return {
    ...{ tokens: new Map(), allowances: new Map(), permits: new Map(), free: new Map(), held: new Map() },
    ...{
      providers: new Map(),
      operators: new Map(),
      lanes: new Map(),
      records: new Map(),
      places: new Map(),
      proven: new Map(),
    },
    ...{ deals: new Map(), slots: new Map(), refillers: new Map(), channels: new Map(), downloads: new Map() },
    ...{
      requests: new Map(),
      asked: new Map(),
      silences: new Map(),
      rewarded: new Map(),
      rewardedDownloads: new Map(),
    },
    ...{ bids: new Map(), pins: new Map(), paused: new Map(), orders: new Map(), reference: new Map() },
    ...{ spaces: new Map(), sectors: new Map(), capacity: new Map() },
    ...{ capacityClaimed: new Map(), capacityPaid: new Map(), stewardships: new Map() },
  };
}

/** A copy that further calls on the original do not touch. */
export function copyState(state: State): State {
  return Object.fromEntries(Object.entries(state).map(([name, table]) => [name, new Map(table)])) as unknown as State;
}

export const NO_PROVIDER: Provider = {
  ...{ registered: false, stake: 0n, earned: 0n, epoch: 0n, unstakeRequested: 0n, unstakeAvailableAt: 0n },
};
export const EMPTY_LANE: Lane = { counts: 0n, snapshot: 0n, snapshotEnd: 0, accounted: 0, suspended: false };
export const EMPTY_SPACE: Space = { weight: 0n, sectors: 0, snapshot: 0n, snapshotEnd: 0, yields: [] };
export const EMPTY_CHANNEL: Channel = { deposit: 0n, redeemed: 0n, epoch: 0n, closableAt: 0n };

export function providerOf({ providers }: State, account: Address): Provider {
  return providers.get(account) ?? NO_PROVIDER;
}
