/** The reference price of the model: it follows what the bags require of the stake (ReferencePrice.sol). */
import { poked, priceOfTick, type ReferenceState, utilisationOf } from "../reference-price.ts";
import { type Call, put } from "./call.ts";
import { weightAt } from "./lanes.ts";
import type { State } from "./state.ts";
import { heldBy } from "./vault.ts";

/** ANYONE: records the utilisation of now, which moves later periods alone. */
export function poke(call: Call): void {
  const { state, rules } = call;
  const used = utilisationOf(totalWeightOf(state), rules.beta, heldBy(state, "registry", "Stakes"));
  put(call, state.reference, "price", poked(referenceOf(call), rules.reference, call.block, used));
}

/** Base units per GiB and period right after a poke. */
export function referencePriceAt(call: Call): bigint {
  return priceOfTick(call.rules.reference, referenceOf(call).tick);
}

export function referenceOf({ state, rules }: Pick<Call, "state" | "rules">): ReferenceState {
  return state.reference.get("price") ?? rules.reference.first;
}

/** Padded elements in all bags. */
export function totalWeightOf({ lanes }: State): bigint {
  let total = 0n;
  for (const { counts } of lanes.values()) total += weightAt(counts);
  return total;
}
