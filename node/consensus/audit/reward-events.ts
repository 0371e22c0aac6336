// The reward pool: windows that are settled and proven, each below the fee that was burned for it.

import { downloadReward, rewardPerWindow } from "../../data/rewards.ts";
import { holds, RuleBroken, same } from "./difference.ts";
import { isSet } from "./lanes.ts";
import { post } from "./moves.ts";
import { type Handlers, laneOf } from "./state.ts";

export const rewardEvents: Handlers = {
  PoolFunded(books, { from, amount }, scope, log) {
    post(scope.moves.expected, `lock from ${from} into pools of ${books.rules.addresses.rewards}`, amount, log);
  },
  StorageRewarded(books, { replicaId, provider, rewarded, proven, amount }, scope, log) {
    const filling = books.replicas.get(replicaId);
    if (filling === undefined) throw new RuleBroken(`replica ${replicaId}`, "behind a slot", "unknown");
    const { offer, firstWindow, slot } = filling;
    const { protocolFeeBps, rewardBps, addresses } = books.rules;
    same(`provider of ${replicaId}`, offer.provider, provider);
    const before = books.rewarded.get(replicaId) ?? 0;
    const due = rewarded > before && rewarded <= slot.settled;
    holds(due, `rewarded windows of ${replicaId}`, `${before + 1} to ${slot.settled}`, rewarded);
    const lane = laneOf(books, provider);
    let bits = 0n;
    for (let window = firstWindow + before; window < firstWindow + rewarded; window++) if (isSet(lane, window)) bits++;
    same(`proven windows among those rewarded of ${replicaId}`, bits, proven);
    same(`reward of ${replicaId}`, bits * rewardPerWindow(offer.price, protocolFeeBps, rewardBps), amount);
    books.rewarded.set(replicaId, rewarded);
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
    post(scope.moves.expected, `release to ${seller} from pools of ${addresses.rewards}`, amount, log);
  },
};
