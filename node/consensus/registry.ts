// The registry of providers.

import type { Address } from "viem";
import { providerRegistryAbi } from "./abi.ts";
import { read, write } from "./call.ts";
import type { Chain } from "./chain.ts";
import type { SendOptions } from "./sender.ts";

const registry = (chain: Chain) => ({ address: chain.addresses.registry, abi: providerRegistryAbi }) as const;

/** Registers this key once. */
export function register(chain: Chain, profile: Profile, ask: Ask, options?: SendOptions) {
  return write(chain, { ...registry(chain), functionName: "register", args: [profile, ask] }, options);
}

export function updateProfile(chain: Chain, profile: Profile, options?: SendOptions) {
  return write(chain, { ...registry(chain), functionName: "updateProfile", args: [profile] }, options);
}

export function updateAsk(chain: Chain, ask: Ask, options?: SendOptions) {
  return write(chain, { ...registry(chain), functionName: "updateAsk", args: [ask] }, options);
}

/** Makes every offer that this key signed so far worthless. */
export function revokeOffers(chain: Chain, options?: SendOptions) {
  return write(chain, { ...registry(chain), functionName: "revokeOffers", args: [] }, options);
}

/** Moves `amount` base units from this key's vault account into its stake. */
export function stake(chain: Chain, amount: bigint, options?: SendOptions) {
  return write(chain, { ...registry(chain), functionName: "stake", args: [amount] }, options);
}

export function requestUnstake(chain: Chain, amount: bigint, options?: SendOptions) {
  return write(chain, { ...registry(chain), functionName: "requestUnstake", args: [amount] }, options);
}

export function withdrawStake(chain: Chain, options?: SendOptions) {
  return write(chain, { ...registry(chain), functionName: "withdrawStake", args: [] }, options);
}

/** Leaves the list for good; the bag must be empty, the stake out and no forced retrieval open. */
export function deregister(chain: Chain, options?: SendOptions) {
  return write(chain, { ...registry(chain), functionName: "deregister", args: [] }, options);
}

/** Names the operator of this key's lane, the zero address for none; it counts once the operator accepts. */
export function declareOperator(chain: Chain, operator: Address, options?: SendOptions) {
  return write(chain, { ...registry(chain), functionName: "declareOperator", args: [operator] }, options);
}

/** This key says that `lanes`, which name it, are its own. */
export function acceptLanes(chain: Chain, lanes: readonly Address[], options?: SendOptions) {
  return write(chain, { ...registry(chain), functionName: "acceptLanes", args: [lanes] }, options);
}

/** This key says that a lane which names it is not its own. */
export function renounceLane(chain: Chain, lane: Address, options?: SendOptions) {
  return write(chain, { ...registry(chain), functionName: "renounceLane", args: [lane] }, options);
}

/** Stake that was earned and cannot leave before the minimum is reached. */
export function earnedOf(chain: Chain, provider: Address): Promise<bigint> {
  return read(chain, { ...registry(chain), functionName: "earnedOf", args: [provider] });
}

export function isRegistered(chain: Chain, provider: Address): Promise<boolean> {
  return read(chain, { ...registry(chain), functionName: "isRegistered", args: [provider] });
}

export function stakeOf(chain: Chain, provider: Address): Promise<bigint> {
  return read(chain, { ...registry(chain), functionName: "stakeOf", args: [provider] });
}

/** What may be withdrawn from which block on; zero when nothing was asked for. A request lapses after another delay. */
export async function unstakeRequestOf(chain: Chain, provider: Address) {
  const [amount, availableAt] = await read(chain, {
    ...registry(chain),
    functionName: "unstakeRequestOf",
    args: [provider],
  });
  return { amount, availableAt: BigInt(availableAt) };
}

/** Blocks between a request and its withdrawal. */
export function unbondingDelay(chain: Chain): Promise<bigint> {
  return read(chain, { ...registry(chain), functionName: "UNBONDING_DELAY", args: [] });
}

export function offerEpochOf(chain: Chain, provider: Address): Promise<bigint> {
  return read(chain, { ...registry(chain), functionName: "offerEpochOf", args: [provider] });
}

export function providerCount(chain: Chain): Promise<bigint> {
  return read(chain, { ...registry(chain), functionName: "providerCount", args: [] });
}

export function providerOf(chain: Chain, provider: Address) {
  return read(chain, { ...registry(chain), functionName: "provider", args: [provider] });
}

export type ProviderView = Awaited<ReturnType<typeof providerOf>>;
export type Profile = ProviderView["profile"];
export type Ask = ProviderView["ask"];

export function providers(chain: Chain, offset: bigint, limit: bigint): Promise<readonly ProviderView[]> {
  return read(chain, { ...registry(chain), functionName: "providers", args: [offset, limit] });
}

/** Every registered provider, page by page. */
export async function allProviders(chain: Chain, pageSize = 100n): Promise<ProviderView[]> {
  const found: ProviderView[] = [];
  while (true) {
    const page = await providers(chain, BigInt(found.length), pageSize);
    found.push(...page);
    if (BigInt(page.length) < pageSize) return found;
  }
}
