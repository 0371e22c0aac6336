// Asks every known provider for a price, and keeps the answers that bind.

import { type Address, hexToString, zeroAddress } from "viem";
import { HoldfastError } from "../../common/errors.ts";
import { allProviders, type ProviderView } from "../../consensus/registry.ts";
import { verifyMessage } from "../../consensus/signing.ts";
import { priceLimit } from "../../consensus/spacetime.ts";
import { choosePlacement } from "../../incentive/placement.ts";
import { type Peer, peerOfProfile } from "../../network/peer.ts";
import { requestQuote } from "../../network/protocols/quote.ts";
import { type ClientContext, clientAddress } from "./context.ts";
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

/** Quotes of providers that take such a replica now, best first; at least `slots`. Throws `TOO_FEW_PROVIDERS`. */
export async function gatherQuotes(context: ClientContext, needs: QuoteNeeds): Promise<PlacedQuote[]> {
  const [listed, limit] = await Promise.all([allProviders(context.chain), priceLimit(context.chain, needs.m)]);
  const fitting = listed.filter((view) => fits(view, needs));
  const quotes: PlacedQuote[] = [];
  for (let from = 0; from < fitting.length; from += SIDE_BY_SIDE) {
    context.signal?.throwIfAborted();
    const asked = fitting.slice(from, from + SIDE_BY_SIDE).map((view) => quoteOf(context, view, needs, limit));
    for (const answer of await Promise.allSettled(asked)) if (answer.status === "fulfilled") quotes.push(answer.value);
  }
  context.tell(`${quotes.length} of ${listed.length} providers quoted a price`);
  const operators = new Map(listed.map((view) => [view.provider, operatorOf(view)]));
  const candidates = quotes.map((placed) => ({
    ...placed.quote,
    operator: operators.get(placed.quote.provider)!,
    placed,
  }));
  return choosePlacement(candidates, needs.slots, needs).map(({ placed }) => placed);
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
