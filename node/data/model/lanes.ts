/** A lane of the model: the bag of one provider, in places without gaps, and when its windows open and close (Lanes.sol). */
import type { Address, Hex } from "viem";
import { countOf, weightOf } from "../bag.ts";
import { MIN_CLASS } from "../layout.ts";
import type { Filling } from "../terms.ts";
import { closedWindows, nextOpening } from "../windows.ts";
import { type Call, put, requireThat } from "./call.ts";
import type { Rules } from "./rules.ts";
import { EMPTY_LANE, type Lane, providerOf, type ReplicaRecord, type State } from "./state.ts";

/** Below so many misses of the whole bag a lane is suspended. */
const SUSPENSION_MISSES = 4n;
const COUNT_BITS = 17n;

export function laneOf({ lanes }: State, provider: Address): Lane {
  return lanes.get(provider) ?? EMPTY_LANE;
}

export function recordOf({ records }: State, provider: Address, root: Hex): ReplicaRecord | undefined {
  return records.get(`${provider}/${root}`);
}

export function weightAt(counts: bigint): bigint {
  return counts === 0n ? 0n : weightOf(counts);
}

/** ceil(misses * beta * W / 2^64): what that many missed windows of W elements burn. */
export function burnOf({ beta }: Rules, weight: bigint, misses: bigint): bigint {
  return (misses * beta * weight + 2n ** 64n - 1n) >> 64n;
}

/** `drawn`: first window whose opening is still to come. `closed`: first that is not closed; one less while a window lasts. */
export function windowsOf({ rules, block }: Pick<Call, "rules" | "block">, provider: Address) {
  return { drawn: nextOpening(rules, provider, block), closed: closedWindows(rules, provider, block) };
}

export function isProven({ proven }: State, provider: Address, window: number): boolean {
  return (((proven.get(`${provider}/${window >> 8}`) ?? 0n) >> BigInt(window & 255)) & 1n) === 1n;
}

/** Whether an unproven window draws from the bag now. */
export function drawsFromBag(call: Call, provider: Address): boolean {
  const { drawn, closed } = windowsOf(call, provider);
  return (
    drawn !== closed && laneOf(call.state, provider).accounted !== drawn && !isProven(call.state, provider, closed)
  );
}

export function isAccounted(call: Call, provider: Address): boolean {
  const { accounted, counts } = laneOf(call.state, provider);
  return accounted >= windowsOf(call, provider).closed || counts === 0n;
}

export function changeLane(call: Call, provider: Address, fields: Partial<Lane>): void {
  put(call, call.state.lanes, provider, { ...laneOf(call.state, provider), ...fields });
}

/** Suspends a lane whose stake is below four misses of its bag, and lifts that once it is not. */
export function judge(call: Call, provider: Address): void {
  const { counts, suspended } = laneOf(call.state, provider);
  const low = providerOf(call.state, provider).stake < burnOf(call.rules, weightAt(counts), SUSPENSION_MISSES);
  if (low !== suspended) changeLane(call, provider, { suspended: low });
}

/** Puts a replica behind the last one of its class. */
export function insert(call: Call, filling: Filling): void {
  const { firstWindow } = filling;
  const { provider, m, root } = filling.offer;
  const { counts } = laneOf(call.state, provider);
  const index = Number(countOf(counts, m));
  put(call, call.state.places, `${provider}/${m}/${index}`, root);
  put(call, call.state.records, `${provider}/${root}`, { filling, m, index, firstWindow, status: "Active" });
  changeLane(call, provider, { counts: counts + oneOf(m) });
}

/** Takes a replica out; the last one of its class moves to its place, and the record stays for good. */
export function remove(call: Call, provider: Address, root: Hex): void {
  const { records, places } = call.state;
  const record = recordOf(call.state, provider, root);
  requireThat(record !== undefined, "ReplicaNotActive");
  const { counts } = laneOf(call.state, provider);
  const { m, index } = record;
  const last = Number(countOf(counts, m)) - 1;
  const moved = places.get(`${provider}/${m}/${last}`)!;
  put(call, places, `${provider}/${m}/${index}`, moved);
  put(call, places, `${provider}/${m}/${last}`, `0x${"0".repeat(64)}`);
  put(call, records, `${provider}/${moved}`, { ...recordOf(call.state, provider, moved)!, index });
  put(call, records, `${provider}/${root}`, { ...record, status: "Removed" });
  changeLane(call, provider, { counts: counts - oneOf(m) });
}

function oneOf(m: number): bigint {
  return 1n << (BigInt(m - MIN_CLASS) * COUNT_BITS);
}
