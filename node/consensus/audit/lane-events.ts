// Bags, windows, proofs and burns, as SpacetimeProofs tells of them.

import type { Address, Hex } from "viem";
import { challengesOf, countOf, countsOf, insert, remove, weightOf } from "../../data/bag.ts";
import { seedOf } from "../../data/challenge.ts";
import { challengeVector } from "../../data/digest.ts";
import type { Offer } from "../../data/terms.ts";
import { closeOf, openingOf } from "../../data/windows.ts";
import type { HoldfastLog } from "../events.ts";
import { holds, same } from "./difference.ts";
import { drawsFromBag, explainSlash, isSet, missesOf, passProven, pinnedFor, windowsAt, wordOf } from "./lanes.ts";
import { burnOf } from "./rules.ts";
import type { Scope } from "./scope.ts";
import { type Books, type Handlers, type Lane, type LaneRecord, laneOf, providerOf } from "./state.ts";

/** In misses of the whole bag: what an addition must leave behind, and what a lane must have to go on. */
const ADMISSION_MISSES = 32n;
const SUSPENSION_MISSES = 4n;
/** Words of the bitmap that a change of the bag reads at most. */
const CATCH_UP_WORDS = 4;

export const laneEvents: Handlers = {
  ReplicaRetired(books, { provider, root }, scope, log) {
    const lane = laneOf(books, provider);
    holds(scope.owed.delete(retirement(provider, root)), `end of the deal of ${root}`, "in this transaction", "none");
    const record = lane.records.get(root);
    same(`status of ${root}`, "active", record?.status);
    record!.status = "retired";
    const windows = windowsAt(books.rules, provider, scope.block);
    const behind = Math.floor((windows.closed - 1) / 256) - Math.floor(lane.accounted / 256);
    const reachable = windows.closed <= lane.accounted || behind < CATCH_UP_WORDS;
    if (reachable && !drawsFromBag(lane, windows)) scope.owed.set(removal(provider, root), log);
  },
  ReplicaRemoved(books, { provider, root }, scope) {
    const lane = laneOf(books, provider);
    const windows = windowsAt(books.rules, provider, scope.block);
    const record = lane.records.get(root);
    same(`status of ${root}`, "retired", record?.status);
    same(`an open window of ${provider} draws from its bag`, false, drawsFromBag(lane, windows));
    passProven(lane, provider, windows.closed);
    const { m, index } = record!;
    remove(lane.bag, m, index);
    books.totalWeight -= 1n << BigInt(m);
    const moved = lane.bag.get(m)?.[index];
    if (moved !== undefined) lane.records.get(moved)!.index = index;
    record!.status = "removed";
    scope.owed.delete(removal(provider, root));
    scope.judged.add(provider);
  },
  SpacetimeProven(books, { provider, window }, scope, log) {
    const { rules } = books;
    const lane = laneOf(books, provider);
    const opening = openingOf(rules.schedule, provider, window);
    const open = opening < scope.block && scope.block <= closeOf(rules.schedule, provider, window);
    holds(open, `window ${window} of ${provider} at block ${scope.block}`, "open", "not open");
    same(`window ${window} of ${provider} was proven before`, false, isSet(lane, window));
    same(`lane of ${provider} is suspended`, false, lane.suspended);
    const counts = lane.snapshotEnd === window + 1 ? lane.snapshot : countsOf(lane.bag);
    const asks = counts !== 0n && window >= lane.accounted;
    holds(asks, `bag of ${provider} at the opening of window ${window}`, "replicas to draw from", "none");
    const randomness = scope.evidence.randomness.get(opening);
    if (randomness !== undefined) {
      const seed = seedOf(randomness, provider, window);
      const pin = pinnedFor(lane, window);
      const asked = challengesOf(lane.bag, seed, rules.challenges, pin === undefined ? { counts } : { counts, pin });
      scope.claims.push({ of: "spacetime", provider, window, seed, vector: challengeVector(asked, rules.levels), log });
    }
    const index = Math.floor(window / 256);
    lane.proven.set(index, wordOf(lane, index) | (1n << BigInt(window % 256)));
  },
  MissesAccounted(books, { provider, from, through, missed, taken }, scope) {
    const { rules } = books;
    const lane = laneOf(books, provider);
    const { closed } = windowsAt(rules, provider, scope.block);
    holds(from >= lane.accounted, `first window accounted of ${provider}`, `at least ${lane.accounted}`, from);
    holds(through < closed && from <= through, `last window accounted of ${provider}`, `below ${closed}`, through);
    passProven(lane, provider, from);
    const due = missesOf(rules, lane, from, through + 1);
    same(`misses of ${provider} in windows ${from} to ${through}`, due.missed, missed);
    holds(countsOf(lane.bag) !== 0n && due.missed > 0, `misses of ${provider}`, "more than none", due.missed);
    explainSlash(scope, { provider, asked: due.amount, shareBps: rules.accountingRewardBps, taken });
    lane.accounted = through + 1;
  },
  LaneSuspended(books, { provider }) {
    const lane = laneOf(books, provider);
    same(`lane of ${provider} was suspended before`, false, lane.suspended);
    lane.suspended = true;
  },
  LaneResumed(books, { provider }) {
    const lane = laneOf(books, provider);
    same(`lane of ${provider} was suspended before`, true, lane.suspended);
    lane.suspended = false;
  },
};

/** After a transaction: a lane is suspended exactly while its stake is below four misses of its bag. */
export function judgeLanes(books: Books, scope: Scope): void {
  for (const provider of scope.judged) {
    const lane = laneOf(books, provider);
    same(`lane of ${provider} is suspended`, shouldRest(books, provider, lane), lane.suspended);
  }
}

function shouldRest(books: Books, provider: Address, lane: Lane): boolean {
  return providerOf(books, provider).stake < burnOf(books.rules, weightOf(countsOf(lane.bag)), SUSPENSION_MISSES);
}

/** A replica that the market put into its provider's bag; its record. Only the market tells of it, after it. */
export function enterBag(books: Books, { provider, root, m }: Offer, scope: Scope): LaneRecord {
  const { rules } = books;
  const lane = laneOf(books, provider);
  const windows = windowsAt(rules, provider, scope.block);
  const counts = countsOf(lane.bag);
  same(`${root} was in the lane before`, false, lane.records.has(root));
  if (counts !== 0n) passProven(lane, provider, windows.closed);
  same(`lane of ${provider} is suspended`, false, lane.suspended);
  const weight = weightOf(counts) + (1n << BigInt(m));
  holds(weight <= rules.maxWeight, `weight of ${provider}`, `at most ${rules.maxWeight}`, weight);
  const { stake } = providerOf(books, provider);
  const needed = burnOf(rules, weight, ADMISSION_MISSES);
  const least = needed > rules.minimumStake ? needed : rules.minimumStake;
  holds(stake >= least, `stake of ${provider}`, `at least ${least}`, stake);

  if (counts === 0n) lane.accounted = windows.drawn;
  else if (drawsFromBag(lane, windows) && lane.snapshotEnd !== windows.drawn) {
    lane.snapshotEnd = windows.drawn;
    lane.snapshot = counts;
  }
  insert(lane.bag, m, root);
  books.totalWeight += 1n << BigInt(m);
  const record: LaneRecord = { m, index: Number(countOf(counts, m)), firstWindow: windows.drawn, status: "active" };
  lane.records.set(root, record);
  return record;
}

/** A deal's end, which takes its replica out of the bag. */
export function oweRetirement(scope: Scope, provider: Address, root: Hex, log: HoldfastLog): void {
  scope.owed.set(retirement(provider, root), log);
}

const retirement = (provider: Address, root: Hex) => `retirement of ${root} of ${provider}`;
const removal = (provider: Address, root: Hex) => `removal of ${root} of ${provider}`;
