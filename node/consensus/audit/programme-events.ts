// The programme for empty capacity: a fund of its own, which pays for proven windows under caps.

import { capacityReward } from "../../data/rewards.ts";
import { capacityRules } from "./capacity-events.ts";
import { holds, same } from "./difference.ts";
import { windowsAt } from "./lanes.ts";
import { post } from "./moves.ts";
import { oweEarning } from "./registry-events.ts";
import { type Handlers, providerOf, spaceOf } from "./state.ts";

export const programmeEvents: Handlers = {
  PoolFunded(books, { from, amount }, scope, log) {
    post(scope.moves.expected, `lock from ${from} into pools of ${capacityRules(books).programme}`, amount, log);
  },
  CapacityRewarded(books, { provider, from, to, amount }, scope, log) {
    const rules = capacityRules(books);
    same(`${provider} is registered`, true, providerOf(books, provider).registered);
    same(
      `first window claimed of ${provider}`,
      Math.max(books.capacityClaimed.get(provider) ?? 0, rules.firstWindow),
      from,
    );
    const { closed } = windowsAt(books.rules, provider, scope.block);
    holds(to > from && to <= closed, `last window claimed of ${provider}`, `above ${from}, at most ${closed}`, to);
    const { proven } = spaceOf(books, provider);
    let due = 0n;
    for (let window = from; window < to; window++) {
      const paid = books.capacityPaid.get(window) ?? 0n;
      const one = capacityReward(proven.get(window) ?? 0n, paid, rules);
      if (one !== 0n) books.capacityPaid.set(window, paid + one);
      due += one;
    }
    same(`reward of ${provider} for windows ${from} to ${to - 1}`, due, amount);
    books.capacityClaimed.set(provider, to);
    oweEarning(books, scope, provider, amount, log);
    post(scope.moves.expected, `release to ${provider} from pools of ${rules.programme}`, amount, log);
  },
};
