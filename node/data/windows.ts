/**
 * The rhythm of a lane (docs/design.md section 4), as contracts/libraries/Windows.sol has it. Blocks are bigints,
 * windows numbers counted from zero; a proof is valid for opening < block <= close, and a window is closed when block > close.
 */
import { type Address, encodeAbiParameters, keccak256 } from "viem";

/** What a deployment fixes, in blocks. */
export type WindowSchedule = { readonly genesis: bigint; readonly period: bigint; readonly windowLength: bigint };

const PHASE = [{ type: "string" }, { type: "address" }] as const;

/** Blocks by which the provider's first opening comes after genesis: spreads the lanes over the period. */
export function phaseOf(provider: Address, period: bigint): bigint {
  return BigInt(keccak256(encodeAbiParameters(PHASE, ["holdfast/phase/v1", provider]))) % period;
}

/** The block whose randomness draws the window's challenges. */
export function openingOf(schedule: WindowSchedule, provider: Address, window: number): bigint {
  return schedule.genesis + phaseOf(provider, schedule.period) + BigInt(window) * schedule.period;
}

/** The last block in which the window's proof is taken. */
export function closeOf(schedule: WindowSchedule, provider: Address, window: number): bigint {
  return openingOf(schedule, provider, window) + schedule.windowLength;
}

/** Smallest window whose opening is later than the block. */
export function nextOpening(schedule: WindowSchedule, provider: Address, block: bigint): number {
  const first = openingOf(schedule, provider, 0);
  return block < first ? 0 : Number((block - first) / schedule.period) + 1;
}

/** How many windows are closed at the block, which is the first window that is not. */
export function closedWindows(schedule: WindowSchedule, provider: Address, block: bigint): number {
  const firstClose = closeOf(schedule, provider, 0);
  return block <= firstClose ? 0 : Number((block - firstClose - 1n) / schedule.period) + 1;
}

/** The window that takes a proof at the block, or undefined in the gap and in the block of the opening itself. */
export function openWindow(schedule: WindowSchedule, provider: Address, block: bigint): number | undefined {
  const window = closedWindows(schedule, provider, block);
  return block > openingOf(schedule, provider, window) ? window : undefined;
}
