/** The rules of credit for retrieval: paid ahead, durable first, one payer's remainder never another peer's. */
import { Refusal } from "../network/refusal.ts";

/** What the provider knows of one payer's channel in one of its lives. */
export interface Account {
  readonly epoch: bigint;
  readonly cumulative: bigint;
  readonly spent: bigint;
  /** Peer that handed over the highest voucher. */
  readonly peer: string;
}

/** The channel as the chain has it. */
export interface ChannelState {
  readonly deposit: bigint;
  readonly epoch: bigint;
  readonly closableAt: number;
}

/**
 * The account after a voucher whose signature is good. A Refusal `VOUCHER_EPOCH`, `CHANNEL_CLOSING` or
 * `VOUCHER_ABOVE_DEPOSIT` says what to do; a voucher that is not higher changes nothing.
 *
 * Vouchers are public once redeemed: another peer that shows one gets no credit out of what is left of it, only out of
 * what it adds.
 */
export function takeVoucher(
  known: Account | undefined,
  channel: ChannelState,
  voucher: { epoch: bigint; cumulative: bigint },
  peer: string,
): Account {
  if (voucher.epoch !== channel.epoch) {
    throw new Refusal(
      "VOUCHER_EPOCH",
      `The voucher is for life ${voucher.epoch} of the channel, it is in life ${channel.epoch}. Sign for that one.`,
    );
  }
  if (channel.closableAt !== 0) {
    throw new Refusal("CHANNEL_CLOSING", "The channel is being closed. Top it up to keep it open.");
  }
  if (voucher.cumulative > channel.deposit) {
    throw new Refusal(
      "VOUCHER_ABOVE_DEPOSIT",
      `The voucher is for ${voucher.cumulative}, the channel holds ${channel.deposit}. Fund it first.`,
    );
  }
  const empty: Account = { epoch: channel.epoch, cumulative: 0n, spent: 0n, peer };
  const before = known?.epoch === channel.epoch ? known : empty;
  if (voucher.cumulative <= before.cumulative) return before;
  const spent = before.peer === peer ? before.spent : before.cumulative;
  return { epoch: channel.epoch, cumulative: voucher.cumulative, spent, peer };
}

/** What `peer` may still be sent for. */
export function creditOf(account: Account | undefined, peer: string): bigint {
  if (account === undefined || account.peer !== peer) return 0n;
  return account.cumulative - account.spent;
}

/** The account after pieces for `price` together; a Refusal `PAYMENT_REQUIRED` when the credit does not cover it. */
export function spend<T extends Account>(account: T, peer: string, price: bigint): T {
  const credit = creditOf(account, peer);
  if (credit < price) {
    throw new Refusal(
      "PAYMENT_REQUIRED",
      `The pieces cost ${price}, the credit is ${credit}. Send a voucher for at least ${account.spent + price}.`,
    );
  }
  return { ...account, spent: account.spent + price };
}
