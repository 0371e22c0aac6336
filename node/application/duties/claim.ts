/** Claims what the reward pool gives for settled windows, in few transactions, and before a filling ends: after it nothing is due. */
import { stateOf } from "../../consensus/market.ts";
import { available, claimStorage, rewardedTo, rewardPerWindow } from "../../consensus/rewards.ts";
import type { SlotClaim } from "../../data/terms.ts";
import type { ProviderParts } from "../../interface/provider-parts.ts";

/** Settled windows that are worth a transaction of their own while the replica goes on. */
const LEAST_WINDOWS = 16;
const ALL = 65_535n;

export async function claimRewards({ chain, log }: ProviderParts, replicas: readonly SlotClaim[]): Promise<void> {
  let left = await available(chain);
  for (const { offer, firstWindow } of replicas) {
    if (left === 0n) return;
    const [state, reached, each] = await Promise.all([
      stateOf(chain, { offer, firstWindow }),
      rewardedTo(chain, offer.provider, offer.root),
      rewardPerWindow(chain, offer.price),
    ]);
    if (state === undefined) continue; // something else fills the slot, and the pool would not know this
    const due = firstWindow + state.settled - Math.max(reached, firstWindow);
    const most = BigInt(due) * each;
    const isOver = state.settled === state.end || state.status !== "active";
    if (most <= 0n || most > left || (due < LEAST_WINDOWS && !isOver)) continue;
    try {
      await claimStorage(chain, { offer, firstWindow }, ALL);
      left -= most;
      log("info", `Claimed the rewards of ${due} windows.`, { root: offer.root });
    } catch (error) {
      // Somebody may have claimed for it just before: the others' rewards do not wait for it.
      log("warn", `Rewards were not claimed: ${(error as Error).message}`, { root: offer.root });
    }
  }
}
