/**
 * Who may approve a replacement for a client that is away: the pure form of contracts/market/Stewards.sol. Between two signs of
 * life a steward approves at most n - k: so k replicas stay that the client has chosen itself.
 */
import { type Address, isAddressEqual } from "viem";
import type { StewardGrant } from "./change-messages.ts";
import type { Offer, Terms } from "./terms.ts";

/** Of one deal; `grant` instead of the steward in the terms, once the client has named or revoked one. */
export interface Stewardship {
  readonly grant?: StewardGrant;
  /** Since the client was heard of last. */
  readonly approvals: number;
}

/** Why the contract would refuse; the same words as its errors. */
export type StewardRefusal =
  | "MarketStewardPrice"
  | "MarketStewardCollateral"
  | "MarketStewardExpired"
  | "MarketNotSteward"
  | "MarketApprovalsUsedUp";

export const NO_STEWARDSHIP: Stewardship = { approvals: 0 };

/** Who may approve now, whatever the limits; the zero address for nobody. */
export function actingSteward({ grant }: Stewardship, terms: Terms): Address {
  return grant === undefined ? terms.steward : grant.steward;
}

/** CLIENT: names a steward, or nobody; a sign of life. */
export function grantSteward(grant: StewardGrant): Stewardship {
  return { grant, approvals: 0 };
}

/** CLIENT: is still there. */
export function heardOfClient(stewardship: Stewardship): Stewardship {
  return { ...stewardship, approvals: 0 };
}

/** One approval by `steward`, of an offer at this price and with this collateral. `block` is the block it happens in. */
export function countApproval(
  stewardship: Stewardship,
  terms: Terms,
  { steward, price, collateral, block }: { steward: Address; price: bigint; collateral: bigint; block: number },
): Stewardship | StewardRefusal {
  const { grant, approvals } = stewardship;
  if (grant !== undefined) {
    if (block > grant.until) return "MarketStewardExpired";
    if (price > grant.maxPrice) return "MarketStewardPrice";
    if (collateral < grant.minCollateral) return "MarketStewardCollateral";
  }
  if (!isAddressEqual(steward, actingSteward(stewardship, terms))) return "MarketNotSteward";
  if (approvals >= terms.slots - terms.threshold) return "MarketApprovalsUsedUp";
  return { ...stewardship, approvals: approvals + 1 };
}

/** The approval of a replacement by whoever calls: the client may agree to anything, a steward to nothing worse than before. */
export function approveReplacement(
  stewardship: Stewardship,
  terms: Terms,
  { caller, old, offer, block }: { caller: Address; old: Offer; offer: Offer; block: number },
): Stewardship | StewardRefusal {
  if (isAddressEqual(caller, old.client)) return stewardship;
  if (offer.price > old.price) return "MarketStewardPrice";
  if (offer.collateral < old.collateral) return "MarketStewardCollateral";
  return countApproval(stewardship, terms, { steward: caller, ...offer, block });
}
