// Slots in the books: where one stands at a block, what fills it, who may.

import type { Address, Hex } from "viem";
import { retrievalIdOf } from "../../data/forced-retrieval.ts";
import type { ReplicaClock, Slot } from "../../data/settlement.ts";
import type { Offer, SlotClaim } from "../../data/terms.ts";
import { holds, RuleBroken, same } from "./difference.ts";
import { windowsAt, wordOf } from "./lanes.ts";
import { priceLimitOf } from "./rules.ts";
import type { Scope } from "./scope.ts";
import { type Books, type DealBooks, laneOf, providerOf, type SlotBooks } from "./state.ts";

export interface SlotName {
  dealKey: Hex;
  slot: number;
  provider?: Address;
}

/** The slot with all that its rules ask. The bitmap is as it was at this event. */
export function slotAt(books: Books, { dealKey, slot, provider }: SlotName, { block }: Scope) {
  const deal = books.deals.get(dealKey);
  const filling = deal?.slots.get(slot);
  if (deal === undefined || filling === undefined) {
    throw new RuleBroken(`slot ${slot} of deal ${dealKey}`, "filled before", "not filled");
  }
  const { offer, firstWindow } = filling;
  if (provider !== undefined) same(`provider of slot ${slot}`, offer.provider, provider);
  const { drawn, closed } = windowsAt(books.rules, offer.provider, block);
  const lane = laneOf(books, offer.provider);
  const clock: ReplicaClock = {
    start: lane.records.get(offer.root)?.firstWindow ?? firstWindow,
    firstWindow,
    closed: Math.max(closed - firstWindow, 0),
    opened: Math.max(drawn - firstWindow, 0),
    provenWord: (index) => wordOf(lane, index),
  };
  const { client, salt, terms } = deal;
  const claim: SlotClaim = { client, salt, terms, offer, firstWindow };
  return { claim, clock, filling, deal };
}

/** The same of a slot that is about to end early: whoever ends it has settled it first. */
export function settledSlot(books: Books, name: SlotName, scope: Scope) {
  const found = slotAt(books, name, scope);
  const { slot } = found.filling;
  same(`windows settled of slot ${name.slot} before its end`, Math.min(found.clock.closed, slot.end), slot.settled);
  return found;
}

/** Puts a filling into its slot, and makes it known by all the names that others call it. */
export function occupy(
  books: Books,
  filling: SlotBooks,
  { offer, firstWindow, slot }: { readonly offer: Offer; readonly firstWindow: number; readonly slot: Slot },
): void {
  Object.assign(filling, { offer, firstWindow, slot });
  books.fillings.set(retrievalIdOf(offer), { offer, spot: filling });
  books.stored.set(`${offer.provider} ${offer.root}`, filling);
}

/** No other active slot of the deal has the offer's provider or root. */
export function requireDistinct(deal: DealBooks, { slot, provider, root }: Offer): void {
  for (const [other, { offer, slot: state }] of deal.slots) {
    if (state.status !== "Active" || other === slot) continue;
    same(`provider ${provider} has another slot of the deal`, false, offer.provider === provider);
    same(`root ${root} is in another slot of the deal`, false, offer.root === root);
  }
}

/** The provider stands by its offer now, and the proofs carry its price. */
export function requireWilling(books: Books, offer: Offer, { block }: Scope): void {
  const { slot, provider, m, price } = offer;
  const limit = priceLimitOf(books.rules, m);
  holds(price <= limit, `price of slot ${slot}`, `at most ${limit}`, price);
  holds(block <= BigInt(offer.expiry), `block of slot ${slot}`, `at most ${offer.expiry}`, block);
  const { epoch, registered } = providerOf(books, provider);
  same(`${provider} is registered`, true, registered);
  same(`offer epoch of ${provider}`, epoch, offer.epoch);
}
