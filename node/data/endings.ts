/**
 * Ends that come before a slot's term, and its release: the pure forms of `cancel`, `drop`, `forfeit` and `release` of
 * StorageMarket (docs/design.md, section 4). Each of the first three takes a slot that was settled as far as windows are closed.
 */
import { type Address, isAddressEqual } from "viem";
import { bonusWindows, payBonus, windowsLeft } from "./changes.ts";
import {
  isProven,
  type Move,
  type ReplicaClock,
  release,
  type Shares,
  type Slot,
  splitCollateral,
} from "./settlement.ts";
import type { SlotClaim } from "./terms.ts";

/** Why the contract would refuse; the same words as its errors. */
export type Refusal =
  | "MarketSlotNotActive"
  | "MarketNothingToEnd"
  | "MarketCoolingOffOver"
  | "MarketNotSettled"
  | "MarketNothingToRelease"
  | "MarketNotClient";

export interface Ended {
  readonly slot: Slot;
  readonly moves: readonly Move[];
}

const min = (a: bigint, b: bigint) => (a < b ? a : b);

/** CLIENT: the next opening is always paid and `minWindows` in total; the fee is waived after a missed window. */
export function cancelSlot(slot: Slot, { client, terms, offer }: SlotClaim, clock: ReplicaClock): Ended | Refusal {
  const age = clock.firstWindow - clock.start;
  const end = Math.min(slot.end, Math.max(clock.opened + 1, terms.minWindows - age));
  const refusal = refuseEnd(slot, end);
  if (refusal !== undefined) return refusal;
  const rest = BigInt(slot.end - end) * offer.price;
  const waived = clock.closed + age > 0 && !isProven(clock, clock.closed - 1);
  const fee = waived ? 0n : min(BigInt(terms.cancelFeeWindows) * offer.price, rest);
  return {
    slot: { ...slot, end },
    moves: [...release("Escrows", client, rest - fee), ...release("Escrows", offer.provider, fee)],
  };
}

/** CLIENT: until `coolingOff` windows are closed, without a reason or a fee. */
export function dropSlot(slot: Slot, { client, terms, offer }: SlotClaim, clock: ReplicaClock): Ended | Refusal {
  if (slot.status !== "Active") return "MarketSlotNotActive";
  if (clock.closed + clock.firstWindow - clock.start >= terms.coolingOff) return "MarketCoolingOffOver";
  const end = Math.min(slot.end, clock.opened);
  const refusal = refuseEnd(slot, end);
  if (refusal !== undefined) return refusal;
  return { slot: { ...slot, end }, moves: release("Escrows", client, BigInt(slot.end - end) * offer.price) };
}

/** What a deployment says about the cost of hiding a loss. */
export interface ForfeitParameters {
  readonly shares: Shares;
  /** K of the circuit. */
  readonly challenges: bigint;
  /** Base units of stake burned per element and miss, times 2^64. */
  readonly beta: bigint;
}

/**
 * PROVIDER: an open window still counts; half of the remaining price is lost, within the bounds of the design. The price itself
 * waits for a refill.
 */
export function forfeitSlot(
  slot: Slot,
  { client, offer }: SlotClaim,
  clock: ReplicaClock,
  parameters: ForfeitParameters,
): Ended | Refusal {
  const end = Math.min(slot.end, clock.opened);
  const refusal = refuseEnd(slot, end);
  if (refusal !== undefined) return refusal;
  const left = slot.end - end;
  const penalty = min(forfeitPenalty(BigInt(left), offer.price, offer.m, parameters), offer.collateral);
  const split = splitCollateral(penalty, client, undefined, parameters.shares);
  return {
    slot: { ...slot, end, left, penalty, bonus: slot.bonus + split.bonus, earnedFrom: 0 },
    moves: split.moves,
  };
}

/** Base units that a forfeit of `remaining` windows costs, before the bound of the collateral. */
export function forfeitPenalty(
  remaining: bigint,
  price: bigint,
  m: number,
  { challenges, beta }: Pick<ForfeitParameters, "challenges" | "beta">,
): bigint {
  const kept = challenges - challenges / 4n;
  const burn = (beta << BigInt(m)) >> 64n;
  return min((remaining * price) / 2n, remaining * ((kept - 1n) * price + kept * burn));
}

/**
 * ANYONE once an active slot is settled to its end. CLIENT for what a failed or forfeited slot left for a refill: the bonus burns.
 * ANYONE after that, for a bonus that was earned or can be earned no more.
 * @param refiller Who refilled the slot last.
 */
export function releaseSlot(
  slot: Slot,
  { client, offer }: SlotClaim,
  clock: ReplicaClock,
  { caller, refiller }: { caller: Address; refiller: Address },
): Ended | Refusal {
  if (slot.status === "Active") {
    if (slot.settled !== slot.end) return "MarketNotSettled";
    return {
      slot: { ...slot, status: "Ended" },
      moves: release("Collateral", offer.provider, offer.collateral - slot.penalty),
    };
  }
  const left = windowsLeft(slot);
  if (left === 0 && slot.bonus === 0n) return "MarketNothingToRelease";
  if (left !== 0 && !isAddressEqual(caller, client)) return "MarketNotClient";
  const { from, end } = bonusWindows(slot, clock);
  for (let window = from; window < end; window++) {
    if (isProven(clock, window - clock.firstWindow)) return payBonus(slot, refiller);
  }
  const burned: Move[] = slot.bonus === 0n ? [] : [{ kind: "burn", bucket: "Bonds", amount: slot.bonus }];
  return {
    slot: { ...slot, status: "Ended", end: slot.settled, bonus: 0n, left: 0, earnedFrom: 0 },
    moves: [...release("Escrows", client, BigInt(left) * offer.price), ...burned],
  };
}

function refuseEnd(slot: Slot, end: number): Refusal | undefined {
  if (slot.status !== "Active") return "MarketSlotNotActive";
  return end === slot.end ? "MarketNothingToEnd" : undefined;
}
