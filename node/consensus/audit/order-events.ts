// The order book: every step by the pure rules of an order's life.

import type { Address, Hex } from "viem";
import { isPosted, orderHashOf, orderOffer, orderPriceAt, resolveOrder, slotEscrowOf } from "../../data/order.ts";
import {
  activateSlot,
  type BookedOrder,
  type BookRefusal,
  type BookStep,
  bookOrder,
  closeSlots,
  commitReplica,
  expireReservation,
  rejectCommitment,
  reserveSlot,
  takeSlot,
} from "../../data/order-book.ts";
import { dealKeyOf, type Offer, offerStructHash, type SkipReason, skipReasons } from "../../data/terms.ts";
import type { HoldfastLog } from "../events.ts";
import { approval, requireSteward } from "./change-events.ts";
import { holds, RuleBroken, same } from "./difference.ts";
import { postMoves } from "./moves.ts";
import { priceLimitOf } from "./rules.ts";
import { meet, orderFilling, type Scope } from "./scope.ts";
import { type Books, type Handlers, laneOf, providerOf } from "./state.ts";

export const orderEvents: Handlers = {
  OrderPosted(books, { dealKey, client, order, slotEscrow, payment }, scope, log) {
    const { rules } = books;
    same("key of the order's deal", dealKeyOf(client, order.salt, order.terms), dealKey);
    same(`client of the order for ${dealKey}`, order.client, client);
    same(`order for ${dealKey} was posted before`, false, books.orders.has(dealKey));
    same(`header hash of the order for ${dealKey}`, books.deals.get(dealKey)?.headerHash, order.headerHash);
    const limit = priceLimitOf(rules, order.m);
    const facts = { block: scope.block, mostWait: rules.mostWait, limit, referencePrice: 0n };
    const resolved = resolveOrder(order, facts);
    if (typeof resolved === "string") throw new RuleBroken(`order for ${dealKey}`, resolved, "posted");
    same(`order for ${dealKey} as it is kept`, orderHashOf(resolved), orderHashOf(order));
    same(`escrow of a slot of the order for ${dealKey}`, slotEscrowOf(order, rules.protocolFeeBps), slotEscrow);
    const step = bookOrder(order, dealKey, rules.protocolFeeBps);
    const paid = step.moves.reduce((sum, { amount }) => sum + amount, 0n);
    same(`payment for the order for ${dealKey}`, paid, payment);
    take(books, scope, log, dealKey, step);
  },
  SlotReserved(books, { dealKey, provider, slot, price, until }, scope, log) {
    const state = bookedOrder(books, dealKey);
    const { registered, stake } = providerOf(books, provider);
    const fit = registered && stake >= books.rules.minimumStake;
    const { block } = scope;
    const next = take(
      books,
      scope,
      log,
      dealKey,
      reserveSlot(state, slot, { provider, block, paused: books.paused, fit }),
    );
    same(`price of slot ${slot}`, orderPriceAt(state.order, block), price);
    same(`end of the reservation of slot ${slot}`, next.reservations.get(slot)!.until, until);
  },
  ReplicaCommitted(books, { dealKey, provider, slot, root, dataRoot, collateral, until }, scope, log) {
    const state = bookedOrder(books, dealKey);
    const known = laneOf(books, provider).records.has(root);
    const step = commitReplica(state, slot, { root, dataRoot }, { provider, block: scope.block, known });
    const next = take(books, scope, log, dealKey, step);
    const { until: expected } = next.reservations.get(slot)!;
    same(`last block for an answer about slot ${slot}`, expected, until);
    same(`collateral of slot ${slot}`, offerFor(next, slot).collateral, collateral);
  },
  OrderFilled(books, { dealKey, provider, slot, price, collateral, reserved }, scope, log) {
    const state = bookedOrder(books, dealKey);
    const kept = state.reservations.get(slot);
    same(`slot ${slot} was reserved by ${provider}`, kept?.provider === provider, reserved);
    const taken = isPosted(state.order, slot)
      ? takeSlot(state, slot, { provider, block: scope.block, paused: books.paused })
      : undefined;
    const offer = taken === undefined ? offerFor(state, slot) : offerOf(taken);
    const activated = () => activateSlot(state, slot, { block: scope.block, reason: "None" });
    take(books, scope, log, dealKey, taken ?? activated());
    same(`price of slot ${slot}`, offer.price, price);
    same(`collateral of slot ${slot}`, offer.collateral, collateral);
    const filled = scope.logs.find(
      (other) => other.eventName === "SlotFilled" && other.args.dealKey === dealKey && other.args.offer.slot === slot,
    );
    const found = filled?.eventName === "SlotFilled" ? offerStructHash(filled.args.offer) : undefined;
    same(`offer that slot ${slot} was filled with`, offerStructHash(offer), found);
    meet(scope, orderFilling(dealKey, slot), log);
    if (scope.owed.delete(approval(dealKey))) requireSteward(books.deals.get(dealKey)!, undefined, offer);
  },
  ReservationExpired(books, { dealKey, provider, slot, deposit }, scope, log) {
    const state = bookedOrder(books, dealKey);
    same(`provider of the reservation of slot ${slot}`, state.reservations.get(slot)?.provider, provider);
    same(`a commitment for slot ${slot}`, undefined, state.reservations.get(slot)?.commitment?.root);
    same(`deposit of slot ${slot}`, state.order.deposit, deposit);
    take(books, scope, log, dealKey, expireReservation(state, slot, scope.block));
  },
  CommitmentExpired(books, { dealKey, provider, slot, collateral, deposit }, scope, log) {
    const state = bookedOrder(books, dealKey);
    sameCommitment(state, { provider, slot, collateral, deposit });
    take(books, scope, log, dealKey, expireReservation(state, slot, scope.block));
  },
  CommitmentRejected(books, { dealKey, provider, slot, collateral, deposit, reopened }, scope, log) {
    const state = bookedOrder(books, dealKey);
    sameCommitment(state, { provider, slot, collateral, deposit });
    const { block } = scope;
    const next = take(books, scope, log, dealKey, rejectCommitment(state, slot, { caller: state.order.client, block }));
    same(`slot ${slot} is open again`, !next.done.has(slot), reopened);
  },
  ProviderUnfit(books, { dealKey, provider, slot, collateral, deposit, reason }, scope, log) {
    const state = bookedOrder(books, dealKey);
    sameCommitment(state, { provider, slot, collateral, deposit });
    const why = skipReasons[reason];
    holds(why !== undefined && why !== "None", `reason of ${provider}`, "one of the market's", reason);
    take(books, scope, log, dealKey, activateSlot(state, slot, { block: scope.block, reason: why as SkipReason }));
    scope.owed.delete(approval(dealKey));
  },
  OrderEnded(books, { dealKey, client }) {
    const state = bookedOrder(books, dealKey);
    same(`client of the order for ${dealKey}`, state.order.client, client);
    same(`order for ${dealKey} was ended before`, false, state.ended);
    books.orders.set(dealKey, { ...state, ended: true });
  },
  OrderClosed(books, { dealKey, client, slots, escrow, bonds }, scope, log) {
    const state = bookedOrder(books, dealKey);
    same(`client of the order for ${dealKey}`, state.order.client, client);
    const listed = Array.from({ length: 256 }, (_, slot) => slot).filter((slot) => (slots >> BigInt(slot)) & 1n);
    // Whoever is not the client: that one's first close is told of by an event of its own.
    const step = closeSlots(state, listed, { caller: books.rules.addresses.orders, block: scope.block });
    const next = take(books, scope, log, dealKey, step);
    same(`slots closed of the order for ${dealKey}`, listed.length, next.done.size - state.done.size);
    const sum = (bucket: string) =>
      (step as BookStep).moves.reduce(
        (total, move) => total + ("bucket" in move && move.bucket === bucket ? move.amount : 0n),
        0n,
      );
    same(`escrow returned of the order for ${dealKey}`, sum("Escrows"), escrow);
    same(`bonds returned of the order for ${dealKey}`, sum("Bonds"), bonds);
  },
};

function bookedOrder(books: Books, dealKey: Hex): BookedOrder {
  const found = books.orders.get(dealKey);
  if (found === undefined) throw new RuleBroken(`order for ${dealKey}`, "posted before", "unknown");
  return found;
}

/** Takes a step of the book, or says which of its rules was broken. */
function take(books: Books, scope: Scope, log: HoldfastLog, dealKey: Hex, step: BookStep | BookRefusal): BookedOrder {
  if (typeof step === "string") throw new RuleBroken(log.eventName, step, "done");
  books.orders.set(dealKey, step.state);
  postMoves(scope.moves, step.moves, books.rules.addresses.orders, log);
  return step.state;
}

function offerOf(taken: (BookStep & { readonly offer: Offer }) | BookRefusal): Offer {
  if (typeof taken === "string") throw new RuleBroken("OrderFilled", taken, "done");
  return taken.offer;
}

/** What a slot would be filled with by the provider that committed to it. */
function offerFor({ order, dealKey, reservations }: BookedOrder, slot: number): Offer {
  const kept = reservations.get(slot);
  if (kept?.commitment === undefined) throw new RuleBroken(`commitment for slot ${slot}`, "one", "none");
  return orderOffer(order, dealKey, slot, kept, kept.commitment);
}

function sameCommitment(
  state: BookedOrder,
  { provider, slot, collateral, deposit }: { provider: Address; slot: number; collateral: bigint; deposit: bigint },
): void {
  const offer = offerFor(state, slot);
  same(`provider of the commitment for slot ${slot}`, offer.provider, provider);
  same(`collateral of slot ${slot}`, offer.collateral, collateral);
  same(`deposit of slot ${slot}`, state.order.deposit, deposit);
}
