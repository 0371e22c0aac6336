/** What dilution is worth: the closed formula beside which the simulation stands. */
import { LOCAL_PARAMETERS } from "../../../scripts/lib/parameters.ts";

/** The highest price of a window that the market takes, as SpacetimeProofs.priceLimit has it. */
export function priceLimit(K: bigint, beta: bigint, m: number): bigint {
  return (((K - K / 4n) * beta) << BigInt(m)) >> 66n;
}

/**
 * One replica of 2^m elements is lost, and is one part in 2^fill of a bag of W elements. A window is proven if none of the K
 * draws falls on it, with probability (1 - 2^-fill)^K, and pays the price and the reward for it; otherwise it burns
 * beta W / 2^64, of which the provider gets a twentieth back for accounting on itself.
 */
export function dilutionPayoff({
  K,
  beta,
  m,
  fill,
  price,
}: {
  K: bigint;
  beta: bigint;
  m: number;
  fill: number;
  price: bigint;
}) {
  const { market, rewardBps } = LOCAL_PARAMETERS;
  const unseen = (1 - 2 ** -fill) ** Number(K);
  const reward = (Number(market.protocolFeeBps) / 10_000) * (Number(rewardBps) / 10_000);
  const burn = (Number(beta) / 2 ** 64) * 2 ** (m + fill);
  return { unseen, burn, mean: unseen * Number(price) * (1 + reward) - (1 - unseen) * burn * 0.95 };
}
