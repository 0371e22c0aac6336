// Deals and slots: every figure comes from the pure rules of settlement and endings, the bitmap and the block.

import type { Address, Hex } from "viem";
import { windowsLeft } from "../../data/changes.ts";
import { cancelSlot, dropSlot, type Ended, forfeitSlot, type Refusal, releaseSlot } from "../../data/endings.ts";
import { isOpen } from "../../data/order-book.ts";
import { filledSlot, type Move, protocolFee, settleSlot, splitCollateral } from "../../data/settlement.ts";
import { dealKeyOf } from "../../data/terms.ts";
import type { HoldfastLog } from "../events.ts";
import { holds, RuleBroken, same } from "./difference.ts";
import { enterBag, oweRetirement } from "./lane-events.ts";
import { CALLER, post, postMoves } from "./moves.ts";
import { meet, openWindowPaid, orderFilling, type Scope } from "./scope.ts";
import { occupy, requireDistinct, requireWilling, settledSlot, slotAt } from "./slots.ts";
import type { Books, DealBooks, Handlers, SlotBooks } from "./state.ts";

export const marketEvents: Handlers = {
  Paused(books) {
    same("the market was paused before", false, books.paused);
    books.paused = true;
  },
  Unpaused(books) {
    same("the market was paused before", true, books.paused);
    books.paused = false;
  },
  DealOpened(books, { dealKey, fee }, scope, log) {
    const posted = scope.logs.some((log) => log.eventName === "OrderPosted" && log.args.dealKey === dealKey);
    // Of this deal: one whose slots cost nothing moves no escrow, and may follow another in the same transaction.
    if (!posted) takeFee(books, scope, log);
    same(`fee of deal ${dealKey}`, posted ? 0n : scope.lastFee, fee);
    scope.lastFee = 0n;
    const deal = dealOf(books, dealKey, scope);
    same(`deal ${dealKey} was opened before`, false, deal.opened);
    same("the market is paused", false, books.paused);
    deal.opened = true;
    const least = posted ? 0 : deal.terms.threshold;
    holds(deal.slots.size >= least, `slots filled of deal ${dealKey}`, `at least ${least}`, deal.slots.size);
  },
  SlotFilled(books, { dealKey, provider, firstWindow, offer }, scope, log) {
    const { rules } = books;
    const deal = dealOf(books, dealKey, scope);
    const { slot, client, price, collateral } = offer;
    same(`deal of the offer for slot ${slot}`, dealKey, offer.dealKey);
    same(`provider of the offer for slot ${slot}`, provider, offer.provider);
    same(`client of the offer for slot ${slot}`, deal.client, client);
    holds(slot < deal.terms.slots, "slot", `below ${deal.terms.slots}`, slot);
    same(`slot ${slot} was filled before`, false, deal.slots.has(slot));
    same(`generation of slot ${slot}`, 0, offer.generation);
    requireDistinct(deal, offer);
    same(`first window of slot ${slot}`, enterBag(books, offer, scope).firstWindow, firstWindow);
    const order = books.orders.get(dealKey);
    const together = orderFilling(dealKey, slot);
    if (scope.owed.has(together) || (order !== undefined && isOpen(order))) meet(scope, together, log);
    else requireWilling(books, offer, scope);

    const filling: SlotBooks = { offer, firstWindow, slot: filledSlot(deal.terms), refiller: undefined };
    deal.slots.set(slot, filling);
    occupy(books, filling, filling);
    post(scope.moves.expected, `lock from ${provider} into collateral of ${rules.addresses.market}`, collateral, log);
    const escrow = price * BigInt(deal.terms.windows);
    scope.filled = { client, escrow: (scope.filled?.escrow ?? 0n) + escrow };
  },
  SlotSettled(books, { dealKey, provider, slot, proven, missed }, scope, log) {
    const { claim, clock, filling } = slotAt(books, { dealKey, provider, slot }, scope);
    same(`status of slot ${slot}`, "Active", filling.slot.status);
    if (leaves(scope, { dealKey, provider, slot }) && clock.closed === filling.slot.settled) {
      same(`open window of slot ${slot} is paid as proven`, "1 proven, 0 missed", `${proven} proven, ${missed} missed`);
      scope.owed.set(openWindowPaid(dealKey, slot), log);
      return;
    }
    const maxWindows = proven + missed;
    holds(maxWindows > 0, `windows settled of slot ${slot}`, "more than 0", maxWindows);
    const { rules } = books;
    const step = settleSlot(filling.slot, claim, clock, { maxWindows, caller: CALLER, shares: rules.shares });
    same(`windows proven of slot ${slot}`, step.proven, proven);
    same(`windows missed of slot ${slot}`, step.missed, missed);
    if (step.slot.status === "Failed") scope.owed.set(failure(dealKey, slot), log);
    filling.slot = step.slot;
    postMoves(scope.moves, step.moves, rules.addresses.market, log);
  },
  SlotFailed(books, { dealKey, provider, slot, toClient, bonus, toCaller, burned }, scope, log) {
    const { claim, filling } = slotAt(books, { dealKey, provider, slot }, scope);
    const owed = scope.owed.delete(failure(dealKey, slot));
    if (!owed) throw new RuleBroken(`failure of slot ${slot} of ${dealKey}`, "no settled miss too many", "told of");
    const lost = claim.offer.collateral - filling.slot.penalty;
    const split = splitCollateral(lost, claim.client, CALLER, books.rules.shares);
    same(`lost collateral of slot ${slot} for the client`, split.toClient, toClient);
    same(`lost collateral of slot ${slot} for a refill`, split.bonus, bonus);
    same(`lost collateral of slot ${slot} for the caller`, split.toCaller, toCaller);
    same(`lost collateral of slot ${slot} burned`, split.burned, burned);
    oweRetirement(scope, provider, claim.offer.root, log);
  },
  SlotCancelled(books, { dealKey, provider, slot, end, refunded, fee }, scope, log) {
    const { claim, clock, filling } = settledSlot(books, { dealKey, provider, slot }, scope);
    const moves = finish(books, filling, scope, log, cancelSlot(filling.slot, claim, clock));
    same(`end of slot ${slot}`, filling.slot.end, end);
    const given = moves.reduce((sum, { amount }) => sum + amount, 0n);
    same(`returned of slot ${slot}, with the fee`, given, refunded + fee);
    if (claim.client !== provider) same(`fee of slot ${slot}`, releasedTo(moves, provider), fee);
  },
  SlotDropped(books, { dealKey, provider, slot, end, refunded }, scope, log) {
    const { claim, clock, filling } = settledSlot(books, { dealKey, provider, slot }, scope);
    const before = filling.slot.end;
    finish(books, filling, scope, log, dropSlot(filling.slot, claim, clock));
    same(`end of slot ${slot}`, filling.slot.end, end);
    same(`returned of slot ${slot}`, BigInt(before - end) * claim.offer.price, refunded);
  },
  SlotForfeited(books, { dealKey, provider, slot, end, penalty }, scope, log) {
    const { claim, clock, filling } = settledSlot(books, { dealKey, provider, slot }, scope);
    const { shares, beta, challenges } = books.rules;
    const parameters = { shares, beta, challenges: BigInt(challenges) };
    finish(books, filling, scope, log, forfeitSlot(filling.slot, claim, clock, parameters));
    same(`end of slot ${slot}`, filling.slot.end, end);
    same(`penalty of slot ${slot}`, filling.slot.penalty, penalty);
  },
  SlotReleased(books, { dealKey, provider, slot, collateral }, scope, log) {
    const { claim, clock, filling } = slotAt(books, { dealKey, provider, slot }, scope);
    same(`status of slot ${slot}`, "Active", filling.slot.status);
    same(`collateral of slot ${slot}`, claim.offer.collateral - filling.slot.penalty, collateral);
    finish(books, filling, scope, log, releaseSlot(filling.slot, claim, clock, { caller: CALLER, refiller: CALLER }));
    oweRetirement(scope, provider, claim.offer.root, log);
  },
  SlotReclaimed(books, { dealKey, client, slot, escrow, bonus }, scope, log) {
    const { claim, clock, filling } = slotAt(books, { dealKey, slot }, scope);
    same(`client of deal ${dealKey}`, claim.client, client);
    same(`slot ${slot} is active`, false, filling.slot.status === "Active");
    same(`escrow left of slot ${slot}`, BigInt(windowsLeft(filling.slot)) * claim.offer.price, escrow);
    same(`bonus left of slot ${slot}`, filling.slot.bonus, bonus);
    finish(books, filling, scope, log, releaseSlot(filling.slot, claim, clock, { caller: client, refiller: CALLER }));
  },
};

/** The client's payment for the slots filled since its last: it comes right before the vault tells of the lock. */
export function takeFee(books: Books, scope: Scope, log: HoldfastLog): void {
  if (scope.filled === undefined) return;
  const { client, escrow } = scope.filled;
  const { protocolFeeBps, addresses } = books.rules;
  const fee = protocolFee(escrow, protocolFeeBps);
  post(scope.moves.expected, `lock from ${client} into escrows of ${addresses.market}`, escrow + fee, log);
  post(scope.moves.expected, `burn out of escrows of ${addresses.market}`, fee, log);
  scope.filled = undefined;
  scope.lastFee = fee;
}

function finish(
  books: Books,
  filling: SlotBooks,
  scope: Scope,
  log: HoldfastLog,
  result: Ended | Refusal,
): readonly Move[] {
  if (typeof result === "string") throw new RuleBroken(log.eventName, result, "done");
  filling.slot = result.slot;
  postMoves(scope.moves, result.moves, books.rules.addresses.market, log);
  return result.moves;
}

function releasedTo(moves: readonly Move[], account: Address): bigint {
  return moves.reduce((sum, move) => {
    const counts = move.kind === "release" && move.account === account;
    return counts ? sum + move.amount : sum;
  }, 0n);
}

/** A deal is known from the event that ends its opening, which comes after its slots. */
function dealOf(books: Books, dealKey: Hex, scope: Scope): DealBooks {
  const known = books.deals.get(dealKey);
  if (known !== undefined) return known;
  for (const log of scope.logs) {
    if (log.eventName !== "DealOpened" || log.args.dealKey !== dealKey) continue;
    const { client, salt, terms, headerHash } = log.args;
    same("key of the deal's client, salt and terms", dealKeyOf(client, salt, terms), dealKey);
    const deal: DealBooks = { client, salt, terms, headerHash, opened: false, slots: new Map(), stewardship: NOBODY };
    books.deals.set(dealKey, deal);
    return deal;
  }
  throw new RuleBroken(`deal ${dealKey}`, "opened before", "unknown");
}

/** Whether the provider hands the slot over in this transaction. */
function leaves(
  { logs }: Scope,
  { dealKey, provider, slot }: { dealKey: Hex; provider: Address; slot: number },
): boolean {
  return logs.some(
    ({ eventName, args }) =>
      eventName === "SlotHandedOver" && args.dealKey === dealKey && args.from === provider && args.offer.slot === slot,
  );
}

const NOBODY = { approvals: 0, grant: undefined, lastApprover: undefined };
const failure = (dealKey: Hex, slot: number) => `failure of slot ${slot} of deal ${dealKey}`;
