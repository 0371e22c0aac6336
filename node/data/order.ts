/**
 * What a client asks the order book for, exactly as contracts/types/Order.sol has it, and what it costs when
 * (docs/design.md, section 4). Integers of up to 48 bits are numbers and wider ones bigints, as in terms.ts.
 */
import { type Address, encodeAbiParameters, type Hex, keccak256, slice, zeroHash } from "viem";
import { ELEMENT_BYTES } from "./layout.ts";
import { protocolFee } from "./settlement.ts";
import { type Offer, type Terms, termsTuple } from "./terms.ts";

/** Roots of a shard that the client sealed itself; a zero root leaves the sealing to whoever reserves the slot. */
export interface PostedReplica {
  root: Hex;
  dataRoot: Hex;
}

/** Prices are base units a window and slot, `deposit` base units, the rest blocks. */
export interface Order {
  client: Address;
  salt: Hex;
  headerHash: Hex;
  terms: Terms;
  m: number;
  groups: number;
  floor: bigint;
  cap: bigint;
  collateralBps: number;
  deposit: bigint;
  start: number;
  riseBlocks: number;
  deadline: number;
  reserveBlocks: number;
  approveBlocks: number;
  /** One for each slot, or none at all. */
  posted: readonly PostedReplica[];
}

const orderTuple = {
  type: "tuple",
  components: [
    { name: "client", type: "address" },
    { name: "salt", type: "bytes32" },
    { name: "headerHash", type: "bytes32" },
    { ...termsTuple, name: "terms" },
    { name: "m", type: "uint8" },
    { name: "groups", type: "uint32" },
    { name: "floor", type: "uint128" },
    { name: "cap", type: "uint128" },
    { name: "collateralBps", type: "uint16" },
    { name: "deposit", type: "uint128" },
    { name: "start", type: "uint40" },
    { name: "riseBlocks", type: "uint40" },
    { name: "deadline", type: "uint40" },
    { name: "reserveBlocks", type: "uint40" },
    { name: "approveBlocks", type: "uint40" },
    {
      name: "posted",
      type: "tuple[]",
      components: [
        { name: "root", type: "bytes32" },
        { name: "dataRoot", type: "bytes32" },
      ],
    },
  ],
} as const;

const WHOLE = 10_000n;

/** What the book keeps of an order: the first 24 bytes of the hash of its ABI encoding. */
export function orderHashOf(order: Order): Hex {
  return slice(keccak256(encodeAbiParameters([orderTuple], [order])), 0, 24);
}

/** Base units a window that a slot costs at a block: from floor to cap in a straight line, rounded down, then the cap. */
export function orderPriceAt({ floor, cap, start, riseBlocks }: Order, block: bigint): bigint {
  const elapsed = block > BigInt(start) ? block - BigInt(start) : 0n;
  if (elapsed >= BigInt(riseBlocks)) return cap;
  return floor + ((cap - floor) * elapsed) / BigInt(riseBlocks);
}

/** The most that a slot may cost its client, fee included: what the book holds for it. */
export function slotEscrowOf({ cap, terms }: Pick<Order, "cap" | "terms">, feeBps: bigint): bigint {
  const price = cap * BigInt(terms.windows);
  return price + protocolFee(price, feeBps);
}

/** What the provider of a slot locks when it is filled at `price` a window. */
export function orderCollateralOf({ terms, collateralBps }: Order, price: bigint): bigint {
  return (price * BigInt(terms.windows) * BigInt(collateralBps)) / WHOLE;
}

/** Whether the client sealed the slot's shard itself. */
export function isPosted({ posted }: Order, slot: number): boolean {
  return posted.length !== 0 && posted[slot]!.root !== zeroHash;
}

/** The offer that fills a slot for a provider that came at block `since`: it calls itself, so nothing expires. */
export function orderOffer(
  order: Order,
  dealKey: Hex,
  slot: number,
  { provider, since }: { readonly provider: Address; readonly since: bigint },
  { root, dataRoot }: PostedReplica,
): Offer {
  const price = orderPriceAt(order, since);
  return {
    ...{ provider, client: order.client, dealKey, slot, generation: 0, root, dataRoot },
    ...{ m: order.m, groups: order.groups, price, collateral: orderCollateralOf(order, price), expiry: 0, epoch: 0n },
  };
}

/** Half and twice the price of a window of 2^m elements at `perGib` base units, neither above `limit`. */
export function referenceRange(perGib: bigint, m: number, limit: bigint): { floor: bigint; cap: bigint } {
  const bytes = BigInt(ELEMENT_BYTES) << BigInt(m);
  const window = (perGib * bytes + 2n ** 30n - 1n) / 2n ** 30n;
  const cap = 2n * window < limit ? 2n * window : limit;
  return { floor: window / 2n < cap ? window / 2n : cap, cap };
}

/** Why the book would refuse an order; the same words as its errors. */
export type OrderRefusal =
  | "OrderDeadlineBeforeStart"
  | "OrderWaitOutOfRange"
  | "OrderFloorAboveCap"
  | "OrderCapAboveProofs"
  | "OrderDepositTooSmall";

/** What the deployment and the block of posting say. */
export interface PostingFacts {
  readonly block: bigint;
  readonly mostWait: bigint;
  /** The proofs' price limit for the order's size. */
  readonly limit: bigint;
  /** Base units per GiB and period after a poke in this block. */
  readonly referencePrice: bigint;
}

/** The order as the book keeps it: start, prices and deposit resolved. */
export function resolveOrder(order: Order, facts: PostingFacts): Order | OrderRefusal {
  const start = BigInt(order.start) < facts.block ? Number(facts.block) : order.start;
  if (order.deadline < start) return "OrderDeadlineBeforeStart";
  for (const wait of [order.reserveBlocks, order.approveBlocks]) {
    if (wait === 0 || BigInt(wait) > facts.mostWait) return "OrderWaitOutOfRange";
  }
  const { floor, cap } =
    order.cap === 0n && order.floor === 0n ? referenceRange(facts.referencePrice, order.m, facts.limit) : order;
  if (floor > cap) return "OrderFloorAboveCap";
  if (cap > facts.limit) return "OrderCapAboveProofs";
  const deposit = order.deposit === 0n ? cap : order.deposit;
  if (deposit < cap) return "OrderDepositTooSmall";
  return { ...order, start, floor, cap, deposit };
}
