/**
 * What a client and its providers sign, exactly as contracts/types/Deal.sol has it, and the identities hashed from it.
 * Integers of up to 48 bits are numbers and wider ones bigints: viem's own mapping, so that every value here goes to
 * the chain and comes back from it unconverted.
 */
import { type Address, encodeAbiParameters, type Hex, hashStruct, hashTypedData, keccak256, slice } from "viem";

/** The most windows that a slot counts, and the most times that it is filled again (libraries/Slots.sol). */
export const MAX_WINDOWS = 16_383;
export const MAX_GENERATION = 127;

/** What is agreed before anything is sealed. Windows are counted in each provider's own proving windows. */
export interface Terms {
  slots: number;
  threshold: number;
  minChallenges: number;
  windows: number;
  maxMisses: number;
  coolingOff: number;
  minWindows: number;
  cancelFeeWindows: number;
  steward: Address;
}

/** A provider's promise for one exact replica. `price` is base units per window, `expiry` the last block it may be taken in. */
export interface Offer {
  provider: Address;
  client: Address;
  dealKey: Hex;
  slot: number;
  generation: number;
  root: Hex;
  dataRoot: Hex;
  m: number;
  groups: number;
  price: bigint;
  collateral: bigint;
  expiry: number;
  epoch: bigint;
}

export interface SignedOffer {
  offer: Offer;
  signature: Hex;
}

/** What a slot was filled with: all that paying for it needs. `firstWindow` counts in the provider's own windows. */
export interface Filling {
  offer: Offer;
  firstWindow: number;
}

/** All that any call about one filled slot needs. */
export interface SlotClaim extends Filling {
  client: Address;
  salt: Hex;
  terms: Terms;
}

/** What a client asks of `openDeal`. `maxPayment` includes the protocol fee. */
export interface DealRequest {
  salt: Hex;
  terms: Terms;
  headerHash: Hex;
  minSlots: number;
  maxPayment: bigint;
}

/** A provider's price for a replica of a size, before the bytes are known. `retrievalPrice` is base units per piece. */
export interface Quote {
  provider: Address;
  client: Address;
  m: number;
  groups: number;
  windows: number;
  price: bigint;
  collateral: bigint;
  retrievalPrice: bigint;
  expiry: number;
  epoch: bigint;
}

/** The client's admission ticket for one upload. */
export interface Upload {
  provider: Address;
  client: Address;
  dealKey: Hex;
  slot: number;
  generation: number;
  groups: number;
  m: number;
  expiry: number;
}

/** What the provider says it holds after an upload, before it is spot-checked. */
export interface Commitment {
  provider: Address;
  dealKey: Hex;
  slot: number;
  generation: number;
  root: Hex;
  dataRoot: Hex;
  m: number;
  groups: number;
}

/** The client's word on which slot table of a deal is current. */
export interface SlotTableMessage {
  dealKey: Hex;
  digest: Hex;
}

/** Reasons of `SlotSkipped`, in the order of the Solidity enum. */
export const skipReasons = [
  "None",
  "Expired",
  "Revoked",
  "NotRegistered",
  "PriceAboveProofs",
  "InsufficientCollateral",
  "InsufficientStake",
  "Suspended",
  "LaneFull",
  "LaneBehind",
  "RootTaken",
] as const;
export type SkipReason = (typeof skipReasons)[number];

const replica = [
  { name: "dealKey", type: "bytes32" },
  { name: "slot", type: "uint8" },
  { name: "generation", type: "uint8" },
] as const;

export const offerTypes = {
  Offer: [
    { name: "provider", type: "address" },
    { name: "client", type: "address" },
    ...replica,
    { name: "root", type: "bytes32" },
    { name: "dataRoot", type: "bytes32" },
    { name: "m", type: "uint8" },
    { name: "groups", type: "uint32" },
    { name: "price", type: "uint128" },
    { name: "collateral", type: "uint128" },
    { name: "expiry", type: "uint40" },
    { name: "epoch", type: "uint64" },
  ],
} as const;

export const quoteTypes = {
  Quote: [
    { name: "provider", type: "address" },
    { name: "client", type: "address" },
    { name: "m", type: "uint8" },
    { name: "groups", type: "uint32" },
    { name: "windows", type: "uint16" },
    { name: "price", type: "uint128" },
    { name: "collateral", type: "uint128" },
    { name: "retrievalPrice", type: "uint128" },
    { name: "expiry", type: "uint40" },
    { name: "epoch", type: "uint64" },
  ],
} as const;

export const uploadTypes = {
  Upload: [
    { name: "provider", type: "address" },
    { name: "client", type: "address" },
    ...replica,
    { name: "groups", type: "uint32" },
    { name: "m", type: "uint8" },
    { name: "expiry", type: "uint40" },
  ],
} as const;

export const commitmentTypes = {
  Commitment: [
    { name: "provider", type: "address" },
    ...replica,
    { name: "root", type: "bytes32" },
    { name: "dataRoot", type: "bytes32" },
    { name: "m", type: "uint8" },
    { name: "groups", type: "uint32" },
  ],
} as const;

export const slotTableTypes = {
  SlotTable: [
    { name: "dealKey", type: "bytes32" },
    { name: "digest", type: "bytes32" },
  ],
} as const;

export const termsTuple = {
  type: "tuple",
  components: [
    { name: "slots", type: "uint8" },
    { name: "threshold", type: "uint8" },
    { name: "minChallenges", type: "uint8" },
    { name: "windows", type: "uint16" },
    { name: "maxMisses", type: "uint16" },
    { name: "coolingOff", type: "uint16" },
    { name: "minWindows", type: "uint16" },
    { name: "cancelFeeWindows", type: "uint16" },
    { name: "steward", type: "address" },
  ],
} as const;

/** The EIP-712 domain of every message in this file. */
export function marketDomain(chainId: number, market: Address) {
  return { name: "Holdfast StorageMarket", version: "1", chainId, verifyingContract: market } as const;
}

/** The only identity of a deal: keccak256(client, salt, keccak256(terms)), ABI-encoded. */
export function dealKeyOf(client: Address, salt: Hex, terms: Terms): Hex {
  const termsHash = keccak256(encodeAbiParameters([termsTuple], [terms]));
  return keccak256(
    encodeAbiParameters([{ type: "address" }, { type: "bytes32" }, { type: "bytes32" }], [client, salt, termsHash]),
  );
}

/** keccak256(dealKey, slot, generation), ABI-encoded. */
export function replicaIdOf(dealKey: Hex, slot: number, generation: number): Hex {
  return keccak256(
    encodeAbiParameters([{ type: "bytes32" }, { type: "uint8" }, { type: "uint8" }], [dealKey, slot, generation]),
  );
}

/** What the replica's record keeps of its filling: the first 24 bytes of keccak256(offer's struct hash, firstWindow). */
export function tagOf({ offer, firstWindow }: Filling): Hex {
  const types = [{ type: "bytes32" }, { type: "uint40" }] as const;
  return slice(keccak256(encodeAbiParameters(types, [offerStructHash(offer), firstWindow])), 0, 24);
}

/** EIP-712 struct hash. */
export function offerStructHash(offer: Offer): Hex {
  return hashStruct({ data: { ...offer }, primaryType: "Offer", types: offerTypes });
}

/** What the provider signs: the struct hash under the market's domain. */
export function offerDigest(chainId: number, market: Address, offer: Offer): Hex {
  return hashTypedData({
    domain: marketDomain(chainId, market),
    types: offerTypes,
    primaryType: "Offer",
    message: offer,
  });
}
