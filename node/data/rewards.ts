// What the reward pool gives back of the protocol fee that was burned (contracts/RewardPool.sol), and what the programme for
// empty capacity pays (contracts/CapacityProgramme.sol), in base units.

const WHOLE = 10_000n;

/** At the whole fee, dealing with oneself would be free. */
export const MAX_REWARD_BPS = 9_000n;

/** For one proven window of a replica at `price`; rounded down, where the fee on a whole deal was rounded up. */
export function rewardPerWindow(price: bigint, feeBps: bigint, rewardBps: bigint): bigint {
  return (price * feeBps * rewardBps) / (WHOLE * WHOLE);
}

/** For a strict download that was paid: of its fee, itself rounded up. */
export function downloadReward(price: bigint, feeBps: bigint, rewardBps: bigint): bigint {
  return (downloadFee(price, feeBps) * rewardBps) / WHOLE;
}

/** What burns out of a strict download's price. */
export function downloadFee(price: bigint, feeBps: bigint): bigint {
  return (price * feeBps + WHOLE - 1n) / WHOLE;
}

/** Caps of a programme for empty capacity; `rate` is per element and window, times 2^64. */
export interface CapacityRules {
  readonly rate: bigint;
  readonly mostPerWindow: bigint;
  readonly mostPerPeriod: bigint;
}

/** For `elements` proven in one window, when `paid` went to others for the same period already. */
export function capacityReward(elements: bigint, paid: bigint, rules: CapacityRules): bigint {
  const due = (elements * rules.rate) >> 64n;
  const capped = due < rules.mostPerWindow ? due : rules.mostPerWindow;
  const left = rules.mostPerPeriod - paid;
  return capped < left ? capped : left;
}

/** A reward's two parts: into the stake while the minimum is missing, and free. */
export function splitReward(amount: bigint, missingStake: bigint): { readonly staked: bigint; readonly free: bigint } {
  const staked = amount < missingStake ? amount : missingStake;
  return { staked, free: amount - staked };
}
