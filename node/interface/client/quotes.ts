// Asks every known provider for a price, and keeps the answers that bind.

import { type Address, hexToString, zeroAddress } from "viem";
import { HoldfastError } from "../../common/errors.ts";
import { allProviders, type ProviderView } from "../../consensus/registry.ts";
import { verifyMessage } from "../../consensus/signing.ts";
import { priceLimit } from "../../consensus/spacetime.ts";
import { type Candidate, type Ranked, rankPlacement, takeRanked } from "../../incentive/placement.ts";
import { type Peer, peerOfProfile } from "../../network/peer.ts";
import { requestQuote } from "../../network/protocols/quote.ts";
import { type ClientContext, clientAddress } from "./context.ts";
import { gatherFacts } from "./provider-facts.ts";
import type { PlacedQuote } from "./put-plan.ts";

export interface QuoteNeeds {
  readonly m: number;
  readonly groups: number;
  readonly windows: number;
  readonly pieces: number;
  readonly slots: number;
  /** Countries (ISO 3166-1 alpha-2) that a provider has to name one of; anywhere unless told. */
  readonly regions?: readonly string[];
  /** Who will pay, if it is another than asks. */
  readonly client?: Address;
  /** What must answer for a replica at least; base units. */
  readonly collateral?: bigint;
}

/** How long a provider may take to name a price. */
const QUOTE_TIMEOUT_MS = 10_000;
/** Providers asked at the same time. */
const SIDE_BY_SIDE = 16;

/** A quote among its rivals. */
export interface QuoteCandidate extends Candidate {
  readonly placed: PlacedQuote;
}

export interface Survey {
  /** Every provider that quoted, best first. */
  readonly ranked: readonly Ranked<QuoteCandidate>[];
  /** Why others did not; those that publish that they would not take it were not asked. */
  readonly refused: readonly { readonly provider: Address; readonly reason: string }[];
  /** Registered in all. */
  readonly listed: number;
}

/** Quotes of providers that take such a replica now, best first; at least `slots`. Throws `TOO_FEW_PROVIDERS`. */
export async function gatherQuotes(context: ClientContext, needs: QuoteNeeds): Promise<PlacedQuote[]> {
  const { ranked } = await surveyProviders(context, needs);
  return takeRanked(ranked, needs.slots).map(({ placed }) => placed);
}

/** Asks all that may take such a replica, and judges the answers. */
export async function surveyProviders(context: ClientContext, needs: QuoteNeeds): Promise<Survey> {
  const [listed, limit] = await Promise.all([allProviders(context.chain), priceLimit(context.chain, needs.m)]);
  const fitting = listed.filter((view) => fits(view, needs));
  context.tell(`asking ${fitting.length} providers for prices`);
  const answered: { view: ProviderView; placed: PlacedQuote; latencyMs: number }[] = [];
  const refused: { provider: Address; reason: string }[] = [];
  const ask = async (view: ProviderView) => {
    const started = performance.now();
    const placed = await quoteOf(context, view, needs, limit);
    return { view, placed, latencyMs: performance.now() - started };
  };
  for (let from = 0; from < fitting.length; from += SIDE_BY_SIDE) {
    context.signal?.throwIfAborted();
    const asked = fitting.slice(from, from + SIDE_BY_SIDE);
    for (const [i, answer] of (await Promise.allSettled(asked.map(ask))).entries()) {
      if (answer.status === "fulfilled") answered.push(answer.value);
      else refused.push({ provider: asked[i]!.provider, reason: reasonOf(answer.reason) });
    }
  }
  context.signal?.throwIfAborted();
  context.tell(`${answered.length} of ${listed.length} providers quoted a price`);
  const facts = await gatherFacts(context, answered, needs);
  const candidates = answered.map(({ view, placed }): QuoteCandidate => {
    const known = facts.get(view.provider);
    const { price, collateral, retrievalPrice } = placed.quote;
    const own = { provider: view.provider, operator: operatorOf(view), price, collateral, retrievalPrice, placed };
    return known === undefined ? own : { ...own, facts: known };
  });
  return { ranked: rankPlacement(candidates, needs.slots, needs), refused, listed: listed.length };
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** Whose lane it is, as both say; itself for one that stands alone. */
export function operatorOf({ provider, operator }: ProviderView): string {
  return operator === zeroAddress ? provider : operator;
}

/** Whether it is worth asking: size, length and country are as the provider publishes them, and it takes replicas at all. */
export function fits({ ask, profile, suspended }: ProviderView, { m, windows, regions }: QuoteNeeds): boolean {
  return (
    (regions === undefined || regions.includes(hexToString(profile.region, { size: 2 }))) &&
    ask.accepting &&
    !suspended &&
    m >= ask.minM &&
    m <= ask.maxM &&
    windows >= ask.minWindows &&
    windows <= ask.maxWindows
  );
}

/** A quote that binds its provider to what was asked. Throws `BAD_QUOTE`, or what the network throws. */
export async function quoteOf(context: ClientContext, view: ProviderView, needs: QuoteNeeds, limit: bigint) {
  const { chain, host } = context;
  const { m, groups, windows, collateral } = needs;
  const least = collateral === undefined ? {} : { collateral };
  const request = { client: needs.client ?? clientAddress(context), m, groups, windows, ...least };
  const signed = await requestQuote(host, peerOfProfile(view.profile), request, { timeoutMs: QUOTE_TIMEOUT_MS });
  const { quote } = signed;
  const asked =
    quote.client === request.client && quote.m === m && quote.groups === groups && quote.windows === windows;
  const bound =
    quote.provider === view.provider &&
    quote.epoch === view.offerEpoch &&
    quote.price <= limit &&
    quote.collateral >= (collateral ?? 0n);
  if (!asked || !bound || !(await verifyMessage(chain, "Quote", quote, signed.signature, view.provider))) {
    throw new HoldfastError("BAD_QUOTE", `Provider ${view.provider} answered with a quote that does not bind it.`);
  }
  return signed;
}

/** Where providers answer, by address; throws `UNKNOWN_PROVIDER`. */
export async function loadPeers(context: ClientContext): Promise<(provider: string) => Peer> {
  const views = await allProviders(context.chain);
  const profiles = new Map(views.map((view) => [view.provider.toLowerCase(), view.profile]));
  return (provider: string) => {
    const profile = profiles.get(provider.toLowerCase());
    if (profile === undefined) {
      throw new HoldfastError("UNKNOWN_PROVIDER", `Provider ${provider} is not in the registry.`);
    }
    return peerOfProfile(profile);
  };
}
