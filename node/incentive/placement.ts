// Which providers get a file's shards: the best by a score that can be explained, among those whose price is not far above what
// the others ask, each of another operator.

import { HoldfastError } from "../common/errors.ts";
import {
  type Factor,
  networkFactor,
  ownFactors,
  type Priced,
  type ProviderFacts,
  priceFactor,
  product,
} from "./score.ts";

/** What the choice is made from; amounts in base units of the token. */
export interface Candidate {
  readonly provider: string;
  /** Whose lane it is, as both say; itself or nothing for one that stands alone. */
  readonly operator?: string;
  /** Per window for one replica. */
  readonly price: bigint;
  readonly collateral: bigint;
  /** Per piece sent. */
  readonly retrievalPrice: bigint;
  /** What else is known of it; prices alone decide where nothing is. */
  readonly facts?: ProviderFacts;
}

/** A price above this many times the median is gouging: one seller must not profit from being asked last. */
export const GOUGING_FACTOR = 3n;

export type Verdict = "chosen" | "spare" | "too dear" | "same operator";

export interface Ranked<T> {
  readonly candidate: T;
  readonly verdict: Verdict;
  /** Product of the factors. */
  readonly score: number;
  readonly factors: readonly Factor[];
}

interface Scored<T> {
  readonly candidate: T;
  readonly own: readonly Factor[];
  readonly score: number;
  readonly total: bigint;
}

/**
 * Judges every candidate: the `needed` best, each where it differs most from those before it, then those that substitute for who
 * fails, then those that are out: gougers, and all but the best lane of those that say they are one operator's, whose end
 * must not be the end of two shards.
 */
export function rankPlacement<T extends Candidate>(
  candidates: readonly T[],
  needed: number,
  deal: { windows: number; pieces: number },
): Ranked<T>[] {
  const named = [...new Map(candidates.map((candidate) => [candidate.provider.toLowerCase(), candidate])).values()];
  const priced = named.map((candidate) => ({ candidate, ...pricedOf(candidate, deal) }));
  const lowest = priced.reduce((least, { total }) => (total < least ? total : least), priced[0]?.total ?? 0n);
  const sorted = priced
    .map(({ candidate, ...price }): Scored<T> => {
      const own = [priceFactor(price, lowest), ...ownFactors(price, candidate.facts)];
      return { candidate, own, score: product(own), total: price.total };
    })
    .toSorted(better);
  const operators = sorted.map(({ candidate }) => (candidate.operator ?? candidate.provider).toLowerCase());
  const single = sorted.filter((_, i) => operators.indexOf(operators[i]!) === i);
  const doubled = sorted.filter((_, i) => operators.indexOf(operators[i]!) !== i);
  const totals = single.map(({ total }) => total).toSorted(compare);
  const median = totals[(totals.length - 1) >> 1] ?? 0n;
  const fair = single.filter(({ total }) => total <= median * GOUGING_FACTOR);
  const dear = single.filter(({ total }) => total > median * GOUGING_FACTOR);
  const chosen = spread(fair, needed);
  const taken = new Set(chosen.map(({ candidate }) => candidate));
  const rest = (scored: readonly Scored<T>[], verdict: Verdict) =>
    scored.map(({ candidate, own, score }): Ranked<T> => ({ candidate, verdict, score, factors: own }));
  const spare = fair.filter(({ candidate }) => !taken.has(candidate));
  return [...chosen, ...rest(spare, "spare"), ...rest(doubled, "same operator"), ...rest(dear, "too dear")];
}

/** Takes the best one by one; a network that has some of the file already counts for less. */
function spread<T extends Candidate>(fair: readonly Scored<T>[], needed: number): Ranked<T>[] {
  const left = [...fair];
  const inNetwork = new Map<string, number>();
  const chosen: Ranked<T>[] = [];
  while (chosen.length < needed && left.length > 0) {
    let best: { at: number; score: number; factors: Factor[] } | undefined;
    for (const [at, { candidate, own, score }] of left.entries()) {
      const network = candidate.facts?.network;
      const near = network === undefined ? [] : [networkFactor(network, inNetwork.get(network) ?? 0)];
      const all = score * product(near);
      if (best === undefined || all > best.score) best = { at, score: all, factors: [...own, ...near] };
    }
    const { at, score, factors } = best!;
    const [{ candidate }] = left.splice(at, 1) as [Scored<T>];
    const network = candidate.facts?.network;
    if (network !== undefined) inNetwork.set(network, (inNetwork.get(network) ?? 0) + 1);
    chosen.push({ candidate, verdict: "chosen", score, factors });
  }
  return chosen;
}

/**
 * The candidates that may be taken, best first: the first `needed` are placed, the rest substitute for those that fail. Throws
 * `TOO_FEW_PROVIDERS` when fewer than `needed` remain.
 */
export function choosePlacement<T extends Candidate>(
  candidates: readonly T[],
  needed: number,
  deal: { windows: number; pieces: number },
): T[] {
  return takeRanked(rankPlacement(candidates, needed, deal), needed);
}

/** As `choosePlacement`, of candidates that were ranked already. */
export function takeRanked<T extends Candidate>(ranked: readonly Ranked<T>[], needed: number): T[] {
  const usable = ranked.filter(({ verdict }) => verdict === "chosen" || verdict === "spare");
  if (usable.length >= needed) return usable.map(({ candidate }) => candidate);
  const gouging = ranked.filter(({ verdict }) => verdict === "too dear").length;
  throw new HoldfastError(
    "TOO_FEW_PROVIDERS",
    `The file needs ${needed} different providers and ${usable.length} made an acceptable quote: wait for more, or store it with fewer slots (--total).`,
    { details: { needed, found: usable.length, gouging } },
  );
}

/**
 * What a retrieval pays per piece at most unless its caller says otherwise: a few times what the dearest of the `needed`
 * cheapest asks. A price is named anew at every retrieval, and a provider must not name one that takes all the client has.
 */
export function retrievalLimit(prices: readonly bigint[], needed: number): bigint {
  const reference = prices.toSorted(compare)[Math.min(needed, prices.length) - 1] ?? 0n;
  return reference * GOUGING_FACTOR;
}

function pricedOf({ price, collateral, retrievalPrice }: Candidate, deal: { windows: number; pieces: number }): Priced {
  const storage = price * BigInt(deal.windows);
  return { storage, total: storage + retrievalPrice * BigInt(deal.pieces), collateral };
}

/** Equals are told apart by price and then by name: two runs give the same order. */
function better<T extends Candidate>(a: Scored<T>, b: Scored<T>): number {
  return b.score - a.score || compare(a.total, b.total) || (a.candidate.provider < b.candidate.provider ? -1 : 1);
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
