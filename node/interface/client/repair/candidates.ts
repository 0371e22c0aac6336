// Who may take a lost slot: providers that quote, are in no other slot of the deal, and cost no more than is allowed.

import { type Address, isAddressEqual } from "viem";
import { paymentFor } from "../../../consensus/market.ts";
import { allProviders } from "../../../consensus/registry.ts";
import { priceLimit } from "../../../consensus/spacetime.ts";
import type { FileLayout } from "../../../data/layout.ts";
import { choosePlacement } from "../../../incentive/placement.ts";
import type { ClientContext } from "../context.ts";
import type { LiveDeal } from "../deal-on-chain.ts";
import type { PlacedQuote } from "../put-plan.ts";
import { fits, operatorOf, quoteOf } from "../quotes.ts";
import type { LostSlot } from "./lost-slots.ts";

/** What whoever repairs may agree to; base units. */
export interface Limits {
  /** Of a window, above which no offer is taken; no limit but the market's unless given. */
  readonly maxPrice?: bigint;
  /** That must answer for the replica at least. */
  readonly minCollateral?: bigint;
}

/** Quotes for one lost slot, best first. Throws `TOO_FEW_PROVIDERS` when nobody fits. */
export async function findCandidates(
  context: ClientContext,
  { deal, active }: LiveDeal,
  { lost, layout, limits }: { lost: LostSlot; layout: FileLayout; limits: Limits },
): Promise<PlacedQuote[]> {
  const { chain } = context;
  const { m, shardGroups: groups, segments: pieces } = layout;
  const { windows } = deal.terms;
  const { maxPrice, minCollateral: collateral } = limits;
  const client = deal.client;
  const needs = { m, groups, windows, pieces, slots: 1, client, ...(collateral === undefined ? {} : { collateral }) };
  const [listed, most] = await Promise.all([allProviders(chain), priceLimit(chain, m)]);
  const limit = maxPrice === undefined || maxPrice > most ? most : maxPrice;
  const taken = active.map(({ offer }) => offer.provider);
  const operators = new Map<Address, string>(listed.map((view) => [view.provider, operatorOf(view)]));
  const near = new Set(taken.map((provider) => operators.get(provider)));
  const others = listed.filter(
    (view) =>
      !taken.some((provider) => isAddressEqual(provider, view.provider)) &&
      !near.has(operators.get(view.provider)) &&
      // Who lost the slot or gave it up is asked last of all: never.
      (lost.old === undefined || !isAddressEqual(lost.old.offer.provider, view.provider)),
  );
  const asked = others.filter((view) => fits(view, needs)).map((view) => quoteOf(context, view, needs, limit));
  const quotes = (await Promise.allSettled(asked)).flatMap((answer) =>
    answer.status === "fulfilled" ? [answer.value] : [],
  );
  const candidates = quotes.map((placed) => ({
    ...placed.quote,
    operator: operators.get(placed.quote.provider)!,
    placed,
  }));
  return choosePlacement(candidates, 1, { windows: lost.windows, pieces }).map(({ placed }) => placed);
}

/** What leaves the client's account when a slot is filled at this price; base units. Nothing, if it costs no more than before. */
export async function paymentOfRefill({ chain }: ClientContext, { old, left, windows }: LostSlot, price: bigint) {
  const before = old?.offer.price ?? 0n;
  const fresh = price > before ? BigInt(windows) * (price - before) : 0n;
  const { fee } = await paymentFor(chain, fresh);
  const payment = BigInt(windows) * price + fee - BigInt(left) * before;
  return payment > 0n ? payment : 0n;
}
