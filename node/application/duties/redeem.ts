/** The redeem duty: turns vouchers into money once a payer is quiet, and at once when it closes its channel. */

import type { Address, Hex } from "viem";
import { channelOf, redeem, type SignedVoucher } from "../../consensus/channels.ts";
import type { ProviderParts } from "../../interface/provider-parts.ts";
import { allChannels, type ChannelRow, channelOfPayer, putChannel } from "../../physical/channel-table.ts";

export interface RedeemOptions {
  /** Milliseconds without a voucher or piece after which a payer counts as quiet. */
  quietMs: number;
  /** Base units below which a transaction is not worth its gas. */
  least: bigint;
}

/** Vouchers in one transaction. */
const BATCH = 16;

/** Redeems what is due. Called every few blocks, far more often than a channel takes to close. */
export async function redeemDue(parts: ProviderParts, { quietMs, least }: RedeemOptions): Promise<void> {
  const { chain, journal, now, log } = parts;
  const me = chain.account.address;
  const due: ChannelRow[] = [];
  for (const row of journal.read(allChannels)) {
    if (row.cumulative <= row.redeemed) continue;
    const channel = await channelOf(chain, row.payer as Address, me);
    if (channel.epoch !== row.epoch || channel.redeemed >= row.cumulative) {
      await markRedeemed(parts, row); // closed, or redeemed by somebody else
      continue;
    }
    const quiet = now() - row.touchedAt >= quietMs && row.cumulative - channel.redeemed >= least;
    if (quiet || channel.closableAt !== 0) due.push(row);
  }
  for (let at = 0; at < due.length; at += BATCH) {
    const batch = due.slice(at, at + BATCH);
    const { result } = await redeem(
      chain,
      batch.map((row) => voucherOf(row, me)),
    );
    const paid = result.reduce((sum, amount) => sum + amount, 0n);
    log("info", `Redeemed ${batch.length} vouchers.`, { paid });
    for (const row of batch) await markRedeemed(parts, row);
  }
}

function voucherOf(row: ChannelRow, provider: Address): SignedVoucher {
  const { payer, epoch, cumulative, signature } = row;
  return { voucher: { payer: payer as Address, provider, epoch, cumulative }, signature: signature as Hex };
}

/** Only what was redeemed: a higher voucher may have come meanwhile. */
async function markRedeemed({ journal }: ProviderParts, { payer, epoch, cumulative }: ChannelRow): Promise<void> {
  await journal.commit((db) => {
    const row = channelOfPayer(db, payer);
    if (row?.epoch === epoch) putChannel(db, { ...row, redeemed: cumulative });
  });
}
