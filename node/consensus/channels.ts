// Payment channels of retrieval: one per (payer, provider).

import type { Address, Hex } from "viem";
import { paymentChannelsAbi } from "./abi.ts";
import { read, write } from "./call.ts";
import type { Chain } from "./chain.ts";
import type { SendOptions } from "./sender.ts";

const channels = (chain: Chain) => ({ address: chain.addresses.channels, abi: paymentChannelsAbi }) as const;

/** A promise of `cumulative` base units in this life (`epoch`) of the channel. */
export interface Voucher {
  payer: Address;
  provider: Address;
  epoch: bigint;
  cumulative: bigint;
}

export interface SignedVoucher {
  voucher: Voucher;
  signature: Hex;
}

/** Opens or tops up many channels out of this key's vault account; base units. */
export function fund(
  chain: Chain,
  channelsToFund: readonly { provider: Address; amount: bigint }[],
  options?: SendOptions,
) {
  const providers = channelsToFund.map(({ provider }) => provider);
  const amounts = channelsToFund.map(({ amount }) => amount);
  return write(chain, { ...channels(chain), functionName: "fund", args: [providers, amounts] }, options);
}

/** Anyone: pays each voucher's increase to its provider. Its result is what each paid. */
export function redeem(chain: Chain, vouchers: readonly SignedVoucher[], options?: SendOptions) {
  return write(chain, { ...channels(chain), functionName: "redeem", args: [vouchers] }, options);
}

/** Payer: starts the close delay. */
export function startClose(chain: Chain, provider: Address, options?: SendOptions) {
  return write(chain, { ...channels(chain), functionName: "startClose", args: [provider] }, options);
}

/** Payer: after the delay, takes the rest. */
export function close(chain: Chain, provider: Address, options?: SendOptions) {
  return write(chain, { ...channels(chain), functionName: "close", args: [provider] }, options);
}

/** Provider: closes at once and returns the rest to the payer. */
export function closeAsProvider(chain: Chain, payer: Address, options?: SendOptions) {
  return write(chain, { ...channels(chain), functionName: "closeAsProvider", args: [payer] }, options);
}

/** Deposit, redeemed, epoch, and the block from which the payer may close (0 while nobody closes). */
export function channelOf(chain: Chain, payer: Address, provider: Address) {
  return read(chain, { ...channels(chain), functionName: "channelOf", args: [payer, provider] });
}

/** The EIP-712 digest of a voucher, computed by the contract. */
export function hashVoucher(chain: Chain, voucher: Voucher): Promise<Hex> {
  return read(chain, { ...channels(chain), functionName: "hashVoucher", args: [voucher] });
}
