// Stake, unbonding and offer epochs.

import { countsOf, weightOf } from "../../data/bag.ts";
import { holds, same } from "./difference.ts";
import { isAccounted } from "./lanes.ts";
import { post } from "./moves.ts";
import { burnOf } from "./rules.ts";
import { type Handlers, laneOf, providerOf } from "./state.ts";

/** What must stay while the bag holds anything, in misses of the whole bag. */
const ADMISSION_MISSES = 32n;

export const registryEvents: Handlers = {
  ProviderRegistered(books, { provider }) {
    const self = providerOf(books, provider);
    same(`${provider} was registered before`, false, self.registered);
    self.registered = true;
  },
  ProfileUpdated(books, { provider }) {
    same(`${provider} is registered`, true, providerOf(books, provider).registered);
  },
  AskUpdated(books, { provider }) {
    same(`${provider} is registered`, true, providerOf(books, provider).registered);
  },
  OffersRevoked(books, { provider, newEpoch }) {
    const self = providerOf(books, provider);
    same(`offer epoch of ${provider}`, self.epoch + 1n, newEpoch);
    self.epoch = newEpoch;
  },
  Staked(books, { provider, amount, stake }, scope, log) {
    const self = providerOf(books, provider);
    same(`stake of ${provider}`, self.stake + amount, stake);
    self.stake = stake;
    const { registry } = books.rules.addresses;
    post(scope.moves.expected, `lock from ${provider} into stakes of ${registry}`, amount, log);
    scope.judged.add(provider);
  },
  StakeEarned(books, { provider, amount, stake }, scope, log) {
    const self = providerOf(books, provider);
    same(`stake of ${provider}`, self.stake + amount, stake);
    self.stake = stake;
    post(scope.moves.expected, `lock from ${provider} into stakes of ${books.rules.addresses.registry}`, amount, log);
    scope.judged.add(provider);
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
    const spare = self.stake - least - BigInt(self.asked) * rules.penalty;
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
