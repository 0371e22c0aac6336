// The reward pool: windows that are settled and proven, each below the fee that was burned for it.

import { downloadReward, rewardPerWindow } from "../../data/rewards.ts";
import { holds, RuleBroken, same } from "./difference.ts";
import { isSet } from "./lanes.ts";
import { post } from "./moves.ts";
import { oweEarning } from "./registry-events.ts";
import { type Handlers, laneOf } from "./state.ts";

export const rewardEvents: Handlers = {
  PoolFunded(books, { from, amount }, scope, log) {
    post(scope.moves.expected, `lock from ${from} into pools of ${books.rules.addresses.rewards}`, amount, log);
  },
  StorageRewarded(books, { provider, root, from, to, proven, amount }, scope, log) {
    const key = `${provider} ${root}` as const;
    const filling = books.stored.get(key);
    if (filling === undefined) throw new RuleBroken(`replica ${root} of ${provider}`, "behind a slot", "unknown");
    const { offer, firstWindow, slot } = filling;
    const { protocolFeeBps, rewardBps, addresses } = books.rules;
    same(`who holds the replica ${root}`, offer.provider, provider);
    same(`first window rewarded of ${key}`, Math.max(books.rewarded.get(key) ?? 0, firstWindow), from);
    const due = to > from && to <= firstWindow + slot.settled;
    holds(due, `rewarded windows of ${key}`, `above ${from}, at most ${firstWindow + slot.settled}`, to);
    const lane = laneOf(books, provider);
    let bits = 0n;
    for (let window = from; window < to; window++) if (isSet(lane, window)) bits++;
    same(`proven windows among those rewarded of ${key}`, bits, proven);
    same(`reward of ${key}`, bits * rewardPerWindow(offer.price, protocolFeeBps, rewardBps), amount);
    books.rewarded.set(key, to);
    oweEarning(books, scope, provider, amount, log);
    post(scope.moves.expected, `release to ${provider} from pools of ${addresses.rewards}`, amount, log);
  },
  DownloadRewarded(books, { id, seller, amount }, scope, log) {
    const found = books.downloads.get(id);
    same(`status of ${id}`, "paid", found?.status);
    same(`${id} was rewarded before`, false, found!.rewarded);
    same(`seller of ${id}`, found!.session.seller, seller);
    const { downloadFeeBps, rewardBps, addresses } = books.rules;
    same(`reward of ${id}`, downloadReward(found!.session.price, downloadFeeBps, rewardBps), amount);
    found!.rewarded = true;
    oweEarning(books, scope, seller, amount, log);
    post(scope.moves.expected, `release to ${seller} from pools of ${addresses.rewards}`, amount, log);
  },
};
