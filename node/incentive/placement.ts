// Which providers get a file's shards: the best by a score that can be explained, among those whose price is not far above what
// the others ask, each of another operator.

import { HoldfastError } from "../common/errors.ts";
import {
  type Factor,
  networkFactor,
  operatorFactor,
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
  readonly factors: readonly Factor[];
  readonly score: number;
  readonly total: bigint;
}

/** Providers of the file by network, in the order in which they were chosen. */
type Networks = Map<string, string[]>;

/**
 * Judges every candidate: the `needed` best, each where it differs most from those before it, then those that substitute for who
 * fails, then those that are out: all but the best lane of those that say they are one operator's, whose end must not be the
 * end of two shards, and gougers.
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
      const factors = [priceFactor(price, lowest), ...ownFactors(price, candidate.facts)];
      return { candidate, factors, score: product(factors), total: price.total };
    })
    .toSorted(better);
  const lanes = Map.groupBy(sorted, ({ candidate }) => operatorOf(candidate).toLowerCase());
  const [single, doubled]: [Scored<T>[], Scored<T>[]] = [[], []];
  for (const scored of sorted) {
    const { candidate } = scored;
    const operator = operatorOf(candidate);
    const providers = lanes.get(operator.toLowerCase())!.map((lane) => lane.candidate.provider);
    const factor = operatorFactor(operator, candidate.provider, providers);
    (factor.value > 0 ? single : doubled).push(times(scored, factor));
  }
  const totals = single.map(({ total }) => total).toSorted(compare);
  const median = totals[(totals.length - 1) >> 1] ?? 0n;
  const fair = single.filter(({ total }) => total <= median * GOUGING_FACTOR);
  const dear = single.filter(({ total }) => total > median * GOUGING_FACTOR);
  const { chosen, networks } = spread(fair, needed);
  const taken = new Set(chosen.map(({ candidate }) => candidate));
  const spare = fair.filter(({ candidate }) => !taken.has(candidate));
  // Beside the chosen: who substitutes for one of them had better be elsewhere too.
  const rest = (scored: readonly Scored<T>[], verdict: Verdict) =>
    ranked(scored.map((one) => inNetwork(one, networks)).toSorted(better), verdict);
  return [
    ...ranked(chosen, "chosen"),
    ...rest(spare, "spare"),
    ...rest(doubled, "same operator"),
    ...rest(dear, "too dear"),
  ];
}

/** Takes the best one by one; a network that has some of the file already counts for less. */
function spread<T extends Candidate>(fair: readonly Scored<T>[], needed: number) {
  const left = [...fair];
  const networks: Networks = new Map();
  const chosen: Scored<T>[] = [];
  while (chosen.length < needed && left.length > 0) {
    let best: { at: number; scored: Scored<T> } | undefined;
    for (const [at, one] of left.entries()) {
      const scored = inNetwork(one, networks);
      if (best === undefined || scored.score > best.scored.score) best = { at, scored };
    }
    const { at, scored } = best!;
    left.splice(at, 1);
    const { provider, facts } = scored.candidate;
    if (facts !== undefined) networks.set(facts.network, [...(networks.get(facts.network) ?? []), provider]);
    chosen.push(scored);
  }
  return { chosen, networks };
}

/** Judged beside those in `networks`, where it is known where it answers. */
function inNetwork<T extends Candidate>(scored: Scored<T>, networks: Networks): Scored<T> {
  const network = scored.candidate.facts?.network;
  return network === undefined ? scored : times(scored, networkFactor(network, networks.get(network) ?? []));
}

function times<T>(scored: Scored<T>, factor: Factor): Scored<T> {
  return { ...scored, factors: [...scored.factors, factor], score: scored.score * factor.value };
}

function ranked<T>(all: readonly Scored<T>[], verdict: Verdict): Ranked<T>[] {
  return all.map(({ candidate, score, factors }) => ({ candidate, verdict, score, factors }));
}

function operatorOf({ operator, provider }: Candidate): string {
  return operator ?? provider;
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
