/**
 * What a slot is paid, window by window: the pure form of `StorageMarket.settle` (docs/design.md, section 4), which the node,
 * auditors and tests share. A transition returns the next slot and the moves in the vault; it changes nothing itself.
 */
import type { Address } from "viem";
import type { SlotClaim, Terms } from "./terms.ts";

/** In the order of the Solidity enum. */
export const slotStatuses = ["Vacant", "Active", "Ended", "Failed"] as const;
export type SlotStatus = (typeof slotStatuses)[number];

/** One slot as the chain has it. Windows are counted from the replica's first. */
export interface Slot {
  readonly status: SlotStatus;
  readonly settled: number;
  /** Misses that the replica still survives. */
  readonly missesLeft: number;
  readonly end: number;
  /** Already taken out of the collateral by a forfeit. */
  readonly penalty: bigint;
  /** Waits in bonds for who refills the slot. */
  readonly bonus: bigint;
  /** Windows given up by a forfeit whose price waits in escrow. */
  readonly left: number;
  /** From which window of the replica on, counted from 1, a proven one earns its refiller the bonus; 0 while it is nobody's. */
  readonly earnedFrom: number;
}

export type MarketBucket = "Escrows" | "Collateral" | "Bonds";

/** A move of base units in the vault, by the market. Moves of nothing are left out. */
export type Move =
  | { readonly kind: "release"; readonly bucket: MarketBucket; readonly account: Address; readonly amount: bigint }
  | { readonly kind: "lock"; readonly bucket: MarketBucket; readonly account: Address; readonly amount: bigint }
  | { readonly kind: "shift"; readonly from: MarketBucket; readonly to: MarketBucket; readonly amount: bigint }
  | { readonly kind: "burn"; readonly bucket: MarketBucket; readonly amount: bigint };

/** Of lost collateral, in basis points; the rest is burned. */
export interface Shares {
  readonly client: bigint;
  readonly repairer: bigint;
  readonly caller: bigint;
}

/** What the chain says about a replica at some block. */
export interface ReplicaClock {
  /** The provider's window that is the replica's first in its lane. */
  readonly start: number;
  /** The provider's window from which the slot is counted: later than `start` after an extension or a top-up. */
  readonly firstWindow: number;
  /** Windows from `firstWindow` on that are closed, those after the slot's end included. */
  readonly closed: number;
  /** Windows from `firstWindow` on whose opening has come, an open one included. */
  readonly opened: number;
  /** The provider's bitmap: proven bits of its windows 256 * index .. 256 * index + 255, lowest first. */
  readonly provenWord: (index: number) => bigint;
}

export interface Settled {
  readonly slot: Slot;
  readonly moves: readonly Move[];
  /** Windows settled by this step. */
  readonly proven: number;
  readonly missed: number;
}

const WHOLE = 10_000n;

/** A slot right after an offer filled it. */
export function filledSlot({ windows, maxMisses }: Pick<Terms, "windows" | "maxMisses">): Slot {
  const nothing = { penalty: 0n, bonus: 0n, left: 0, earnedFrom: 0 };
  return { status: "Active", settled: 0, missesLeft: maxMisses, end: windows, ...nothing };
}

/** Whether the provider proved the window `index`, counted from `firstWindow`. */
export function isProven({ firstWindow, provenWord }: ReplicaClock, index: number): boolean {
  const window = firstWindow + index;
  return ((provenWord(Math.floor(window / 256)) >> BigInt(window % 256)) & 1n) === 1n;
}

/**
 * Settles up to `maxWindows` closed windows of an active slot. The failing window is the one with miss number
 * `maxMisses + 1`; nothing after it is settled, so that cutting a run in two changes nothing.
 * @param caller Earns the caller's share if this step finds the failure.
 */
export function settleSlot(
  slot: Slot,
  claim: SlotClaim,
  clock: ReplicaClock,
  { maxWindows, caller, shares }: { maxWindows: number; caller: Address; shares: Shares },
): Settled {
  const { price, provider } = claim.offer;
  const last = Math.min(clock.closed, slot.end, slot.settled + maxWindows);
  let { settled } = slot;
  let missed = 0;
  while (settled < last && missed <= slot.missesLeft) {
    if (!isProven(clock, settled)) missed++;
    settled++;
  }
  const proven = settled - slot.settled - missed;
  const moves = [
    ...release("Escrows", provider, BigInt(proven) * price),
    ...release("Escrows", claim.client, BigInt(missed) * price),
  ];
  const next: Slot = { ...slot, settled, missesLeft: Math.max(slot.missesLeft - missed, 0) };
  if (missed <= slot.missesLeft) return { slot: next, moves, proven, missed };

  const lost = claim.offer.collateral - slot.penalty;
  const split = splitCollateral(lost, claim.client, caller, shares);
  return {
    slot: { ...next, status: "Failed", bonus: slot.bonus + split.bonus, earnedFrom: 0 },
    moves: [...moves, ...split.moves],
    proven,
    missed,
  };
}

/** Divides lost collateral; the burn takes the rounding. Without a caller its share is burned too. */
export function splitCollateral(lost: bigint, client: Address, caller: Address | undefined, shares: Shares) {
  const toClient = (lost * shares.client) / WHOLE;
  const bonus = (lost * shares.repairer) / WHOLE;
  const toCaller = caller === undefined ? 0n : (lost * shares.caller) / WHOLE;
  const burned = lost - toClient - bonus - toCaller;
  const moves: Move[] = [
    ...release("Collateral", client, toClient),
    ...(bonus === 0n ? [] : [{ kind: "shift", from: "Collateral", to: "Bonds", amount: bonus } as const]),
    ...(caller === undefined ? [] : release("Collateral", caller, toCaller)),
    ...(burned === 0n ? [] : [{ kind: "burn", bucket: "Collateral", amount: burned } as const]),
  ];
  return { toClient, bonus, toCaller, burned, moves };
}

/** The protocol fee on an escrow, rounded up: it is burned. */
export function protocolFee(escrow: bigint, protocolFeeBps: bigint): bigint {
  return (escrow * protocolFeeBps + WHOLE - 1n) / WHOLE;
}

/** One release, or none if there is nothing to move. */
export function release(bucket: MarketBucket, account: Address, amount: bigint): Move[] {
  return amount === 0n ? [] : [{ kind: "release", bucket, account, amount }];
}

/** A slot's state as viem returns it from `slotOf` and `reserveOf`. */
export function slotFromChain(
  state: { settled: number; missesLeft: number; end: number; generation: number; status: number },
  { penalty, bonus, left, earnedFrom }: { penalty: bigint; bonus: bigint; left: number; earnedFrom: number },
): Slot {
  const { settled, missesLeft, end } = state;
  return { status: slotStatuses[state.status]!, settled, missesLeft, end, penalty, bonus, left, earnedFrom };
}
