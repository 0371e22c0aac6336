/** Stakes of the model: raised by their providers, asked back with a delay, taken for misses and silence (ProviderRegistry.sol). */
import type { Address } from "viem";
import { type Call, put, refuse, requireThat } from "./call.ts";
import { burnOf, isAccounted, judge, laneOf, weightAt } from "./lanes.ts";
import { type Provider, providerOf } from "./state.ts";
import { burn, lock, release } from "./vault.ts";

/** Basis points of what is taken, for who did the accounting, and for who asked for bytes in vain. */
const ACCOUNTING_REWARD_BPS = 500n;
const WITHHELD_SHARE_BPS = 2_500n;
const WHOLE = 10_000n;
/** Stake that an addition leaves behind, in misses of the whole bag. */
export const ADMISSION_MISSES = 32n;

/** PROVIDER: profile and ask are valid and nobody's money. */
export function register(call: Call): void {
  requireThat(!providerOf(call.state, call.caller).registered, "RegistryAlreadyRegistered");
  change(call, call.caller, { registered: true });
}

/** PROVIDER: every offer of an older epoch is void. */
export function revokeOffers(call: Call): void {
  const { registered, epoch } = providerOf(call.state, call.caller);
  requireThat(registered, "RegistryNotRegistered");
  change(call, call.caller, { epoch: epoch + 1n });
}

/** PROVIDER: raises its stake out of its free balance. */
export function stake(call: Call, amount: bigint): void {
  requireThat(amount !== 0n, "RegistryZeroAmount");
  change(call, call.caller, { stake: providerOf(call.state, call.caller).stake + amount });
  lock(call, "registry", "Stakes", call.caller, amount);
  judge(call, call.caller);
}

/** PROVIDER: a later request replaces an earlier one. */
export function requestUnstake(call: Call, amount: bigint): void {
  requireThat(amount !== 0n, "RegistryZeroAmount");
  requireThat(amount <= providerOf(call.state, call.caller).stake, "RegistryUnstakeAboveStake");
  change(call, call.caller, {
    unstakeRequested: amount,
    unstakeAvailableAt: call.block + call.rules.unbondingDelay,
  });
}

/** PROVIDER: what was requested, as far as the bag and open requests leave it free. */
export function withdrawStake(call: Call): void {
  const self = providerOf(call.state, call.caller);
  requireThat(self.unstakeRequested !== 0n, "RegistryNothingRequested");
  requireThat(call.block >= self.unstakeAvailableAt, "RegistryUnstakeTooEarly");
  requireThat(isAccounted(call, call.caller), "RegistryLaneBehind");
  const needed = neededStake(call, call.caller);
  if (self.stake <= needed) refuse("RegistryStakeNeeded");
  const spare = self.stake - needed;
  const amount = self.unstakeRequested < spare ? self.unstakeRequested : spare;
  change(call, call.caller, { stake: self.stake - amount, unstakeRequested: 0n, unstakeAvailableAt: 0n });
  release(call, "registry", "Stakes", call.caller, amount);
}

/** SPACETIME: `caller` earns its share, and nobody does if it is undefined. */
export function slash(call: Call, provider: Address, amount: bigint, caller: Address | undefined): bigint {
  return take(call, provider, amount, caller, caller === undefined ? 0n : ACCOUNTING_REWARD_BPS);
}

/** RETRIEVAL: stake for silence. */
export function penalise(call: Call, provider: Address, amount: bigint, requester: Address): bigint {
  const taken = take(call, provider, amount, requester, WITHHELD_SHARE_BPS);
  judge(call, provider);
  return taken;
}

function neededStake(call: Call, account: Address): bigint {
  const weight = weightAt(laneOf(call.state, account).counts);
  const exposure = BigInt(call.state.asked.get(account) ?? 0) * call.rules.penalty;
  if (weight === 0n) return exposure;
  const required = burnOf(call.rules, weight, ADMISSION_MISSES);
  return (required > call.rules.minimumStake ? required : call.rules.minimumStake) + exposure;
}

function take(call: Call, account: Address, amount: bigint, to: Address | undefined, shareBps: bigint): bigint {
  const { stake: held } = providerOf(call.state, account);
  const taken = amount < held ? amount : held;
  const reward = (taken * shareBps) / WHOLE;
  change(call, account, { stake: held - taken });
  burn(call, "registry", "Stakes", taken - reward);
  if (to !== undefined) release(call, "registry", "Stakes", to, reward);
  return taken;
}

function change(call: Call, account: Address, fields: Partial<Provider>): void {
  put(call, call.state.providers, account, { ...providerOf(call.state, account), ...fields });
}
