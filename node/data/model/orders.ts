/** The order book of the model: the pure steps of order-book.ts, their money in the vault, and the market behind them (OrderBook.sol). */
import type { Address, Hex } from "viem";
import { type Order, orderHashOf, resolveOrder } from "../order.ts";
import * as book from "../order-book.ts";
import { dealKeyOf } from "../terms.ts";
import { type Call, put, refuse, requireThat } from "./call.ts";
import { recordOf } from "./lanes.ts";
import { createDeal, fillOrder } from "./opening.ts";
import { checkRoot, checkSize } from "./opening-checks.ts";
import { poke, referencePriceAt } from "./reference.ts";
import { priceLimit } from "./spacetime.ts";
import { providerOf } from "./state.ts";
import { burn, lock, release, shift } from "./vault.ts";

/** CLIENT: pays for all slots at their dearest, fee included. */
export function postDeal(call: Call, order: Order, maxPayment: bigint): void {
  const { state, rules, caller, block } = call;
  requireThat(order.client === caller, "OrderNotClient");
  createDeal(call, order.client, order.salt, order.terms, order.headerHash);
  checkReplicas(call, order);
  const byReference = order.cap === 0n && order.floor === 0n;
  if (byReference) poke(call);
  const limit = priceLimit(rules, order.m);
  const referencePrice = byReference ? referencePriceAt(call) : 0n;
  const kept = resolveOrder(order, { block, mostWait: rules.mostWait, limit, referencePrice });
  if (typeof kept === "string") refuse(kept);
  const dealKey = dealKeyOf(order.client, order.salt, order.terms);
  const step = book.bookOrder(kept, dealKey, rules.protocolFeeBps);
  const payment = step.moves.reduce((sum, move) => sum + move.amount, 0n);
  requireThat(payment <= maxPayment, "OrderPaymentAboveMaximum");
  write(call, step);
  put(call, state.orders, dealKey, step.state);
}

/** CLIENT, or ANYONE after the deadline: refunds slots that nobody has. */
export function closeOrder(call: Call, order: Order, slots: readonly number[]): void {
  write(call, book.closeSlots(load(call, order), slots, call));
}

/** PROVIDER: fills a posted slot at the price of its reservation, or of now. */
export function take(call: Call, order: Order, slot: number): void {
  const step = book.takeSlot(load(call, order), slot, takerOf(call));
  write(call, step);
  if (typeof step === "string") return;
  const { salt, terms, client } = order;
  requireThat(fillOrder(call, { salt, terms, offer: step.offer, approver: client }) === "None", "OrderProviderUnfit");
}

/** PROVIDER */
export function reserve(call: Call, order: Order, slot: number): void {
  const state = load(call, order);
  const { registered, stake } = providerOf(call.state, call.caller);
  write(call, book.reserveSlot(state, slot, { ...takerOf(call), fit: registered && stake >= call.rules.minimumStake }));
}

/** PROVIDER: names what it sealed. */
export function commit(call: Call, order: Order, slot: number, root: Hex, dataRoot: Hex): void {
  const state = load(call, order);
  const known = recordOf(call.state, call.caller, root) !== undefined;
  const step = book.commitReplica(state, slot, { root, dataRoot }, { provider: call.caller, block: call.block, known });
  const early = ["OrderSlotNotReserved", "OrderNotProvider", "OrderCommitted", "OrderTooLate", "OrderSlotPosted"];
  // The root's own form is looked at between what the slot and what the lane say.
  if (typeof step !== "string" || !early.includes(step)) checkRoot(root);
  write(call, step);
}

/** CLIENT or STEWARD: fills the slot with what its provider committed to. */
export function activate(call: Call, order: Order, slot: number, root: Hex, dataRoot: Hex): void {
  const state = load(call, order);
  const offer = book.offerToActivate(state, slot, call.block);
  if (typeof offer === "string" && offer !== "OrderRootTaken") refuse(offer);
  const commitment = state.reservations.get(slot)!.commitment!;
  requireThat(commitment.root === root && commitment.dataRoot === dataRoot, "OrderWrongCommitment");
  if (typeof offer === "string") refuse(offer);
  // The book gives escrow and collateral back before it asks the market, and takes them again if the answer is no.
  const yes = book.activateSlot(state, slot, { block: call.block, reason: "None" });
  write(call, yes);
  const { salt, terms } = order;
  const reason = fillOrder(call, { salt, terms, offer, approver: call.caller });
  if (reason === "None" || typeof yes === "string") return;
  for (const move of [...yes.moves].reverse()) apply(call, inverse(move));
  write(call, book.activateSlot(state, slot, { block: call.block, reason }));
}

/** CLIENT */
export function reject(call: Call, order: Order, slot: number): void {
  // Before the book is asked, which knows only what its own client ordered.
  requireThat(order.client === call.caller, "OrderNotClient");
  write(call, book.rejectCommitment(load(call, order), slot, call));
}

/** ANYONE: who let a slot wait pays for it. */
export function expire(call: Call, order: Order, slot: number): void {
  write(call, book.expireReservation(load(call, order), slot, call.block));
}

function takerOf({ state, caller, block }: Call): { provider: Address; block: bigint; paused: boolean } {
  return { provider: caller, block, paused: state.paused.get("market") ?? false };
}

function load({ state }: Call, order: Order): book.BookedOrder {
  const found = state.orders.get(dealKeyOf(order.client, order.salt, order.terms));
  requireThat(found !== undefined, "OrderUnknown");
  requireThat(found.order === order || orderHashOf(found.order) === orderHashOf(order), "OrderMismatch");
  return found;
}

function checkReplicas({ rules }: Call, { posted, terms, m, groups }: Order): void {
  requireThat(posted.length === 0 || posted.length === terms.slots, "OrderPostedLength");
  checkSize(m, groups, rules);
  const roots = posted.map(({ root }) => root);
  for (const [i, root] of roots.entries()) {
    if (BigInt(root) === 0n) continue;
    checkRoot(root);
    requireThat(roots.indexOf(root) === i, "OrderRootTaken");
  }
}

function write(call: Call, step: book.BookStep | book.BookRefusal): void {
  if (typeof step === "string") refuse(step);
  put(call, call.state.orders, step.state.dealKey, step.state);
  for (const move of step.moves) apply(call, move);
}

function apply(call: Call, move: book.BookMove): void {
  if (move.kind === "lock") lock(call, "orders", move.bucket, move.account, move.amount);
  else if (move.kind === "release") release(call, "orders", move.bucket, move.account, move.amount);
  else if (move.kind === "burn") burn(call, "orders", move.bucket, move.amount);
  else shift(call, "orders", move.from, move.to, move.amount);
}

/** Of a lock or a release. */
function inverse(move: book.BookMove): book.BookMove {
  if (move.kind !== "lock" && move.kind !== "release") throw new Error(`a ${move.kind} cannot be taken back`);
  return { ...move, kind: move.kind === "lock" ? "release" : "lock" };
}
