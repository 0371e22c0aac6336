/**
 * The reference price per GiB and period (docs/design.md, section 4), as contracts/ReferencePrice.sol and its library
 * PriceTicks have it: tick t stands for (1 + 1/1024)^t times the least price.
 */

export const MOST_TICK = 2n ** 14n - 1n;
/** Ticks that a period moves the price at most. */
const STEP = 32n;
/** Utilisation at which the price rests, in 1/10,000. */
export const TARGET_UTILISATION = 5_000n;
const WHOLE = 10_000n;

/** What the contract keeps: periods and tick of the last poke, and the utilisation that moves the price since. */
export interface ReferenceState {
  readonly period: bigint;
  readonly tick: bigint;
  readonly utilisation: bigint;
}

/** What a deployment fixes: blocks and base units. */
export interface ReferenceSchedule {
  readonly start: bigint;
  readonly periodBlocks: bigint;
  readonly leastPrice: bigint;
}

/** Where `periods` at one utilisation take a tick. */
export function movedTick(tick: bigint, periods: bigint, utilisation: bigint): bigint {
  if (utilisation >= TARGET_UTILISATION) {
    const up = periods * ((STEP * (utilisation - TARGET_UTILISATION)) / (WHOLE - TARGET_UTILISATION));
    return tick + up < MOST_TICK ? tick + up : MOST_TICK;
  }
  const down = periods * ((STEP * (TARGET_UTILISATION - utilisation)) / TARGET_UTILISATION);
  return down < tick ? tick - down : 0n;
}

/** (1 + 1/1024)^tick times 2^96, rounded down at each product. */
export function tickFactor(tick: bigint): bigint {
  let result = 2n ** 96n;
  let power = 2n ** 96n + 2n ** 86n;
  for (let left = tick; left !== 0n; left >>= 1n) {
    if (left & 1n) result = (result * power) >> 96n;
    power = (power * power) >> 96n;
  }
  return result;
}

/** Base units per GiB and period at a tick. */
export function priceOfTick({ leastPrice }: Pick<ReferenceSchedule, "leastPrice">, tick: bigint): bigint {
  return (leastPrice * tickFactor(tick)) >> 96n;
}

/** Stake that all bags require over the stake in the registry, in 1/10,000; the price rests while nobody has staked. */
export function utilisationOf(totalWeight: bigint, beta: bigint, staked: bigint): bigint {
  if (staked === 0n) return TARGET_UTILISATION;
  const required = (32n * beta * totalWeight + 2n ** 64n - 1n) >> 64n;
  const used = (required * WHOLE) / staked;
  return used < WHOLE ? used : WHOLE;
}

/** The state as a poke at `block` leaves it, if `utilisation` is what it finds. */
export function poked(
  state: ReferenceState,
  { start, periodBlocks }: Pick<ReferenceSchedule, "start" | "periodBlocks">,
  block: bigint,
  utilisation: bigint,
): ReferenceState {
  const period = (block - start) / periodBlocks;
  return { period, tick: movedTick(state.tick, period - state.period, state.utilisation), utilisation };
}
