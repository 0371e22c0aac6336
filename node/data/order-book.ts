/**
 * An order's life: the pure forms of the calls of OrderBook (docs/design.md, section 4), which the node, auditors and tests
 * share. A transition returns the next state and the moves in the vault, or the name of the error that the contract throws.
 */
import type { Address, Hex } from "viem";
import { isPosted, type Order, orderCollateralOf, orderOffer, orderPriceAt, slotEscrowOf } from "./order.ts";
import { type Move, release } from "./settlement.ts";
import type { Offer, SkipReason } from "./terms.ts";

/** A slot that one provider keeps from the others. */
export interface Reservation {
  readonly provider: Address;
  /** Block that fixes the price. */
  readonly since: bigint;
  /** Last block for the next step: the provider's, or the client's once there is a commitment. */
  readonly until: bigint;
  readonly commitment?: { readonly root: Hex; readonly dataRoot: Hex };
}

/** What the book knows of one order. */
export interface BookedOrder {
  /** As it was kept: resolved. */
  readonly order: Order;
  readonly dealKey: Hex;
  readonly feeBps: bigint;
  /** Slots that are filled or refunded. */
  readonly done: ReadonlySet<number>;
  readonly ended: boolean;
  readonly reservations: ReadonlyMap<number, Reservation>;
  /** Providers that have a slot of the order, or have reserved one. */
  readonly engaged: ReadonlySet<Address>;
  readonly filledRoots: ReadonlySet<Hex>;
}

/** A move by the book; `lock` takes from an account what `release` gives back. */
export type BookMove =
  | Move
  | { readonly kind: "lock"; readonly bucket: Bucket; readonly account: Address; amount: bigint };
type Bucket = "Escrows" | "Collateral" | "Bonds";

export interface BookStep {
  readonly state: BookedOrder;
  readonly moves: readonly BookMove[];
}

/** Why the contract would refuse; the same words as its errors. */
export type BookRefusal =
  | "OrderNotClient"
  | "OrderNotOver"
  | "OrderNothingToClose"
  | "OrderSlotOutside"
  | "OrderSlotDone"
  | "OrderSlotReserved"
  | "OrderSlotNotReserved"
  | "OrderSlotNotPosted"
  | "OrderSlotPosted"
  | "OrderNotTakeable"
  | "OrderMarketPaused"
  | "OrderProviderEngaged"
  | "OrderProviderUnfit"
  | "OrderNotProvider"
  | "OrderNotCommitted"
  | "OrderCommitted"
  | "OrderRootTaken"
  | "OrderTooLate"
  | "OrderTooEarly";

/** CLIENT: an order that `resolveOrder` accepted. */
export function bookOrder(order: Order, dealKey: Hex, feeBps: bigint): BookStep {
  const state: BookedOrder = {
    ...{ order, dealKey, feeBps, done: new Set<number>(), ended: false, reservations: new Map() },
    ...{ engaged: new Set<Address>(), filledRoots: new Set<Hex>() },
  };
  const slots = slotsOf(order);
  return {
    state,
    moves: [
      ...lock("Escrows", order.client, BigInt(slots.length) * slotEscrowOf(order, feeBps)),
      ...lock("Bonds", order.client, bondsOf(order, slots)),
    ],
  };
}

/** Whether any slot may still be filled by the book. */
export function isOpen({ order, done }: BookedOrder): boolean {
  return done.size < order.terms.slots;
}

/** CLIENT, or anyone after the deadline: refunds those of `slots` that are free. */
export function closeSlots(
  state: BookedOrder,
  slots: readonly number[],
  { caller, block }: { readonly caller: Address; readonly block: bigint },
): BookStep | BookRefusal {
  const { order, feeBps } = state;
  const ends = caller === order.client && !state.ended;
  if (caller !== order.client && !state.ended && block <= BigInt(order.deadline)) return "OrderNotOver";
  if (slots.some((slot) => slot >= order.terms.slots)) return "OrderSlotOutside";
  const closed = [...new Set(slots)].filter((slot) => !state.done.has(slot) && !state.reservations.has(slot));
  if (!ends && closed.length === 0) return "OrderNothingToClose";
  return {
    state: { ...state, ended: state.ended || ends, done: new Set([...state.done, ...closed]) },
    moves: [
      ...release("Escrows", order.client, BigInt(closed.length) * slotEscrowOf(order, feeBps)),
      ...release("Bonds", order.client, bondsOf(order, closed)),
    ],
  };
}

/** PROVIDER: keeps a slot for the order's deposit. `fit` is what the registry says of its stake. */
export function reserveSlot(
  state: BookedOrder,
  slot: number,
  { provider, block, paused, fit }: { provider: Address; block: bigint; paused: boolean; fit: boolean },
): BookStep | BookRefusal {
  if (!fit) return "OrderProviderUnfit";
  const refusal = refuseTaker(state, slot, provider, block, paused);
  if (refusal !== undefined) return refusal;
  const { order } = state;
  const reservation = { provider, since: block, until: block + BigInt(order.reserveBlocks) };
  return {
    state: { ...withReservation(state, slot, reservation), engaged: new Set([...state.engaged, provider]) },
    moves: lock("Bonds", provider, order.deposit),
  };
}

/**
 * PROVIDER: what `take` would fill the slot with, and the step if the market takes it. The market's own moves come after.
 */
export function takeSlot(
  state: BookedOrder,
  slot: number,
  { provider, block, paused }: { provider: Address; block: bigint; paused: boolean },
): (BookStep & { readonly offer: Offer }) | BookRefusal {
  const { order, dealKey } = state;
  const kept = state.reservations.get(slot);
  const reserved = kept?.provider === provider;
  if (reserved) {
    if (block > kept.until) return "OrderTooLate";
  } else {
    const refusal = refuseTaker(state, slot, provider, block, paused);
    if (refusal !== undefined) return refusal;
  }
  if (!isPosted(order, slot)) return "OrderSlotNotPosted";
  const since = reserved ? kept.since : block;
  const offer = orderOffer(order, dealKey, slot, { provider, since }, order.posted[slot]!);
  return {
    state: { ...finished(withoutReservation(state, slot), slot), engaged: new Set([...state.engaged, provider]) },
    moves: [...(reserved ? release("Bonds", provider, order.deposit) : []), ...escrowBack(state)],
    offer,
  };
}

/** PROVIDER: says which replica it sealed. `known` is whether its lane has the root already. */
export function commitReplica(
  state: BookedOrder,
  slot: number,
  replica: { readonly root: Hex; readonly dataRoot: Hex },
  { provider, block, known }: { provider: Address; block: bigint; known: boolean },
): BookStep | BookRefusal {
  const { order } = state;
  const kept = state.reservations.get(slot);
  if (kept === undefined) return "OrderSlotNotReserved";
  if (kept.provider !== provider) return "OrderNotProvider";
  if (kept.commitment !== undefined) return "OrderCommitted";
  if (block > kept.until) return "OrderTooLate";
  if (isPosted(order, slot)) return "OrderSlotPosted";
  if (order.posted.some(({ root }) => root === replica.root)) return "OrderRootTaken";
  if (known) return "OrderProviderUnfit";
  const { root, dataRoot } = replica;
  const committed = { ...kept, until: block + BigInt(order.approveBlocks), commitment: { root, dataRoot } };
  return {
    state: withReservation(state, slot, committed),
    moves: lock("Collateral", provider, orderCollateralOf(order, orderPriceAt(order, kept.since))),
  };
}

/** What `activate` would fill the slot with; the market's answer to it decides the step. */
export function offerToActivate(state: BookedOrder, slot: number, block: bigint): Offer | BookRefusal {
  const kept = committed(state, slot);
  if (typeof kept === "string") return kept;
  if (block > kept.until) return "OrderTooLate";
  if (state.filledRoots.has(kept.commitment.root)) return "OrderRootTaken";
  return orderOffer(state.order, state.dealKey, slot, kept, kept.commitment);
}

/**
 * CLIENT or steward: the step of `activate`, given what the market answered. The book frees escrow and collateral before it asks
 * the market, and takes the escrow back when the answer is no.
 */
export function activateSlot(
  state: BookedOrder,
  slot: number,
  { block, reason }: { readonly block: bigint; readonly reason: SkipReason },
): BookStep | BookRefusal {
  const offer = offerToActivate(state, slot, block);
  if (typeof offer === "string") return offer;
  if (reason === "LaneBehind") return "OrderProviderUnfit";
  const { order } = state;
  const freed = release("Collateral", offer.provider, offer.collateral);
  if (reason !== "None") {
    return { state: withoutProvider(state, slot), moves: [...freed, ...burn("Bonds", order.deposit)] };
  }
  return {
    state: {
      ...finished(withoutReservation(state, slot), slot),
      filledRoots: new Set([...state.filledRoots, offer.root]),
    },
    moves: [
      ...freed,
      ...escrowBack(state),
      ...release("Bonds", offer.provider, order.deposit),
      ...release("Bonds", order.client, order.deposit),
    ],
  };
}

/** CLIENT: refuses a commitment; deposit and bond burn. */
export function rejectCommitment(
  state: BookedOrder,
  slot: number,
  { caller, block }: { readonly caller: Address; readonly block: bigint },
): BookStep | BookRefusal {
  const { order } = state;
  if (caller !== order.client) return "OrderNotClient";
  const kept = committed(state, slot);
  if (typeof kept === "string") return kept;
  if (block > kept.until) return "OrderTooLate";
  const reopened = !state.ended && block <= BigInt(order.deadline);
  const next = withoutProvider(state, slot);
  return {
    state: reopened ? next : finished(next, slot),
    moves: [
      ...collateralBack(state, kept),
      ...burn("Bonds", 2n * order.deposit),
      ...(reopened ? lock("Bonds", order.client, order.deposit) : escrowBack(state)),
    ],
  };
}

/** ANYONE: ends a reservation whose time has passed. */
export function expireReservation(state: BookedOrder, slot: number, block: bigint): BookStep | BookRefusal {
  const { order } = state;
  const kept = state.reservations.get(slot);
  if (kept === undefined) return "OrderSlotNotReserved";
  if (block <= kept.until) return "OrderTooEarly";
  const next = withoutProvider(state, slot);
  if (kept.commitment === undefined) return { state: next, moves: burn("Bonds", order.deposit) };
  return {
    state: finished(next, slot),
    moves: [
      ...collateralBack(state, kept),
      ...release("Bonds", kept.provider, 2n * order.deposit),
      ...escrowBack(state),
    ],
  };
}

function refuseTaker(
  state: BookedOrder,
  slot: number,
  provider: Address,
  block: bigint,
  paused: boolean,
): BookRefusal | undefined {
  const { order } = state;
  if (slot >= order.terms.slots) return "OrderSlotOutside";
  if (state.done.has(slot)) return "OrderSlotDone";
  if (state.reservations.has(slot)) return "OrderSlotReserved";
  if (state.ended || block < BigInt(order.start) || block > BigInt(order.deadline)) return "OrderNotTakeable";
  if (paused) return "OrderMarketPaused";
  return state.engaged.has(provider) ? "OrderProviderEngaged" : undefined;
}

function committed(state: BookedOrder, slot: number): Required<Reservation> | BookRefusal {
  const kept = state.reservations.get(slot);
  if (kept === undefined) return "OrderSlotNotReserved";
  const { commitment } = kept;
  return commitment === undefined ? "OrderNotCommitted" : { ...kept, commitment };
}

const slotsOf = ({ terms }: Order) => Array.from({ length: terms.slots }, (_, slot) => slot);

/** A slot whose replica is not posted has a bond of the size of the deposit. */
function bondsOf(order: Order, slots: readonly number[]): bigint {
  return BigInt(slots.filter((slot) => !isPosted(order, slot)).length) * order.deposit;
}

const escrowBack = ({ order, feeBps }: BookedOrder) => release("Escrows", order.client, slotEscrowOf(order, feeBps));

function collateralBack({ order }: BookedOrder, { provider, since }: Reservation): BookMove[] {
  return release("Collateral", provider, orderCollateralOf(order, orderPriceAt(order, since)));
}

function lock(bucket: Bucket, account: Address, amount: bigint): BookMove[] {
  return amount === 0n ? [] : [{ kind: "lock", bucket, account, amount }];
}

function burn(bucket: Bucket, amount: bigint): BookMove[] {
  return amount === 0n ? [] : [{ kind: "burn", bucket, amount }];
}

function withReservation(state: BookedOrder, slot: number, reservation: Reservation): BookedOrder {
  return { ...state, reservations: new Map([...state.reservations, [slot, reservation]]) };
}

function withoutReservation(state: BookedOrder, slot: number): BookedOrder {
  return { ...state, reservations: new Map([...state.reservations].filter(([other]) => other !== slot)) };
}

/** The slot is nobody's again. */
function withoutProvider(state: BookedOrder, slot: number): BookedOrder {
  const provider = state.reservations.get(slot)?.provider;
  const engaged = new Set([...state.engaged].filter((other) => other !== provider));
  return { ...withoutReservation(state, slot), engaged };
}

const finished = (state: BookedOrder, slot: number): BookedOrder => ({
  ...state,
  done: new Set([...state.done, slot]),
});
