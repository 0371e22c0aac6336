/** Stakes of the model: raised by their providers, asked back with a delay, taken for misses and silence (ProviderRegistry.sol). */
import type { Address } from "viem";
import { type Call, put, refuse, requireThat } from "./call.ts";
import { burnOf, isAccounted, judge, laneOf, weightAt } from "./lanes.ts";
import { unlink } from "./operators.ts";
import { NO_PROVIDER, type Provider, providerOf } from "./state.ts";
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

/** PROVIDER: nothing of it is left in the market; offers of its old life are void in a new one. */
export function deregister(call: Call): void {
  const { registered, stake, epoch } = providerOf(call.state, call.caller);
  requireThat(registered, "RegistryNotRegistered");
  requireThat(weightAt(laneOf(call.state, call.caller).counts) === 0n, "RegistryBagNotEmpty");
  requireThat(stake === 0n, "RegistryStakeLeft");
  requireThat((call.state.asked.get(call.caller) ?? 0) === 0, "RegistryRetrievalOpen");
  put(call, call.state.providers, call.caller, { ...NO_PROVIDER, epoch: epoch + 1n });
  unlink(call, call.caller);
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
  raise(call, call.caller, amount, false);
}

/** REWARDS: what was just paid into the provider's account becomes stake, locked until the minimum is reached. */
export function stakeEarned(call: Call, provider: Address, amount: bigint): void {
  raise(call, provider, amount, true);
}

/** What a provider's stake lacks to the minimum; rewards go there first. */
export function missingStake({ state, rules }: Call, account: Address): bigint {
  const { registered, stake } = providerOf(state, account);
  return registered && stake < rules.minimumStake ? rules.minimumStake - stake : 0n;
}

function raise(call: Call, account: Address, amount: bigint, isEarned: boolean): void {
  const before = providerOf(call.state, account);
  const stake = before.stake + amount;
  const earned = least(before.earned, before.stake) + (isEarned ? amount : 0n);
  change(call, account, { stake, earned: stake >= call.rules.minimumStake ? 0n : earned });
  lock(call, "registry", "Stakes", account, amount);
  judge(call, account);
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
  const lastBlock = self.unstakeAvailableAt + call.rules.unbondingDelay;
  requireThat(call.block <= lastBlock, "RegistryUnstakeLapsed");
  requireThat(isAccounted(call, call.caller), "RegistryLaneBehind");
  const needed = neededStake(call, call.caller);
  if (self.stake <= needed) refuse("RegistryStakeNeeded");
  const amount = least(self.unstakeRequested, self.stake - needed);
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
  const { earned, stake } = providerOf(call.state, account);
  const required = burnOf(call.rules, weight, ADMISSION_MISSES);
  const forBag = weight === 0n ? 0n : most(required, call.rules.minimumStake);
  return most(forBag + exposure, least(earned, stake));
}

function take(call: Call, account: Address, amount: bigint, to: Address | undefined, shareBps: bigint): bigint {
  const { stake: held } = providerOf(call.state, account);
  const taken = least(amount, held);
  const reward = (taken * shareBps) / WHOLE;
  change(call, account, { stake: held - taken });
  burn(call, "registry", "Stakes", taken - reward);
  if (to !== undefined) release(call, "registry", "Stakes", to, reward);
  return taken;
}

function change(call: Call, account: Address, fields: Partial<Provider>): void {
  put(call, call.state.providers, account, { ...providerOf(call.state, account), ...fields });
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function most(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
