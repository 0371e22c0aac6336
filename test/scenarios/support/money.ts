// What the market's events say about the money of one deal, held against the chain's bitmap.

import type { Hex } from "viem";
import type { Chain } from "../../../node/consensus/chain.ts";
import type { Replica } from "../../../node/consensus/deals.ts";
import { type HoldfastLog, readEvents } from "../../../node/consensus/events.ts";
import { slotOf } from "../../../node/consensus/market.ts";
import { isProven } from "../../../node/consensus/spacetime.ts";

export type SlotMoney = {
  readonly proven: number;
  readonly missed: number;
  readonly paid: bigint;
  readonly refunded: bigint;
};

export async function allEvents(chain: Chain): Promise<HoldfastLog[]> {
  const to = await chain.publicClient.getBlockNumber();
  return await readEvents(chain, { from: chain.fromBlock, to });
}

/** Sums over all settlements of one slot. */
export async function settledOf(chain: Chain, dealKey: Hex, slot: number): Promise<SlotMoney> {
  const sum = { proven: 0, missed: 0, paid: 0n, refunded: 0n };
  let price = 0n;
  for (const log of await allEvents(chain)) {
    if (log.eventName === "SlotFilled" && log.args.dealKey === dealKey && log.args.offer.slot === slot) {
      price = log.args.offer.price;
    }
    if (log.eventName !== "SlotSettled" || log.args.dealKey !== dealKey || log.args.slot !== slot) continue;
    sum.proven += log.args.proven;
    sum.missed += log.args.missed;
    sum.paid += BigInt(log.args.proven) * price;
    sum.refunded += BigInt(log.args.missed) * price;
  }
  return sum;
}

/** Windows that were settled so far, by what the bitmap says of each. */
export async function bitmapOfSettled(chain: Chain, replica: Replica): Promise<{ proven: number; missed: number }> {
  const { settled } = await slotOf(chain, replica.deal.dealKey, replica.offer.slot);
  const windows = Array.from({ length: settled }, (_, i) => replica.firstWindow + i);
  const bits = await Promise.all(windows.map((window) => isProven(chain, replica.offer.provider, window)));
  const proven = bits.filter((bit) => bit).length;
  return { proven, missed: settled - proven };
}
