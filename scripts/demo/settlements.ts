// What settlement did, summed from the market's events per provider.

import type { Chain } from "../../node/consensus/chain.ts";
import { readEvents } from "../../node/consensus/events.ts";

export type Settlement = {
  readonly proven: number;
  readonly missed: number;
  readonly paid: bigint;
  readonly refunded: bigint;
};

export type MoneyEvents = {
  readonly settled: ReadonlyMap<string, Settlement>;
  /** Stake taken per provider; base units. */
  readonly slashed: ReadonlyMap<string, bigint>;
  /** Paid by vouchers per provider. */
  readonly redeemed: ReadonlyMap<string, bigint>;
};

/** Reads the whole history of the deployment; keys are addresses as the chain prints them. */
export async function readMoney(chain: Chain): Promise<MoneyEvents> {
  const to = await chain.publicClient.getBlockNumber();
  const settled = new Map<string, Settlement>();
  const slashed = new Map<string, bigint>();
  const redeemed = new Map<string, bigint>();
  const prices = new Map<string, bigint>();
  for (const log of await readEvents(chain, { from: chain.fromBlock, to })) {
    if (log.eventName === "SlotFilled") {
      const { dealKey, slot, price } = log.args.offer;
      prices.set(`${dealKey}:${slot}`, price);
    } else if (log.eventName === "SlotSettled") {
      const { dealKey, slot, provider, proven, missed } = log.args;
      const price = prices.get(`${dealKey}:${slot}`)!;
      const before = settled.get(provider) ?? { proven: 0, missed: 0, paid: 0n, refunded: 0n };
      settled.set(provider, {
        proven: before.proven + proven,
        missed: before.missed + missed,
        paid: before.paid + BigInt(proven) * price,
        refunded: before.refunded + BigInt(missed) * price,
      });
    } else if (log.eventName === "StakeSlashed") {
      const { provider, burned, reward } = log.args;
      slashed.set(provider, (slashed.get(provider) ?? 0n) + burned + reward);
    } else if (log.eventName === "VoucherRedeemed") {
      const { provider, paid } = log.args;
      redeemed.set(provider, (redeemed.get(provider) ?? 0n) + paid);
    }
  }
  return { settled, slashed, redeemed };
}
