// One proving lane: its windows at a block, what its bitmap says, what a miss of it burns.

import type { Address } from "viem";
import { countsOf, type Pin, weightOf } from "../../data/bag.ts";
import { closedWindows, nextOpening } from "../../data/windows.ts";
import { holds, RuleBroken, same } from "./difference.ts";
import { burnOf, type Rules } from "./rules.ts";
import type { Scope } from "./scope.ts";
import type { Lane } from "./state.ts";

/** `drawn`: the first window whose opening is still to come; `closed`: the first that is not closed. */
export function windowsAt(rules: Rules, provider: Address, block: bigint): { drawn: number; closed: number } {
  return {
    drawn: nextOpening(rules.schedule, provider, block),
    closed: closedWindows(rules.schedule, provider, block),
  };
}

export function isSet(lane: Lane, window: number): boolean {
  return ((wordOf(lane, Math.floor(window / 256)) >> BigInt(window % 256)) & 1n) === 1n;
}

export function wordOf(lane: Lane, index: number): bigint {
  return lane.proven.get(index) ?? 0n;
}

/** The replica that the last quarter of a window's draws falls on; none if it left the bag before the opening. */
export function pinnedFor(lane: Lane, window: number): Pin | undefined {
  const pinned = lane.pins.get(window % 2);
  const record = pinned?.window === window ? lane.records.get(pinned.root) : undefined;
  return record === undefined || record.status === "removed" ? undefined : { m: record.m, root: pinned!.root };
}

/** Whether an open window that is not proven draws from the bag, which then keeps what it has. */
export function drawsFromBag(lane: Lane, { drawn, closed }: { drawn: number; closed: number }): boolean {
  return drawn !== closed && lane.accounted !== drawn && !isSet(lane, closed);
}

/** Windows below `end` that nobody burned for: all proven, or the chain let a miss go. Throws RuleBroken for a miss. */
export function passProven(lane: Lane, provider: Address, end: number): void {
  if (countsOf(lane.bag) !== 0n) {
    for (let window = lane.accounted; window < end; window++) {
      if (isSet(lane, window)) continue;
      throw new RuleBroken(`miss of window ${window} of ${provider}`, "burned", "passed over");
    }
  }
  lane.accounted = Math.max(lane.accounted, end);
}

/** Whether every closed window is accounted for or has nothing to account for. */
export function isAccounted(rules: Rules, lane: Lane, provider: Address, block: bigint): boolean {
  const { closed } = windowsAt(rules, provider, block);
  if (countsOf(lane.bag) === 0n) return true;
  for (let window = lane.accounted; window < closed; window++) if (!isSet(lane, window)) return false;
  return true;
}

/** What the misses among [from, end) burn, and how many they are. */
export function missesOf(rules: Rules, lane: Lane, from: number, end: number): { missed: number; amount: bigint } {
  let missed = 0;
  for (let window = from; window < end; window++) if (!isSet(lane, window)) missed++;
  const perMiss = burnOf(rules, weightOf(countsOf(lane.bag)), 1n);
  const { snapshotEnd } = lane;
  const differs = snapshotEnd > from && snapshotEnd <= end && !isSet(lane, snapshotEnd - 1);
  const correction = differs ? burnOf(rules, weightOf(lane.snapshot), 1n) - perMiss : 0n;
  return { missed, amount: BigInt(missed) * perMiss + correction };
}

/** Takes the slash that an event of another contract explains out of the scope, and checks what was taken and given. */
export function explainSlash(
  scope: Scope,
  { provider, asked, shareBps, taken }: { provider: Address; asked: bigint; shareBps: bigint; taken: bigint },
): Address {
  const index = scope.slashes.findIndex((slash) => slash.provider === provider);
  holds(index >= 0, `slash of ${provider} in the same transaction`, "one", "none");
  const [slash] = scope.slashes.splice(index, 1);
  const { stakeBefore, reward, beneficiary } = slash!;
  same(`stake taken from ${provider}`, asked < stakeBefore ? asked : stakeBefore, slash!.taken);
  same(`stake told to be taken from ${provider}`, slash!.taken, taken);
  const share = /^0x0+$/.test(beneficiary) ? 0n : (slash!.taken * shareBps) / 10_000n;
  same(`reward out of the stake of ${provider}`, share, reward);
  return beneficiary;
}
