// The vault: free balances and named buckets. Amounts are base units of the token.

import type { Address } from "viem";
import { vaultAbi } from "./abi.ts";
import { read, write } from "./call.ts";
import { type Chain, requireSigner } from "./chain.ts";
import type { SendOptions } from "./sender.ts";
import { balanceOf, signPermit } from "./token.ts";

/** The vault's buckets, in the order of the Solidity enum. */
export const buckets = ["accounts", "escrows", "stakes", "collateral", "bonds", "channels", "pools", "burned"] as const;
export type Bucket = (typeof buckets)[number];

const vault = (chain: Chain) => ({ address: chain.addresses.vault, abi: vaultAbi }) as const;

/** Pulls `amount` of this key's tokens into its vault account, by a permit: one transaction. */
export async function deposit(chain: Chain, amount: bigint, options?: SendOptions) {
  const { account } = requireSigner(chain);
  const permit = await signPermit(chain, amount);
  return write(chain, { ...vault(chain), functionName: "depositWithPermit", args: [account.address, permit] }, options);
}

/** Sends `amount` of this key's free balance to `to`, or to itself. */
export function withdraw(chain: Chain, amount: bigint, to?: Address, options?: SendOptions) {
  const receiver = to ?? requireSigner(chain).account.address;
  return write(chain, { ...vault(chain), functionName: "withdraw", args: [amount, receiver] }, options);
}

/** Sends everything burned so far to the dead address. */
export function sweepBurned(chain: Chain, options?: SendOptions) {
  return write(chain, { ...vault(chain), functionName: "sweepBurned", args: [] }, options);
}

export function freeOf(chain: Chain, account: Address, blockNumber?: bigint): Promise<bigint> {
  return read(chain, { ...vault(chain), functionName: "freeOf", args: [account], blockNumber });
}

/** What one module holds in a bucket. */
export function held(chain: Chain, module: Address, bucket: Bucket): Promise<bigint> {
  return read(chain, { ...vault(chain), functionName: "held", args: [module, buckets.indexOf(bucket)] });
}

/** A bucket over all modules; for `accounts` the sum of all free balances. */
export function totalOf(chain: Chain, bucket: Bucket, blockNumber?: bigint): Promise<bigint> {
  return read(chain, { ...vault(chain), functionName: "totalOf", args: [buckets.indexOf(bucket)], blockNumber });
}

export function totalLiabilities(chain: Chain, blockNumber?: bigint): Promise<bigint> {
  return read(chain, { ...vault(chain), functionName: "totalLiabilities", args: [], blockNumber });
}

/** Tokens that the vault really holds. */
export function vaultBalance(chain: Chain, blockNumber?: bigint): Promise<bigint> {
  return balanceOf(chain, chain.addresses.vault, blockNumber);
}
