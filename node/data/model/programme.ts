/** The programme of the model for proven empty capacity: a fund of its own, and caps (CapacityProgramme.sol). */
import type { Address } from "viem";
import { capacityReward } from "../rewards.ts";
import { type Call, put, requireThat } from "./call.ts";
import { provenCapacity } from "./capacity.ts";
import { windowsOf } from "./lanes.ts";
import { pay } from "./rewards.ts";
import type { Rules } from "./rules.ts";
import { providerOf, type State } from "./state.ts";

/** First window of the provider that is not claimed for. */
export function claimedTo({ capacityClaimed }: State, { capacity }: Rules, provider: Address): number {
  return Math.max(capacityClaimed.get(provider) ?? 0, capacity.firstWindow);
}

/** ANYONE, for a registered provider: up to `maxWindows` of its closed windows. */
export function claimCapacity(call: Call, provider: Address, maxWindows: number): void {
  const { state, rules } = call;
  requireThat(providerOf(state, provider).registered, "CapacityNotRegistered");
  const from = claimedTo(state, rules, provider);
  const { closed } = windowsOf(call, provider);
  requireThat(from < closed && maxWindows !== 0, "CapacityNothingDue");
  const to = Math.min(closed, from + maxWindows);
  let amount = 0n;
  for (let window = from; window < to; window++) {
    const paid = state.capacityPaid.get(window) ?? 0n;
    const due = capacityReward(provenCapacity(state, provider, window), paid, rules.capacity);
    if (due !== 0n) put(call, state.capacityPaid, window, paid + due);
    amount += due;
  }
  put(call, state.capacityClaimed, provider, to);
  pay(call, "programme", provider, amount);
}
