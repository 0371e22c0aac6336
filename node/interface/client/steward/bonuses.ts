// What a refiller has earned: the bonus of every slot that it refilled and whose new replica has proven itself.

import { isAddressEqual } from "viem";
import { claimBonus, refillerOf, reserveOf } from "../../../consensus/changes.ts";
import type { Replica } from "../../../consensus/deals.ts";
import type { SlotState } from "../../../consensus/market.ts";
import { settleDue } from "../../../consensus/settling.ts";
import { closedWindows, isProven, recordOf } from "../../../consensus/spacetime.ts";
import type { ClientContext } from "../context.ts";
import type { LiveDeal } from "../deal-on-chain.ts";

export interface Bonus {
  readonly slot: number;
  /** Base units. */
  readonly amount: bigint;
}

/** Claims all that is earned of one deal; settles the slots where that is still to be done. */
export async function claimBonuses(context: ClientContext, { active, replicas, states }: LiveDeal): Promise<Bonus[]> {
  const { chain } = context;
  const claimed: Bonus[] = [];
  for (const replica of active) {
    const { dealKey, slot } = replica.offer;
    if (replica.offer.generation === 0) continue;
    const [reserve, refiller] = await Promise.all([reserveOf(chain, dealKey, slot), refillerOf(chain, dealKey, slot)]);
    if (reserve.bonus === 0n || reserve.earnedFrom === 0 || !isAddressEqual(refiller, chain.account.address)) continue;
    const state = states[replicas.indexOf(replica)]!;
    const window = await earningWindow(context, replica, state, reserve.earnedFrom);
    if (window === undefined) continue;
    if (window >= replica.firstWindow + state.settled) await settleDue(chain, [replica]);
    await claimBonus(chain, { offer: replica.offer, firstWindow: replica.firstWindow }, window);
    context.tell(`slot ${slot}: the bonus is claimed`);
    claimed.push({ slot, amount: reserve.bonus });
  }
  return claimed;
}

/** A closed window of the provider's own that earns the bonus, once it is settled; as `_bonusWindows` has it. */
async function earningWindow(
  { chain }: ClientContext,
  { offer, firstWindow }: Replica,
  { end }: SlotState,
  earnedFrom: number,
): Promise<number | undefined> {
  const { firstWindow: start } = await recordOf(chain, offer.provider, offer.root);
  const last = Math.min(await closedWindows(chain, offer.provider), firstWindow + end);
  for (let window = start + earnedFrom - 1; window < last; window++) {
    if (await isProven(chain, offer.provider, window)) return window;
  }
  return undefined;
}
