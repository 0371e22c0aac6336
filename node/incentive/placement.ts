// Which providers get a file's shards: the cheapest among those whose price is not far above what the others ask.

import { HoldfastError } from "../common/errors.ts";

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
}

/** A price above this many times the median is gouging: one seller must not profit from being asked last. */
export const GOUGING_FACTOR = 3n;

/**
 * Orders candidates by total price (storage for the whole deal and one retrieval), cheapest first, without gougers, and
 * with the cheapest lane alone of those that say they are one operator's: its end must not be the end of two shards.
 * The first n are placed, the rest substitute for those that fail. Throws `TOO_FEW_PROVIDERS` when fewer than n remain.
 */
export function choosePlacement<T extends Candidate>(
  candidates: readonly T[],
  needed: number,
  deal: { windows: number; pieces: number },
): T[] {
  const named = [...new Map(candidates.map((candidate) => [candidate.provider.toLowerCase(), candidate])).values()];
  const total = (candidate: T) =>
    candidate.price * BigInt(deal.windows) + candidate.retrievalPrice * BigInt(deal.pieces);
  const sorted = named.toSorted((a, b) => compare(total(a), total(b)) || (a.provider < b.provider ? -1 : 1));
  const operators = sorted.map(({ provider, operator }) => (operator ?? provider).toLowerCase());
  const ordered = sorted.filter((_, i) => operators.indexOf(operators[i]!) === i);
  const median = ordered.length === 0 ? 0n : total(ordered[(ordered.length - 1) >> 1]!);
  const fair = ordered.filter((candidate) => total(candidate) <= median * GOUGING_FACTOR);
  if (fair.length < needed) {
    throw new HoldfastError(
      "TOO_FEW_PROVIDERS",
      `The file needs ${needed} different providers and ${fair.length} made an acceptable quote: wait for more, or store it with fewer slots (--total).`,
      { details: { needed, found: fair.length, gouging: ordered.length - fair.length } },
    );
  }
  return fair;
}

/**
 * What a retrieval pays per piece at most unless its caller says otherwise: a few times what the dearest of the `needed`
 * cheapest asks. A price is named anew at every retrieval, and a provider must not name one that takes all the client has.
 */
export function retrievalLimit(prices: readonly bigint[], needed: number): bigint {
  const reference = prices.toSorted(compare)[Math.min(needed, prices.length) - 1] ?? 0n;
  return reference * GOUGING_FACTOR;
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
