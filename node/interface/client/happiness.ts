// The last look before a deal is paid: are the bytes really in as many independent hands as were asked for?

import { HoldfastError } from "../../common/errors.ts";
import { allProviders, type ProviderView } from "../../consensus/registry.ts";
import type { ClientContext } from "./context.ts";
import type { PutPlan, SlotProgress } from "./put-plan.ts";
import { operatorOf } from "./quotes.ts";

/**
 * Throws `UNHAPPY` when fewer than the plan's least number of slots would be filled by providers of different operators, as the
 * registry has them now: since they quoted some may have left, been suspended, revoked their offers or joined an operator.
 */
export async function checkHappiness(
  context: ClientContext,
  plan: PutPlan,
  slots: readonly SlotProgress[],
): Promise<void> {
  const { happy, reasons } = happinessOf(await allProviders(context.chain), slots);
  if (happy >= plan.minSlots) return;
  throw new HoldfastError(
    "UNHAPPY",
    `Only ${happy} of the ${plan.minSlots} needed slots would be with a provider of their own; nothing was paid. ${reasons[0] ?? ""} Run the same command again.`,
    { details: { needed: plan.minSlots, found: happy, reasons } },
  );
}

/** Slots that would be filled, each by another operator, and why others would not. */
export function happinessOf(
  listed: readonly ProviderView[],
  slots: readonly SlotProgress[],
): { happy: number; reasons: string[] } {
  const views = new Map(listed.map((view) => [view.provider.toLowerCase(), view]));
  const operators = new Set<string>();
  const reasons: string[] = [];
  for (const { slot, placed } of slots) {
    const { provider, epoch } = placed.quote;
    const view = views.get(provider.toLowerCase());
    const operator = view && operatorOf(view).toLowerCase();
    if (view === undefined) reasons.push(`The provider of slot ${slot}, ${provider}, has left.`);
    else if (view.suspended) reasons.push(`The provider of slot ${slot}, ${provider}, is suspended.`);
    else if (view.offerEpoch !== epoch) reasons.push(`The provider of slot ${slot}, ${provider}, revoked its offers.`);
    else if (operators.has(operator!))
      reasons.push(`The provider of slot ${slot}, ${provider}, has an operator of another slot.`);
    else operators.add(operator!);
  }
  return { happy: operators.size, reasons };
}
