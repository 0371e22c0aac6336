// Slots that go on: extension, top-up, refill and handover by the pure rules of changes, and who may approve them.

import type { Address, Hex } from "viem";
import {
  bonusWindows,
  type Changed,
  type ChangeRefusal,
  extendSlot,
  handOverSlot,
  payBonus,
  refillSlot,
  topUpSlot,
} from "../../data/changes.ts";
import { isProven } from "../../data/settlement.ts";
import { type Offer, offerStructHash } from "../../data/terms.ts";
import type { HoldfastLog } from "../events.ts";
import { holds, RuleBroken, same } from "./difference.ts";
import { enterBag, oweRetirement } from "./lane-events.ts";
import { postMoves } from "./moves.ts";
import { openWindowPaid, type Scope } from "./scope.ts";
import { occupy, requireDistinct, requireWilling, settledSlot, slotAt } from "./slots.ts";
import type { Books, DealBooks, Handlers, SlotBooks } from "./state.ts";

export const changeEvents: Handlers = {
  SlotExtended(books, { dealKey, provider, firstWindow, end, offer }, scope, log) {
    const { slot } = offer;
    const { claim, clock, filling } = settledSlot(books, { dealKey, provider, slot }, scope);
    sameBytes(filling.offer, offer, 0);
    same(`provider of slot ${slot}`, filling.offer.provider, offer.provider);
    holds(offer.collateral >= filling.offer.collateral, `collateral of slot ${slot}`, "not less", offer.collateral);
    requireWilling(books, offer, scope);
    const extension = { offer, until: firstWindow + end };
    const changed = extendSlot(filling.slot, claim, clock, { extension, feeBps: books.rules.protocolFeeBps });
    take(books, filling, scope, log, { firstWindow, end, offer }, changed);
  },
  SlotToppedUp(books, { dealKey, provider, firstWindow, end, offer }, scope, log) {
    const { claim, filling } = settledSlot(books, { dealKey, provider, slot: offer.slot }, scope);
    const added = offer.collateral - filling.offer.collateral;
    holds(added > 0n, `collateral added to slot ${offer.slot}`, "more than nothing", added);
    take(books, filling, scope, log, { firstWindow, end, offer }, topUpSlot(filling.slot, claim, added));
  },
  SlotRefilled(books, { dealKey, provider, refiller, firstWindow, end, offer }, scope, log) {
    const { claim, filling, deal } = slotAt(books, { dealKey, slot: offer.slot }, scope);
    const { slot } = offer;
    same(`provider of the offer for slot ${slot}`, provider, offer.provider);
    samePlace(filling.offer, offer, 1);
    if (refiller !== claim.client) {
      holds(scope.owed.delete(approval(dealKey)), `approval of slot ${slot} by ${refiller}`, "told of before", "none");
      same(`approving steward of slot ${slot}`, deal.stewardship.lastApprover, refiller);
      requireSteward(deal, filling.offer, offer);
    }
    requireDistinct(deal, offer);
    requireWilling(books, offer, scope);
    same(`first window of slot ${slot}`, enterBag(books, offer, scope).firstWindow, firstWindow);
    const refilled = { offer, firstWindow, feeBps: books.rules.protocolFeeBps };
    take(books, filling, scope, log, { firstWindow, end, offer }, refillSlot(filling.slot, claim, refilled));
    filling.refiller = refiller;
  },
  SlotHandedOver(books, { dealKey, provider, from, firstWindow, end, offer }, scope, log) {
    const { slot } = offer;
    const { claim, clock, filling, deal } = settledSlot(books, { dealKey, provider: from, slot }, scope);
    const { root } = filling.offer;
    same(`provider of the offer for slot ${slot}`, provider, offer.provider);
    sameBytes(filling.offer, offer, 0);
    if (scope.owed.delete(approval(dealKey))) requireSteward(deal, filling.offer, offer);
    requireDistinct(deal, offer);
    requireWilling(books, offer, scope);
    same(`first window of slot ${slot}`, enterBag(books, offer, scope).firstWindow, firstWindow);
    const paid = scope.owed.delete(openWindowPaid(dealKey, slot));
    const replaced = { offer, firstWindow, feeBps: books.rules.protocolFeeBps };
    const changed = handOverSlot(filling.slot, claim, clock, replaced);
    if (typeof changed !== "string") same(`open window of slot ${slot} is paid`, changed.proven === 1, paid);
    take(books, filling, scope, log, { firstWindow, end, offer }, changed);
    oweRetirement(scope, from, root, log);
  },
  BonusClaimed(books, { dealKey, refiller, slot, amount }, scope, log) {
    const { clock, filling } = slotAt(books, { dealKey, slot }, scope);
    same(`who refilled slot ${slot}`, filling.refiller, refiller);
    same(`bonus of slot ${slot}`, filling.slot.bonus, amount);
    const { from, end } = bonusWindows(filling.slot, clock);
    const windows = Array.from({ length: Math.max(end - from, 0) }, (_, i) => from + i - clock.firstWindow);
    const earned = windows.some((window) => isProven(clock, window));
    holds(earned, `window that earned the bonus of slot ${slot}`, `proven in ${from} to ${end - 1}`, "none");
    const paid = payBonus(filling.slot, refiller);
    filling.slot = paid.slot;
    postMoves(scope.moves, paid.moves, books.rules.addresses.market, log);
  },
  StewardSet(books, { dealKey, client, grant }) {
    const deal = ownDeal(books, dealKey, client);
    deal.stewardship = { approvals: 0, grant: { ...grant }, lastApprover: undefined };
  },
  ClientHeard(books, { dealKey, client }) {
    const deal = ownDeal(books, dealKey, client);
    deal.stewardship = { ...deal.stewardship, approvals: 0 };
  },
  ReplacementApproved(books, { dealKey, steward, approvals }, scope, log) {
    const deal = books.deals.get(dealKey);
    if (deal === undefined) throw new RuleBroken(`deal ${dealKey}`, "opened before", "unknown");
    const { grant, approvals: before } = deal.stewardship;
    same(`steward of deal ${dealKey}`, grant?.steward ?? deal.terms.steward, steward);
    if (grant !== undefined) {
      holds(
        scope.block <= BigInt(grant.until),
        `block of the approval by ${steward}`,
        `at most ${grant.until}`,
        scope.block,
      );
    }
    same(`approvals for deal ${dealKey}`, before + 1, approvals);
    const most = deal.terms.slots - deal.terms.threshold;
    holds(approvals <= most, `approvals for deal ${dealKey}`, `at most ${most}`, approvals);
    deal.stewardship = { ...deal.stewardship, approvals, lastApprover: steward };
    scope.owed.set(approval(dealKey), log);
  },
};

/** An approval that the replacement it is for has to take up. */
export const approval = (dealKey: Hex) => `replacement approved by the steward of ${dealKey}`;

/** A steward approves of nothing that is worse for the client than what it replaces, or than its grant. */
export function requireSteward(deal: DealBooks, old: Offer | undefined, { price, collateral }: Offer): void {
  const { grant } = deal.stewardship;
  const most = [old?.price, grant?.maxPrice].filter((limit) => limit !== undefined);
  const least = [old?.collateral, grant?.minCollateral].filter((limit) => limit !== undefined);
  holds(
    most.every((limit) => price <= limit),
    "price that a steward approved",
    `at most ${most.join(" and ")}`,
    price,
  );
  const enough = least.every((limit) => collateral >= limit);
  holds(enough, "collateral that a steward approved", `at least ${least.join(" and ")}`, collateral);
}

interface Told {
  readonly firstWindow: number;
  readonly end: number;
  readonly offer: Offer;
}

/** Puts the slot under its new filling, which must be the one that the event tells of. */
function take(
  books: Books,
  filling: SlotBooks,
  scope: Scope,
  log: HoldfastLog,
  told: Told,
  changed: Changed | ChangeRefusal,
): void {
  if (typeof changed === "string") throw new RuleBroken(log.eventName, changed, "done");
  const { slot } = told.offer;
  same(`first window of slot ${slot}`, changed.filling.firstWindow, told.firstWindow);
  same(`windows of slot ${slot}`, changed.slot.end, told.end);
  same(`offer of slot ${slot}`, offerStructHash(changed.filling.offer), offerStructHash(told.offer));
  postMoves(scope.moves, changed.moves, books.rules.addresses.market, log);
  occupy(books, filling, { ...changed.filling, slot: changed.slot });
}

function samePlace(old: Offer, offer: Offer, generations: number): void {
  same("deal of the new offer", old.dealKey, offer.dealKey);
  same("slot of the new offer", old.slot, offer.slot);
  same("client of the new offer", old.client, offer.client);
  same("generation of the new offer", old.generation + generations, offer.generation);
  same("size class of the new offer", old.m, offer.m);
  same("groups of the new offer", old.groups, offer.groups);
}

function sameBytes(old: Offer, offer: Offer, generations: number): void {
  samePlace(old, offer, generations);
  same("root of the new offer", old.root, offer.root);
  same("dataRoot of the new offer", old.dataRoot, offer.dataRoot);
}

function ownDeal(books: Books, dealKey: Hex, client: Address): DealBooks {
  const deal = books.deals.get(dealKey);
  if (deal === undefined) throw new RuleBroken(`deal ${dealKey}`, "opened before", "unknown");
  same(`client of deal ${dealKey}`, deal.client, client);
  return deal;
}
