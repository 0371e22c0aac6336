/** What a provider asks for a replica, from its public ask. Amounts are base units. */
import { classOfGroups, ELEMENT_BYTES } from "../data/layout.ts";
import { Refusal } from "../network/refusal.ts";

/** The ask as registered; prices per GiB of padded elements and window, and per piece sent. */
export interface Ask {
  readonly storagePrice: bigint;
  readonly retrievalPrice: bigint;
  readonly minWindows: number;
  readonly maxWindows: number;
  readonly minM: number;
  readonly maxM: number;
  readonly accepting: boolean;
}

export interface Price {
  /** Per proving window. */
  price: bigint;
  /** What answers for the replica: the slot's whole price. */
  collateral: bigint;
  retrievalPrice: bigint;
}

const GIB = 2n ** 30n;

/** Price of one window of a replica of class `m`, rounded up. */
export function windowPrice(storagePrice: bigint, m: number): bigint {
  const bytes = BigInt(ELEMENT_BYTES) << BigInt(m);
  return (storagePrice * bytes + GIB - 1n) / GIB;
}

/** A provider that pauses takes nothing new, whatever it quoted before. Throws a Refusal `NOT_ACCEPTING`. */
export function checkAccepting({ accepting }: Pick<Ask, "accepting">): void {
  if (!accepting) throw new Refusal("NOT_ACCEPTING", "This provider takes no new replicas. Choose another.");
}

/**
 * The price for a request, or a Refusal: `NOT_ACCEPTING`, `SIZE_REFUSED`, `TERM_REFUSED`, or `PRICE_ABOVE_PROOFS` when the
 * ask is higher than `limit`, above which the market takes no offer of this class.
 */
export function priceFor(ask: Ask, request: { m: number; groups: number; windows: number }, limit: bigint): Price {
  const { m, groups, windows } = request;
  checkAccepting(ask);
  if (groups < 1 || classOfGroups(groups) !== m) {
    throw new Refusal("SIZE_REFUSED", `${groups} groups are not a replica of class ${m}.`);
  }
  if (m < ask.minM || m > ask.maxM) {
    throw new Refusal("SIZE_REFUSED", `This provider takes classes ${ask.minM} to ${ask.maxM}, asked for ${m}.`);
  }
  if (windows < ask.minWindows || windows > ask.maxWindows) {
    throw new Refusal(
      "TERM_REFUSED",
      `This provider takes deals of ${ask.minWindows} to ${ask.maxWindows} windows, asked for ${windows}.`,
    );
  }
  const price = windowPrice(ask.storagePrice, m);
  if (price > limit) {
    throw new Refusal("PRICE_ABOVE_PROOFS", `This provider asks ${price} a window; the proofs allow at most ${limit}.`);
  }
  return { price, collateral: price * BigInt(windows), retrievalPrice: ask.retrievalPrice };
}

/** More than this many times a slot's whole price answers for no replica: a client must not lock up all that a provider has. */
const MOST_COLLATERAL = 4n;

/** The same price with `least` base units or more to answer for the replica. Throws a Refusal `COLLATERAL_REFUSED`. */
export function answering(price: Price, least = 0n): Price {
  const most = price.collateral * MOST_COLLATERAL;
  if (least > most) {
    throw new Refusal(
      "COLLATERAL_REFUSED",
      `This provider locks at most ${most} base units for the replica, asked for ${least}. Choose another.`,
    );
  }
  return least > price.collateral ? { ...price, collateral: least } : price;
}
