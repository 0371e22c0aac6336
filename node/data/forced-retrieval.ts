// What forced retrieval (contracts/ForcedRetrieval.sol) makes of an offer, and how much strangers may ask at once.

import { encodeAbiParameters, type Hex, keccak256 } from "viem";
import type { Offer } from "./terms.ts";

const PARTS = [{ type: "address" }, { type: "bytes32" }, { type: "bytes32" }, { type: "uint32" }] as const;

/** A replica's name in requests: the same while its deal is extended or topped up, and another for every other replica. */
export function retrievalIdOf(offer: Pick<Offer, "provider" | "root" | "dataRoot" | "groups">): Hex {
  return keccak256(encodeAbiParameters(PARTS, [offer.provider, offer.root, offer.dataRoot, offer.groups]));
}

/** An answer time's silence costs at most an eighth of a provider's stake; strangers ask for no more at once. */
export const EXPOSED_PART = 8n;

/** Requests that may be open when a stranger asks, its own included; `stake` and `penalty` in base units. */
export function mostOpenRequests(stake: bigint, penalty: bigint): bigint {
  return stake / (EXPOSED_PART * penalty);
}

/** What one more silence asks of a stake from which `before` was taken for answer times that ended in the same stretch. */
export function penaltyOf(stake: bigint, penalty: bigint, before: bigint): bigint {
  const part = (stake + before) / EXPOSED_PART;
  const most = part > penalty ? part : penalty;
  const room = most > before ? most - before : 0n;
  return room < penalty ? room : penalty;
}
