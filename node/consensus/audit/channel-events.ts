// Payment channels: deposits, vouchers, closes.

import type { Address } from "viem";
import { holds, same } from "./difference.ts";
import { post } from "./moves.ts";
import type { Books, ChannelBooks, Handlers } from "./state.ts";

export const channelEvents: Handlers = {
  ChannelFunded(books, { payer, provider, epoch, amount, deposit }, scope, log) {
    const channel = channelOf(books, payer, provider);
    same(`epoch of the channel of ${payer} and ${provider}`, channel.epoch, epoch);
    same(`deposit of ${payer} for ${provider}`, channel.deposit + amount, deposit);
    channel.deposit = deposit;
    channel.closableAt = 0n;
    const { channels } = books.rules.addresses;
    post(scope.moves.expected, `lock from ${payer} into channels of ${channels}`, amount, log);
  },
  VoucherRedeemed(books, { payer, provider, epoch, cumulative, paid }, scope, log) {
    const channel = channelOf(books, payer, provider);
    same(`epoch of the channel of ${payer} and ${provider}`, channel.epoch, epoch);
    const reached = cumulative < channel.deposit ? cumulative : channel.deposit;
    holds(reached > channel.redeemed, `voucher of ${payer}`, `above ${channel.redeemed}`, reached);
    same(`paid by ${payer} to ${provider}`, reached - channel.redeemed, paid);
    channel.redeemed = reached;
    const { channels } = books.rules.addresses;
    post(scope.moves.expected, `release to ${provider} from channels of ${channels}`, paid, log);
  },
  ChannelClosing(books, { payer, provider, epoch, closableAt }, scope) {
    const channel = channelOf(books, payer, provider);
    same(`epoch of the channel of ${payer} and ${provider}`, channel.epoch, epoch);
    same(`an earlier close of ${payer}`, 0n, channel.closableAt);
    holds(channel.deposit > 0n, `deposit of ${payer} for ${provider}`, "more than nothing", channel.deposit);
    same(`end of the close of ${payer}`, scope.block + books.rules.closeDelay, closableAt);
    channel.closableAt = BigInt(closableAt);
  },
  ChannelClosed(books, { payer, provider, epoch, returned }, scope, log) {
    const channel = channelOf(books, payer, provider);
    same(`epoch of the channel of ${payer} and ${provider}`, channel.epoch, epoch);
    same(`returned to ${payer}`, channel.deposit - channel.redeemed, returned);
    Object.assign(channel, { deposit: 0n, redeemed: 0n, epoch: epoch + 1n, closableAt: 0n });
    const { channels } = books.rules.addresses;
    post(scope.moves.expected, `release to ${payer} from channels of ${channels}`, returned, log);
  },
};

function channelOf(books: Books, payer: Address, provider: Address): ChannelBooks {
  const key = `${payer} ${provider}`;
  const fresh: ChannelBooks = { payer, provider, deposit: 0n, redeemed: 0n, epoch: 0n, closableAt: 0n };
  const found = books.channels.get(key) ?? fresh;
  books.channels.set(key, found);
  return found;
}
