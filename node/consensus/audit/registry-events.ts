// Stake, unbonding and offer epochs.

import type { Address } from "viem";
import { countsOf, weightOf } from "../../data/bag.ts";
import type { HoldfastLog } from "../events.ts";
import { holds, same } from "./difference.ts";
import { isAccounted } from "./lanes.ts";
import { post } from "./moves.ts";
import { burnOf } from "./rules.ts";
import type { Scope } from "./scope.ts";
import { type Books, type Handlers, laneOf, type ProviderBooks, providerOf } from "./state.ts";

/** What must stay while the bag holds anything, in misses of the whole bag. */
const ADMISSION_MISSES = 32n;

export const registryEvents: Handlers = {
  ProviderRegistered(books, { provider, profile, ask }) {
    const self = providerOf(books, provider);
    same(`${provider} was registered before`, false, self.registered);
    self.registered = true;
    self.statement = { profile, ask };
  },
  ProfileUpdated(books, { provider, profile }) {
    const self = providerOf(books, provider);
    same(`${provider} is registered`, true, self.registered);
    self.statement = { ...self.statement!, profile };
  },
  AskUpdated(books, { provider, ask }) {
    const self = providerOf(books, provider);
    same(`${provider} is registered`, true, self.registered);
    self.statement = { ...self.statement!, ask };
  },
  ProviderLeft(books, { provider, newEpoch }) {
    const self = providerOf(books, provider);
    same(`${provider} is registered`, true, self.registered);
    same(`weight of ${provider}, which leaves`, 0n, weightOf(countsOf(laneOf(books, provider).bag)));
    same(`stake of ${provider}, which leaves`, 0n, self.stake);
    same(`forced retrievals of ${provider}, which leaves`, 0, self.asked);
    same(`offer epoch of ${provider}`, self.epoch + 1n, newEpoch);
    const { operator } = self;
    Object.assign(self, { registered: false, statement: undefined, earned: 0n, epoch: newEpoch });
    Object.assign(self, { unstakeRequested: 0n, unstakeAvailableAt: 0n, operator });
  },
  OperatorDeclared(books, { lane, operator }) {
    holds(lane !== operator, `operator of ${lane}`, "another account", operator);
    providerOf(books, lane).operator = isZero(operator) ? undefined : { address: operator, accepted: false };
  },
  OperatorAccepted(books, { lane, operator }) {
    const declared = providerOf(books, lane).operator;
    same(`operator that ${lane} declares`, declared?.address, operator);
    declared!.accepted = true;
  },
  OperatorRenounced(books, { lane, operator }) {
    const self = providerOf(books, lane);
    same(`operator that ${lane} declares`, self.operator?.address, operator);
    self.operator = undefined;
  },
  OffersRevoked(books, { provider, newEpoch }) {
    const self = providerOf(books, provider);
    same(`offer epoch of ${provider}`, self.epoch + 1n, newEpoch);
    self.epoch = newEpoch;
  },
  Staked(books, { provider, amount, stake }, scope, log) {
    same(`stake of ${provider}`, raiseStake(books, provider, amount, scope, log), stake);
  },
  StakeEarned(books, { provider, amount, stake }, scope, log) {
    const owed = scope.owed.delete(earning(provider, amount));
    holds(owed, `reward of ${provider} that becomes stake`, "in this transaction", "none");
    same(`stake of ${provider}`, raiseStake(books, provider, amount, scope, log), stake);
    if (stake < books.rules.minimumStake) providerOf(books, provider).earned += amount;
  },
  UnstakeRequested(books, { provider, amount, availableAt }, scope) {
    const self = providerOf(books, provider);
    holds(amount > 0n && amount <= self.stake, `unstaking of ${provider}`, `1 to ${self.stake}`, amount);
    same(`end of the unbonding of ${provider}`, scope.block + books.rules.unbondingDelay, availableAt);
    self.unstakeRequested = amount;
    self.unstakeAvailableAt = BigInt(availableAt);
  },
  Unstaked(books, { provider, amount, stake }, scope, log) {
    const { rules } = books;
    const self = providerOf(books, provider);
    const lane = laneOf(books, provider);
    holds(self.unstakeRequested > 0n, `unstaking that ${provider} asked for`, "more than nothing", 0n);
    const ripe = scope.block >= self.unstakeAvailableAt;
    holds(ripe, `block of the unstaking of ${provider}`, `at least ${self.unstakeAvailableAt}`, scope.block);
    same(`every closed window of ${provider} is accounted for`, true, isAccounted(rules, lane, provider, scope.block));
    const weight = weightOf(countsOf(lane.bag));
    const required = burnOf(rules, weight, ADMISSION_MISSES);
    const least = weight === 0n ? 0n : required > rules.minimumStake ? required : rules.minimumStake;
    const last = self.unstakeAvailableAt + rules.unbondingDelay;
    holds(scope.block <= last, `block of the unstaking of ${provider}`, `at most ${last}`, scope.block);
    const bound = least + BigInt(self.asked) * rules.penalty;
    const earned = earnedOf(self);
    const spare = self.stake - (bound > earned ? bound : earned);
    same(`unstaked by ${provider}`, spare < self.unstakeRequested ? spare : self.unstakeRequested, amount);
    same(`stake of ${provider}`, self.stake - amount, stake);
    self.stake = stake;
    self.unstakeRequested = 0n;
    self.unstakeAvailableAt = 0n;
    post(scope.moves.expected, `release to ${provider} from stakes of ${rules.addresses.registry}`, amount, log);
  },
  StakeSlashed(books, { provider, caller, burned, reward, stake }, scope, log) {
    const { registry } = books.rules.addresses;
    const self = providerOf(books, provider);
    same(`stake of ${provider}`, self.stake - burned - reward, stake);
    scope.slashes.push({ provider, beneficiary: caller, taken: burned + reward, reward, stakeBefore: self.stake });
    self.stake = stake;
    post(scope.moves.expected, `burn out of stakes of ${registry}`, burned, log);
    post(scope.moves.expected, `release to ${caller} from stakes of ${registry}`, reward, log);
    scope.judged.add(provider);
  },
};

/** What cannot leave before the minimum is reached. */
export function earnedOf({ earned, stake }: Pick<ProviderBooks, "earned" | "stake">): bigint {
  return earned < stake ? earned : stake;
}

/** A reward builds the first stake: what is missing of it becomes stake at once, and the rest is free. */
export function oweEarning(books: Books, scope: Scope, provider: Address, reward: bigint, log: HoldfastLog): void {
  const { registered, stake } = providerOf(books, provider);
  const missing = books.rules.minimumStake - stake;
  if (!registered || missing <= 0n || reward === 0n) return;
  scope.owed.set(earning(provider, missing < reward ? missing : reward), log);
}

/** Answers the new stake. What was slashed of the earned part does not bind what is brought now. */
function raiseStake(books: Books, provider: Address, amount: bigint, scope: Scope, log: HoldfastLog): bigint {
  const self = providerOf(books, provider);
  const { minimumStake, addresses } = books.rules;
  const raised = self.stake + amount;
  self.earned = raised >= minimumStake ? 0n : earnedOf(self);
  self.stake = raised;
  post(scope.moves.expected, `lock from ${provider} into stakes of ${addresses.registry}`, amount, log);
  scope.judged.add(provider);
  return raised;
}

const earning = (provider: Address, amount: bigint) => `${amount} of its reward as stake of ${provider}`;
const isZero = (address: Address) => /^0x0+$/.test(address);
