// Changes of deals that go on: longer, better secured, with another provider, in the care of a steward.

import type { Address, Hex } from "viem";
import type { SignedExtension, SignedHandOver, StewardGrant } from "../data/change-messages.ts";
import type { Stewardship } from "../data/stewards.ts";
import type { Filling, SignedOffer, SlotClaim, Terms } from "../data/terms.ts";
import { storageMarketAbi } from "./abi.ts";
import { read, write } from "./call.ts";
import type { Chain } from "./chain.ts";
import type { SendOptions } from "./sender.ts";

const market = (chain: Chain) => ({ address: chain.addresses.market, abi: storageMarketAbi }) as const;

/** Client: a longer end, as its provider signed it; `maxPayment` includes the protocol fee. */
export function extend(
  chain: Chain,
  filling: Filling,
  extension: SignedExtension,
  maxPayment: bigint,
  options?: SendOptions,
) {
  return write(chain, { ...market(chain), functionName: "extend", args: [filling, extension, maxPayment] }, options);
}

/** Provider: adds to a slot's collateral, once a window at most. */
export function topUp(chain: Chain, filling: Filling, addedCollateral: bigint, options?: SendOptions) {
  return write(chain, { ...market(chain), functionName: "topUp", args: [filling, addedCollateral] }, options);
}

export interface Replacement {
  /** What the slot is, or was last, filled with. */
  claim: SlotClaim;
  /** Fillings of all other active slots, lowest slot first. */
  current: readonly Filling[];
  replacement: SignedOffer;
  /** The most that may leave the client's account; a steward never pays. */
  maxPayment: bigint;
}

/** Client or steward: another replica, of the next generation, for a slot that failed or was given up. */
export function refill(chain: Chain, change: Replacement, options?: SendOptions) {
  const { claim, current, replacement, maxPayment } = change;
  const args = [claim, claim.salt, claim.terms, current, replacement, maxPayment] as const;
  return write(chain, { ...market(chain), functionName: "refill", args }, options);
}

/** Client or steward: the same bytes with another provider; the old one consents. */
export function handOver(chain: Chain, change: Replacement & { consent: SignedHandOver }, options?: SendOptions) {
  const { claim, current, replacement, consent, maxPayment } = change;
  const args = [claim, claim.salt, claim.terms, current, replacement, consent, maxPayment] as const;
  return write(chain, { ...market(chain), functionName: "handOver", args }, options);
}

/** Anyone: pays a refill's bonus to who refilled; `window` is the provider's own, settled, proven and behind the cooling-off. */
export function claimBonus(chain: Chain, filling: Filling, window: number, options?: SendOptions) {
  return write(chain, { ...market(chain), functionName: "claimBonus", args: [filling, window] }, options);
}

/** Client: names who may approve replacements; the zero address for nobody. */
export function setSteward(
  chain: Chain,
  { salt, terms }: { salt: Hex; terms: Terms },
  grant: StewardGrant,
  options?: SendOptions,
) {
  return write(chain, { ...market(chain), functionName: "setSteward", args: [salt, terms, grant] }, options);
}

/** Client: a sign of life, after which its steward may approve n - k replacements again. */
export function heartbeat(chain: Chain, { salt, terms }: { salt: Hex; terms: Terms }, options?: SendOptions) {
  return write(chain, { ...market(chain), functionName: "heartbeat", args: [salt, terms] }, options);
}

/** Anyone: returns the collaterals of slots whose windows are all settled; its result says of which. */
export function releaseMany(chain: Chain, fillings: readonly Filling[], options?: SendOptions) {
  return write(chain, { ...market(chain), functionName: "releaseMany", args: [fillings] }, options);
}

export async function stewardshipOf(chain: Chain, dealKey: Hex): Promise<Stewardship> {
  const { named, approvals, ...grant } = await read(chain, {
    ...market(chain),
    functionName: "stewardshipOf",
    args: [dealKey],
  });
  return named ? { grant, approvals } : { approvals };
}

/** What a slot keeps for its refill: base units, and windows; see contracts/types/Market.sol. */
export function reserveOf(chain: Chain, dealKey: Hex, slot: number) {
  return read(chain, { ...market(chain), functionName: "reserveOf", args: [dealKey, slot] });
}

/** Who refilled a slot last. */
export function refillerOf(chain: Chain, dealKey: Hex, slot: number): Promise<Address> {
  return read(chain, { ...market(chain), functionName: "refillerOf", args: [dealKey, slot] });
}
