/** Proofs and bags of the model: additions, removals, proofs and the burning of stake for misses (SpacetimeProofs.sol). */
import type { Address, Hex } from "viem";
import { countOf, MAX_COUNT } from "../bag.ts";
import type { Filling, Offer } from "../terms.ts";
import { closeOf, openingOf } from "../windows.ts";
import { type Call, put, requireThat } from "./call.ts";
import {
  burnOf,
  changeLane,
  drawsFromBag,
  insert,
  isProven,
  judge,
  laneOf,
  recordOf,
  remove,
  weightAt,
  windowsOf,
} from "./lanes.ts";
import { isRoot } from "./opening-checks.ts";
import { ADMISSION_MISSES, slash } from "./registry.ts";
import type { Rules } from "./rules.ts";
import { providerOf } from "./state.ts";

/** Words of the bitmap that a change of the bag reads at most. */
const CATCH_UP_WORDS = 4;

/** Why a replica was not put into a bag, or its first window; words of the Solidity enum. */
export type Addition =
  | "InsufficientStake"
  | "Suspended"
  | "LaneFull"
  | "LaneBehind"
  | "RootTaken"
  | { readonly firstWindow: number };

/** MARKET: it counts from the next opening on. */
export function add(call: Call, offer: Offer): Addition {
  const { provider, m, root } = offer;
  const { rules, state } = call;
  requireThat(isRoot(root), "ReplicaInvalidRoot");
  if (recordOf(state, provider, root) !== undefined) return "RootTaken";
  const { counts } = laneOf(state, provider);
  const weight = weightAt(counts) + (1n << BigInt(m));
  if (countOf(counts, m) === MAX_COUNT || weight > rules.maxWeight) return "LaneFull";

  const { drawn, closed } = windowsOf(call, provider);
  if (!catchUp(call, provider, closed, undefined)) return "LaneBehind";
  if (laneOf(state, provider).suspended) return "Suspended";
  const { stake } = providerOf(state, provider);
  if (stake < rules.minimumStake || stake < burnOf(rules, weight, ADMISSION_MISSES)) return "InsufficientStake";

  if (counts === 0n) changeLane(call, provider, { accounted: drawn });
  else if (drawsFromBag(call, provider) && laneOf(state, provider).snapshotEnd !== drawn) {
    changeLane(call, provider, { snapshotEnd: drawn, snapshot: counts });
  }
  insert(call, { offer, firstWindow: drawn });
  return { firstWindow: drawn };
}

/** MARKET: the replica is paid for another filling from now on, or for none. */
export function tag(call: Call, { provider, root }: Offer, filling: Filling | undefined): void {
  const record = recordOf(call.state, provider, root)!;
  put(call, call.state.records, `${provider}/${root}`, { ...record, filling });
}

/** MARKET: the replica's deal is over; it leaves the bag now, or by a sweep. */
export function retire(call: Call, provider: Address, root: Hex): void {
  const record = recordOf(call.state, provider, root);
  requireThat(record?.status === "Active", "ReplicaNotActive");
  put(call, call.state.records, `${provider}/${root}`, { ...record, status: "Retired" });
  const { closed } = windowsOf(call, provider);
  if (drawsFromBag(call, provider) || !catchUp(call, provider, closed, undefined)) return;
  remove(call, provider, root);
  judge(call, provider);
}

/** ANYONE: removes those of the roots that are retired. */
export function sweep(call: Call, provider: Address, roots: readonly Hex[]): void {
  requireThat(!drawsFromBag(call, provider), "WindowOpen");
  requireThat(catchUp(call, provider, windowsOf(call, provider).closed, call.caller), "LaneTooFarBehind");
  for (const root of roots) {
    if (recordOf(call.state, provider, root)?.status === "Retired") remove(call, provider, root);
  }
  judge(call, provider);
}

/** ANYONE: `good` says what the verifier would. */
export function submitProof(call: Call, provider: Address, window: number, good: boolean): void {
  const { state, rules, block } = call;
  const lane = laneOf(state, provider);
  requireThat(!lane.suspended, "LaneIsSuspended");
  const isOpen = openingOf(rules, provider, window) < block && block <= closeOf(rules, provider, window);
  requireThat(isOpen, "WindowNotOpen");
  requireThat(!isProven(state, provider, window), "WindowAlreadyProven");
  const counts = lane.snapshotEnd === window + 1 ? lane.snapshot : lane.counts;
  requireThat(counts !== 0n && window >= lane.accounted, "WindowBagEmpty");
  requireThat(good, "ProofInvalid");
  const key = `${provider}/${window >> 8}`;
  put(call, state.proven, key, (state.proven.get(key) ?? 0n) | (1n << BigInt(window & 255)));
}

/** ANYONE: burns stake for the misses among up to `maxWindows` closed windows. */
export function account(call: Call, provider: Address, maxWindows: number): void {
  accountUpTo(call, provider, windowsOf(call, provider).closed, maxWindows, call.caller);
}

/** The highest price per window that the proofs can stand for. */
export function priceLimit({ challenges, beta }: Rules, m: number): bigint {
  return (((challenges - challenges / 4n) * beta) << BigInt(m)) >> 66n;
}

function accountUpTo(
  call: Call,
  provider: Address,
  closed: number,
  maxWindows: number,
  caller: Address | undefined,
): void {
  const { state, rules } = call;
  const { accounted: from, counts, snapshot, snapshotEnd } = laneOf(state, provider);
  if (from >= closed) return;
  const end = counts === 0n ? closed : Math.min(closed, from + maxWindows);
  changeLane(call, provider, { accounted: end });
  if (counts === 0n) return;

  let missed = 0;
  let amount = 0n;
  for (let window = from; window < end; window++) {
    if (isProven(state, provider, window)) continue;
    missed++;
    // A window is burned at the weight that it drew from.
    amount += burnOf(rules, weightAt(snapshotEnd === window + 1 ? snapshot : counts), 1n);
  }
  if (missed === 0) return;
  slash(call, provider, amount, caller);
  judge(call, provider);
}

function catchUp(call: Call, provider: Address, closed: number, caller: Address | undefined): boolean {
  const { accounted: from, counts } = laneOf(call.state, provider);
  if (counts === 0n) return true;
  if (closed > from && ((closed - 1) >> 8) - (from >> 8) >= CATCH_UP_WORDS) return false;
  accountUpTo(call, provider, closed, closed, caller);
  return true;
}
