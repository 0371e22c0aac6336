// The order book: a client names a price that rises until providers take it; and the reference price it falls back on.

import { type Address, type Hex, parseEventLogs, zeroAddress } from "viem";
import { HoldfastError } from "../common/errors.ts";
import type { Order } from "../data/order.ts";
import { orderBookAbi, referencePriceAbi } from "./abi.ts";
import { read, write } from "./call.ts";
import type { Chain } from "./chain.ts";
import { readEvents } from "./events.ts";
import type { SendOptions } from "./sender.ts";

const book = (chain: Chain) => ({ address: chain.addresses.orders, abi: orderBookAbi }) as const;
const reference = (chain: Chain) => ({ address: chain.addresses.reference, abi: referencePriceAbi }) as const;

/** Roots of a replica. */
export interface Roots {
  readonly root: Hex;
  readonly dataRoot: Hex;
}

/** An order as the book keeps it, which is how every later call has to bring it. */
export interface PostedOrder {
  readonly dealKey: Hex;
  readonly order: Order;
  /** Base units held for each slot, fee included. */
  readonly slotEscrow: bigint;
  /** Base units that left the client's account, bonds included. */
  readonly payment: bigint;
  readonly block: bigint;
}

/**
 * CLIENT: posts an order out of this key's vault account, at most `maxPayment` of it. Prices of zero mean the reference price,
 * halved and doubled; a deposit of zero means one window at the cap.
 */
export async function postDeal(chain: Chain, order: Order, maxPayment: bigint, options?: SendOptions) {
  const written = await write(chain, { ...book(chain), functionName: "postDeal", args: [order, maxPayment] }, options);
  const [posted] = parseEventLogs({ abi: orderBookAbi, logs: [...written.logs], eventName: "OrderPosted" });
  if (posted === undefined) throw new HoldfastError("CHAIN_REJECTED", "The receipt of the order tells of no order.");
  const { dealKey, slotEscrow, payment } = posted.args;
  const kept: PostedOrder = { dealKey, order: posted.args.order, slotEscrow, payment, block: written.blockNumber };
  return { ...written, posted: kept };
}

/** CLIENT at any time, which ends the order; anyone after its deadline: refunds what nobody took or reserved. */
export function closeOrder(chain: Chain, order: Order, slots: readonly number[], options?: SendOptions) {
  return write(chain, { ...book(chain), functionName: "closeOrder", args: [order, slots] }, options);
}

/** CLIENT or steward: fills a slot with the replica that its provider committed to. */
export function activate(chain: Chain, order: Order, slot: number, { root, dataRoot }: Roots, options?: SendOptions) {
  return write(chain, { ...book(chain), functionName: "activate", args: [order, slot, root, dataRoot] }, options);
}

/** CLIENT: refuses a commitment; deposit and bond burn. */
export function reject(chain: Chain, order: Order, slot: number, options?: SendOptions) {
  return write(chain, { ...book(chain), functionName: "reject", args: [order, slot] }, options);
}

/** PROVIDER with the bytes: fills a slot whose replica is posted. */
export function take(chain: Chain, order: Order, slot: number, options?: SendOptions) {
  return write(chain, { ...book(chain), functionName: "take", args: [order, slot] }, options);
}

/** PROVIDER: keeps a slot from others for the order's deposit. */
export function reserve(chain: Chain, order: Order, slot: number, options?: SendOptions) {
  return write(chain, { ...book(chain), functionName: "reserve", args: [order, slot] }, options);
}

/** PROVIDER: says which replica it sealed for the slot that it reserved, and locks its collateral. */
export function commit(chain: Chain, order: Order, slot: number, { root, dataRoot }: Roots, options?: SendOptions) {
  return write(chain, { ...book(chain), functionName: "commit", args: [order, slot, root, dataRoot] }, options);
}

/** Anyone: ends a reservation whose time has passed, at the cost of who let it pass. */
export function expire(chain: Chain, order: Order, slot: number, options?: SendOptions) {
  return write(chain, { ...book(chain), functionName: "expire", args: [order, slot] }, options);
}

/** Every order that was posted since `from`, oldest first; whether slots are left to fill says `orderOf`. */
export async function postedOrders(chain: Chain, from = chain.fromBlock): Promise<PostedOrder[]> {
  const logs = await readEvents(chain, { from, to: await chain.publicClient.getBlockNumber() });
  return logs.flatMap(({ eventName, args, blockNumber }) => {
    if (eventName !== "OrderPosted") return [];
    const { dealKey, order, slotEscrow, payment } = args;
    return [{ dealKey, order, slotEscrow, payment, block: blockNumber }];
  });
}

/** What the book keeps of an order; `orderHash` is zero for a deal without one. */
export interface OrderState {
  readonly orderHash: Hex;
  /** A bit for each slot that is filled or refunded. */
  readonly done: number;
  readonly open: number;
  readonly ended: boolean;
}

export function orderOf(chain: Chain, dealKey: Hex): Promise<OrderState> {
  return read(chain, { ...book(chain), functionName: "orderOf", args: [dealKey] });
}

/** A slot that a provider keeps from the others. Blocks; `commitment` is zero before the provider's word. */
export interface Reservation {
  readonly provider: Address;
  readonly since: number;
  readonly until: number;
  readonly commitment: Hex;
}

export async function reservationOf(chain: Chain, dealKey: Hex, slot: number): Promise<Reservation | undefined> {
  const kept = await read(chain, { ...book(chain), functionName: "reservationOf", args: [dealKey, slot] });
  return kept.provider === zeroAddress ? undefined : kept;
}

/** Blocks that a reservation, or the answer to one, may take at most. */
export function mostWait(chain: Chain): Promise<bigint> {
  return read(chain, { ...book(chain), functionName: "MOST_WAIT", args: [] });
}

/** Base units per GiB of padded elements and window. A signal: nobody is obliged by it. */
export function referencePrice(chain: Chain): Promise<bigint> {
  return read(chain, { ...reference(chain), functionName: "price", args: [] });
}

/** Anyone: moves the reference price by the periods that have passed. */
export function pokeReferencePrice(chain: Chain, options?: SendOptions) {
  return write(chain, { ...reference(chain), functionName: "poke", args: [] }, options);
}
