// The reward pool: gives back a part of the fees that were burned for proven windows. Amounts are base units.

import type { Address, Hex } from "viem";
import type { Filling } from "../data/terms.ts";
import { rewardPoolAbi } from "./abi.ts";
import { read, write } from "./call.ts";
import type { Chain } from "./chain.ts";
import type { SendOptions } from "./sender.ts";

const rewards = (chain: Chain) => ({ address: chain.addresses.rewards, abi: rewardPoolAbi }) as const;

/** What is left in the fund. */
export function available(chain: Chain): Promise<bigint> {
  return read(chain, { ...rewards(chain), functionName: "available", args: [] });
}

/** For one proven window at `price`. */
export function rewardPerWindow(chain: Chain, price: bigint): Promise<bigint> {
  return read(chain, { ...rewards(chain), functionName: "rewardPerWindow", args: [price] });
}

/** One after the last window of the lane that the replica was rewarded for. */
export function rewardedTo(chain: Chain, provider: Address, root: Hex): Promise<number> {
  return read(chain, { ...rewards(chain), functionName: "rewardedTo", args: [provider, root] });
}

/** Anyone, for the filling's provider: the proven ones among its next `maxWindows` settled windows. */
export function claimStorage(chain: Chain, filling: Filling, maxWindows: bigint, options?: SendOptions) {
  return write(chain, { ...rewards(chain), functionName: "claimStorage", args: [filling, maxWindows] }, options);
}
