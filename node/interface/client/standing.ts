// Where a payer stands with a provider: what this machine has promised, what the chain has paid out, and what the wallet has signed
// elsewhere: on a machine that is lost, or on a second one in use.

import type { Address } from "viem";
import { type Domains, verifyMessage } from "../../consensus/signing.ts";
import type { VoucherMessage } from "../../network/protocols/retrieve.ts";

export interface StandingOptions {
  readonly payer: Address;
  readonly provider: Address;
  /** The channel's life; vouchers of earlier ones are worth nothing. */
  readonly epoch: bigint;
  /** Base units promised by this machine, and redeemed on the chain. */
  readonly recorded: bigint;
  readonly redeemed: bigint;
  /** The highest voucher that the provider says it has. */
  readonly told: VoucherMessage | undefined;
}

/**
 * The highest cumulative amount that this wallet is known to have promised; the next voucher must exceed it. Only what the wallet
 * has signed counts: a provider that could invent a balance would be paid for it.
 */
export async function promisedSoFar(domains: Domains, options: StandingOptions): Promise<bigint> {
  const { payer, provider, epoch, recorded, redeemed, told } = options;
  const known = recorded > redeemed ? recorded : redeemed;
  if (told === undefined || told.epoch !== epoch || told.cumulative <= known) return known;
  const voucher = { payer, provider, epoch, cumulative: told.cumulative };
  return (await verifyMessage(domains, "Voucher", voucher, told.signature, payer)) ? told.cumulative : known;
}
