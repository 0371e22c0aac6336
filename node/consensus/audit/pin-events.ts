// Audit pins: a burned fee that makes a provider's next window ask for one replica.

import { holds, same } from "./difference.ts";
import { windowsAt } from "./lanes.ts";
import { post } from "./moves.ts";
import { type Handlers, laneOf } from "./state.ts";

export const pinEvents: Handlers = {
  ReplicaPinned(books, { provider, window, root, client, fee }, scope, log) {
    const { rules, bids, stored } = books;
    const lane = laneOf(books, provider);
    same(`next window of ${provider}`, windowsAt(rules, provider, scope.block).drawn, window);
    same(`status of ${root}`, "active", lane.records.get(root)?.status);
    const filling = stored.get(`${provider} ${root}`);
    same(`client of ${root}`, filling?.offer.client, client);
    const { firstWindow, slot } = filling!;
    same(`status of the slot of ${root}`, "Active", slot.status);
    holds(
      window < firstWindow + slot.end,
      `window that is pinned to ${root}`,
      `below ${firstWindow + slot.end}`,
      window,
    );
    const bid = bids.get(provider);
    const least = bid?.window === window ? 2n * bid.fee : rules.minimumPinFee;
    holds(fee >= least, `fee for a pin of ${provider}`, `at least ${least}`, fee);
    bids.set(provider, { fee, window });
    lane.pins.set(window % 2, { window, root });
    const { pins } = rules.addresses;
    post(scope.moves.expected, `lock from ${client} into bonds of ${pins}`, fee, log);
    post(scope.moves.expected, `burn out of bonds of ${pins}`, fee, log);
  },
};
