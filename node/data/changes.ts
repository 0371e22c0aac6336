/**
 * How slots go on: the pure forms of extend, topUp, refill, handOver and claimBonus (contracts/market/DealChanges.sol and
 * Replacing.sol). All but the refill take a slot that was settled as far as windows are closed. Signatures, the provider's
 * standing and the steward's approval are checked elsewhere; what is here decides windows, misses and money.
 */
import type { Address } from "viem";
import type { Extension } from "./change-messages.ts";
import { isProven, type Move, protocolFee, type ReplicaClock, release, type Slot } from "./settlement.ts";
import { type Filling, MAX_WINDOWS, type Offer, type SlotClaim, type Terms } from "./terms.ts";

/** Why the contract would refuse; the same words as its errors. */
export type ChangeRefusal =
  | "MarketSlotNotActive"
  | "MarketSlotGivenUp"
  | "MarketSlotOver"
  | "MarketExtensionOutOfRange"
  | "MarketTopUpTooEarly"
  | "MarketNothingAdded"
  | "MarketSlotNotVacated"
  | "MarketNothingLeft"
  | "WindowOpen"
  | "MarketBonusNotEarned";

/** A slot under a new filling. */
export interface Changed {
  readonly slot: Slot;
  readonly moves: readonly Move[];
  /** What the slot is filled with from now on. */
  readonly filling: Filling;
  /** Protocol fee, burned; it is among the moves. */
  readonly fee: bigint;
}

/** CLIENT: a longer end, at a price that holds from the first unsettled window on. */
export function extendSlot(
  slot: Slot,
  { offer: old, firstWindow }: SlotClaim,
  clock: ReplicaClock,
  { extension, feeBps }: { extension: Extension; feeBps: bigint },
): Changed | ChangeRefusal {
  const refusal = refuseChange(slot);
  if (refusal !== undefined) return refusal;
  // A window that opened behind the end may not have been proven any more.
  if (clock.opened > slot.end) return "MarketSlotOver";
  const { offer, until } = extension;
  const added = until - (firstWindow + slot.end);
  const left = slot.end - slot.settled;
  if (added <= 0 || left + added > MAX_WINDOWS) return "MarketExtensionOutOfRange";
  const rise = offer.price > old.price ? BigInt(left) * (offer.price - old.price) : 0n;
  const { moves, fee } = rebalance(offer.client, {
    held: BigInt(left) * old.price,
    needed: BigInt(left + added) * offer.price,
    fresh: BigInt(added) * offer.price + rise,
    feeBps,
  });
  const missesLeft = Math.min(slot.missesLeft + Math.floor(added / 20), MAX_WINDOWS);
  return {
    slot: { ...slot, settled: 0, end: left + added, missesLeft },
    moves: [...moves, ...lock("Collateral", offer.provider, offer.collateral - old.collateral)],
    filling: { offer, firstWindow: firstWindow + slot.settled },
    fee,
  };
}

/** PROVIDER: more collateral; once a window at most. */
export function topUpSlot(slot: Slot, { offer, firstWindow }: SlotClaim, added: bigint): Changed | ChangeRefusal {
  if (added === 0n) return "MarketNothingAdded";
  const refusal = refuseChange(slot);
  if (refusal !== undefined) return refusal;
  if (slot.settled === slot.end) return "MarketNothingLeft";
  if (slot.settled === 0) return "MarketTopUpTooEarly";
  return {
    slot: { ...slot, settled: 0, end: slot.end - slot.settled },
    moves: lock("Collateral", offer.provider, added),
    filling: {
      offer: { ...offer, collateral: offer.collateral + added },
      firstWindow: firstWindow + slot.settled,
    },
    fee: 0n,
  };
}

/** Windows whose price waits in escrow for another replica of a slot that has none. */
export function windowsLeft(slot: Pick<Slot, "settled" | "end" | "left">): number {
  return slot.end - slot.settled + slot.left;
}

/** CLIENT or STEWARD: another replica for what a failed or forfeited one left. `firstWindow` is the new provider's. */
export function refillSlot(
  slot: Slot,
  { offer: old, terms }: SlotClaim,
  { offer, firstWindow, feeBps }: { offer: Offer; firstWindow: number; feeBps: bigint },
): Changed | ChangeRefusal {
  if (slot.status !== "Failed" && slot.status !== "Ended") return "MarketSlotNotVacated";
  const left = windowsLeft(slot);
  if (left === 0) return "MarketNothingLeft";
  const windows = windowsFor(terms, left);
  const { moves, fee } = reprice(old, offer, { left, windows, feeBps });
  return {
    slot: { ...replacement(terms, windows), bonus: slot.bonus, earnedFrom: earnedFrom(terms, windows) },
    moves: [...moves, ...lock("Collateral", offer.provider, offer.collateral)],
    filling: { offer, firstWindow },
    fee,
  };
}

/**
 * CLIENT or STEWARD: another provider for the same bytes. A window that is open must be proven, and is paid at once: `proven`
 * tells whether one was.
 */
export function handOverSlot(
  slot: Slot,
  { offer: old, terms }: SlotClaim,
  clock: ReplicaClock,
  { offer, firstWindow, feeBps }: { offer: Offer; firstWindow: number; feeBps: bigint },
): (Changed & { readonly proven: number }) | ChangeRefusal {
  const refusal = refuseChange(slot);
  if (refusal !== undefined) return refusal;
  const open = slot.settled < slot.end && clock.opened > clock.closed;
  if (open && !isProven(clock, slot.settled)) return "WindowOpen";
  const proven = open ? 1 : 0;
  const left = slot.end - slot.settled - proven;
  if (left === 0) return "MarketNothingLeft";
  const windows = windowsFor(terms, left);
  const { moves, fee } = reprice(old, offer, { left, windows, feeBps });
  return {
    slot: {
      ...replacement(terms, windows),
      bonus: slot.bonus,
      earnedFrom: slot.earnedFrom === 0 ? 0 : earnedFrom(terms, windows),
    },
    moves: [
      ...release("Escrows", old.provider, BigInt(proven) * old.price),
      ...moves,
      ...release("Collateral", old.provider, old.collateral),
      ...lock("Collateral", offer.provider, offer.collateral),
    ],
    filling: { offer, firstWindow },
    fee,
    proven,
  };
}

/** ANYONE: the bonus for who refilled the slot, shown by a `window` (of the provider's own) that earned it. */
export function claimSlotBonus(
  slot: Slot,
  clock: ReplicaClock,
  { window, refiller }: { window: number; refiller: Address },
): { readonly slot: Slot; readonly moves: readonly Move[] } | ChangeRefusal {
  const { from, end } = bonusWindows(slot, clock);
  if (window < from || window >= end || !isProven(clock, window - clock.firstWindow)) return "MarketBonusNotEarned";
  return payBonus(slot, refiller);
}

/** Settled windows of the provider's own, one of which must be proven for the bonus; none while nobody can earn it. */
export function bonusWindows(slot: Slot, clock: ReplicaClock): { from: number; end: number } {
  if (slot.earnedFrom === 0) return { from: 0, end: 0 };
  return { from: clock.start + slot.earnedFrom - 1, end: clock.firstWindow + slot.settled };
}

/** The bonus reaches who refilled the slot. */
export function payBonus(slot: Slot, refiller: Address) {
  return { slot: { ...slot, bonus: 0n, earnedFrom: 0 }, moves: release("Bonds", refiller, slot.bonus) };
}

/**
 * How many of the windows that an old replica left its successor takes: its provider has agreed to no more than the deal's own
 * length. What an extension added beyond goes back to the client.
 */
export function windowsFor({ windows }: Pick<Terms, "windows">, left: number): number {
  return Math.min(left, windows);
}

/** Misses that a replica survives which takes the place of another for `left` windows. */
export function missesFor({ maxMisses, windows }: Pick<Terms, "maxMisses" | "windows">, left: number): number {
  return Math.max(3 + Math.floor(left / 20), Math.floor((maxMisses * left) / windows));
}

/** From which window on, counted from 1, a proven one earns its refiller the bonus: behind the cooling-off, or the last. */
export function earnedFrom({ coolingOff }: Pick<Terms, "coolingOff">, left: number): number {
  return Math.min(coolingOff + 1, left);
}

function refuseChange(slot: Slot): ChangeRefusal | undefined {
  if (slot.status !== "Active") return "MarketSlotNotActive";
  return slot.left === 0 ? undefined : "MarketSlotGivenUp";
}

function replacement(terms: Terms, end: number): Slot {
  const missesLeft = missesFor(terms, end);
  return { status: "Active", settled: 0, missesLeft, end, penalty: 0n, bonus: 0n, left: 0, earnedFrom: 0 };
}

function reprice(
  old: Offer,
  offer: Offer,
  { left, windows, feeBps }: { left: number; windows: number; feeBps: bigint },
) {
  const fresh = offer.price > old.price ? BigInt(windows) * (offer.price - old.price) : 0n;
  const change = { held: BigInt(left) * old.price, needed: BigInt(windows) * offer.price, fresh, feeBps };
  return rebalance(old.client, change);
}

/** What `client` pays to bring the escrow of a slot from `held` to `needed`, with the fee on `fresh`; negative if it gets back. */
export function paymentOf({ held, needed, fresh, feeBps }: Rebalance): { payment: bigint; fee: bigint } {
  const fee = protocolFee(fresh, feeBps);
  return { payment: needed + fee - held, fee };
}

export interface Rebalance {
  readonly held: bigint;
  readonly needed: bigint;
  /** Price of windows whose fee was not burned before, or not at this height. */
  readonly fresh: bigint;
  readonly feeBps: bigint;
}

function rebalance(client: Address, change: Rebalance): { moves: Move[]; fee: bigint } {
  const { payment, fee } = paymentOf(change);
  const moved = payment > 0n ? lock("Escrows", client, payment) : release("Escrows", client, -payment);
  const burned: Move[] = fee === 0n ? [] : [{ kind: "burn", bucket: "Escrows", amount: fee }];
  return { moves: [...moved, ...burned], fee };
}

function lock(bucket: "Escrows" | "Collateral", account: Address, amount: bigint): Move[] {
  return amount === 0n ? [] : [{ kind: "lock", bucket, account, amount }];
}
