// Which slots of a deal have no replica any more, and what each would take to have one again.

import { reserveOf } from "../../../consensus/changes.ts";
import type { Replica } from "../../../consensus/deals.ts";
import { failsWhenSettled, settleDue } from "../../../consensus/settling.ts";
import { closedWindows } from "../../../consensus/spacetime.ts";
import { windowsFor, windowsLeft } from "../../../data/changes.ts";
import type { ClientContext } from "../context.ts";
import type { LiveDeal } from "../deal-on-chain.ts";

/** A slot that waits for a replica. */
export interface LostSlot {
  readonly slot: number;
  /** Of the replica that is to come. */
  readonly generation: number;
  /** Windows that it is paid for. */
  readonly windows: number;
  /** The replica that it replaces, and the windows whose price that one left in escrow; absent for a slot never filled. */
  readonly old?: Replica;
  readonly left: number;
}

export interface Survey {
  readonly lost: readonly LostSlot[];
  /** Slots that are lost and cannot be filled, now or ever. */
  readonly hopeless: readonly { readonly slot: number; readonly reason: string }[];
}

/**
 * Settles the slots whose replica has failed or was given up, so that the market takes another one; anyone may, and the
 * finder of a failure earns its share. Answers whether anything changed.
 */
export async function vacateSlots(context: ClientContext, { deal, active, states, replicas }: LiveDeal) {
  const { chain } = context;
  const gone = await Promise.all(
    active.map(async (replica) => {
      const { slot, provider } = replica.offer;
      const state = states[replicas.indexOf(replica)]!;
      if (await failsWhenSettled(chain, replica, state)) return [replica];
      const { left } = await reserveOf(chain, deal.dealKey, slot);
      if (left === 0) return [];
      const through = (await closedWindows(chain, provider)) - replica.firstWindow >= state.end;
      return through ? [replica] : [];
    }),
  );
  const due = gone.flat();
  if (due.length === 0) return false;
  context.tell(`settling ${due.length} slot${due.length === 1 ? "" : "s"} whose replica is gone`);
  await settleDue(chain, due, { andRelease: true });
  return true;
}

/** What the chain says about each slot that is not active. */
export async function surveySlots(
  { chain }: ClientContext,
  { deal, replicas, states, active }: LiveDeal,
): Promise<Survey> {
  const { slots: n, windows } = deal.terms;
  const lost: LostSlot[] = [];
  const hopeless: { slot: number; reason: string }[] = [];
  for (let slot = 0; slot < n; slot++) {
    const i = replicas.findIndex(({ offer }) => offer.slot === slot);
    if (i === -1) {
      lost.push({ slot, generation: 0, windows, left: 0 });
      continue;
    }
    const [replica, state] = [replicas[i]!, states[i]!];
    const reserve = await reserveOf(chain, deal.dealKey, slot);
    if (active.includes(replica)) {
      if (reserve.left > 0)
        hopeless.push({ slot, reason: "its provider gave it up; its last window is still to close" });
      continue;
    }
    const left = windowsLeft({ ...state, left: reserve.left });
    if (left === 0) hopeless.push({ slot, reason: `it is ${state.status} and has no window left` });
    else
      lost.push({ slot, generation: state.generation + 1, windows: windowsFor(deal.terms, left), old: replica, left });
  }
  return { lost, hopeless };
}
