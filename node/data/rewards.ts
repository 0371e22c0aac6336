// What the reward pool gives back of the protocol fee that was burned (contracts/RewardPool.sol), in base units.

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
