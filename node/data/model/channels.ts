/** Payment channels of the model: one per payer and provider, paid by cumulative vouchers (PaymentChannels.sol). */
import type { Address } from "viem";
import { type Call, put, requireThat } from "./call.ts";
import { type Channel, EMPTY_CHANNEL, type State } from "./state.ts";
import { lock, release } from "./vault.ts";

export interface JudgedVoucher {
  readonly payer: Address;
  readonly provider: Address;
  readonly epoch: bigint;
  readonly cumulative: bigint;
  /** Whether the payer signed it. */
  readonly signed: boolean;
}

export function channelOf({ channels }: State, payer: Address, provider: Address): Channel {
  return channels.get(`${payer}/${provider}`) ?? EMPTY_CHANNEL;
}

/** PAYER: opens channels, or adds to them and takes back a wish to close. */
export function fund(call: Call, fundings: readonly { readonly provider: Address; readonly amount: bigint }[]): void {
  let total = 0n;
  for (const { provider, amount } of fundings) {
    requireThat(BigInt(provider) !== 0n, "ChannelsZeroProvider");
    const channel = channelOf(call.state, call.caller, provider);
    change(call, call.caller, provider, { ...channel, deposit: channel.deposit + amount, closableAt: 0n });
    total += amount;
  }
  lock(call, "channels", "Channels", call.caller, total);
}

/** PAYER */
export function startClose(call: Call, provider: Address): void {
  const channel = channelOf(call.state, call.caller, provider);
  requireThat(channel.deposit !== 0n, "ChannelEmpty");
  requireThat(channel.closableAt === 0n, "ChannelAlreadyClosing");
  change(call, call.caller, provider, { ...channel, closableAt: call.block + call.rules.closeDelay });
}

/** PAYER, once the delay is over. */
export function close(call: Call, provider: Address): void {
  const { closableAt } = channelOf(call.state, call.caller, provider);
  requireThat(closableAt !== 0n, "ChannelNotClosing");
  requireThat(call.block >= closableAt, "ChannelCloseTooEarly");
  finish(call, call.caller, provider);
}

/** PROVIDER, at once. */
export function closeAsProvider(call: Call, payer: Address): void {
  requireThat(channelOf(call.state, payer, call.caller).deposit !== 0n, "ChannelEmpty");
  finish(call, payer, call.caller);
}

/** ANYONE: what each voucher paid; 0 for one that is worth nothing. */
export function redeem(call: Call, vouchers: readonly JudgedVoucher[]): bigint[] {
  return vouchers.map(({ payer, provider, epoch, cumulative, signed }) => {
    const channel = channelOf(call.state, payer, provider);
    const reached = cumulative < channel.deposit ? cumulative : channel.deposit;
    if (reached <= channel.redeemed || epoch !== channel.epoch || !signed) return 0n;
    change(call, payer, provider, { ...channel, redeemed: reached });
    release(call, "channels", "Channels", provider, reached - channel.redeemed);
    return reached - channel.redeemed;
  });
}

/** Vouchers of the epoch are worthless from here on. */
function finish(call: Call, payer: Address, provider: Address): void {
  const { deposit, redeemed, epoch } = channelOf(call.state, payer, provider);
  change(call, payer, provider, { ...EMPTY_CHANNEL, epoch: epoch + 1n });
  release(call, "channels", "Channels", payer, deposit - redeemed);
}

function change(call: Call, payer: Address, provider: Address, channel: Channel): void {
  put(call, call.state.channels, `${payer}/${provider}`, channel);
}
