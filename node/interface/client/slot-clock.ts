// A filled slot and its clock as the pure rules of settlement take them, read from the chain at one block.

import type { Chain } from "../../consensus/chain.ts";
import type { Replica } from "../../consensus/deals.ts";
import { readSlot } from "../../consensus/market.ts";
import { provenWord, recordOf } from "../../consensus/spacetime.ts";
import type { ReplicaClock, Slot } from "../../data/settlement.ts";
import { closedWindows, nextOpening } from "../../data/windows.ts";

export interface TimedSlot {
  readonly slot: Slot;
  readonly clock: ReplicaClock;
}

/** `block` is the newest; what happens in the one that a transaction gets into may differ by a window. */
export async function readTimedSlot(chain: Chain, replica: Replica, block: bigint): Promise<TimedSlot> {
  const { offer, firstWindow, deal } = replica;
  const { parameters } = chain;
  const [slot, record] = await Promise.all([
    readSlot(chain, deal.dealKey, offer.slot),
    recordOf(chain, offer.provider, offer.root),
  ]);
  const closed = Math.max(closedWindows(parameters, offer.provider, block) - firstWindow, 0);
  const opened = Math.max(nextOpening(parameters, offer.provider, block) - firstWindow, 0);
  const start = record.firstWindow;
  const words = new Map<number, bigint>();
  const last = Math.floor((firstWindow + Math.max(closed, slot.end)) / 256);
  for (let index = Math.floor(start / 256); index <= last; index++) {
    words.set(index, await provenWord(chain, offer.provider, BigInt(index)));
  }
  const clock = { start, firstWindow, closed, opened, provenWord: (index: number) => words.get(index) ?? 0n };
  return { slot, clock };
}
