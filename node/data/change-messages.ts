/** What is signed when a deal changes, exactly as contracts/types/Deal.sol and contracts/libraries/Changes.sol have it. */
import { type Address, type Hex, hashStruct } from "viem";
import { type Offer, offerTypes } from "./terms.ts";

/** A provider's promise to keep its replica on the terms of `offer`, until its own window `until` (not included). */
export interface Extension {
  offer: Offer;
  until: number;
}

export interface SignedExtension {
  extension: Extension;
  signature: Hex;
}

/** A provider's consent to leave its slot to the provider of another offer. `expiry` is the last block it may happen in. */
export interface HandOver {
  /** EIP-712 struct hash of the offer that takes its place. */
  offerHash: Hex;
  expiry: number;
  epoch: bigint;
}

export interface SignedHandOver {
  handOver: HandOver;
  signature: Hex;
}

/** Whom a client lets approve replacements; the zero address for nobody. `until` is the last block it may do so in. */
export interface StewardGrant {
  steward: Address;
  until: number;
  maxPrice: bigint;
  minCollateral: bigint;
}

export const extensionTypes = {
  Extension: [
    { name: "offer", type: "Offer" },
    { name: "until", type: "uint40" },
  ],
  ...offerTypes,
} as const;

export const handOverTypes = {
  HandOver: [
    { name: "offerHash", type: "bytes32" },
    { name: "expiry", type: "uint40" },
    { name: "epoch", type: "uint64" },
  ],
} as const;

/** EIP-712 struct hash. */
export function extensionStructHash({ offer, until }: Extension): Hex {
  return hashStruct({ data: { offer: { ...offer }, until }, primaryType: "Extension", types: extensionTypes });
}

/** EIP-712 struct hash. */
export function handOverStructHash(handOver: HandOver): Hex {
  return hashStruct({ data: { ...handOver }, primaryType: "HandOver", types: handOverTypes });
}
