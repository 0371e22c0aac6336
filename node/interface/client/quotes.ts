// Asks every known provider for a price, and keeps the answers that bind.

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
  const candidates = quotes.map((placed) => ({ ...placed.quote, placed }));
  return choosePlacement(candidates, needs.slots, needs).map(({ placed }) => placed);
}

function fits({ ask, suspended }: ProviderView, { m, windows }: QuoteNeeds): boolean {
  return (
    ask.accepting &&
    !suspended &&
    m >= ask.minM &&
    m <= ask.maxM &&
    windows >= ask.minWindows &&
    windows <= ask.maxWindows
  );
}

async function quoteOf(context: ClientContext, view: ProviderView, needs: QuoteNeeds, limit: bigint) {
  const { chain, host } = context;
  const { m, groups, windows } = needs;
  const request = { client: clientAddress(context), m, groups, windows };
  const signed = await requestQuote(host, peerOfProfile(view.profile), request, { timeoutMs: QUOTE_TIMEOUT_MS });
  const { quote } = signed;
  const asked =
    quote.client === request.client && quote.m === m && quote.groups === groups && quote.windows === windows;
  const bound = quote.provider === view.provider && quote.epoch === view.offerEpoch && quote.price <= limit;
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
