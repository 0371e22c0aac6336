// One order of the book and how each of its slots is doing.

import type { Address, Hex } from "viem";
import { HoldfastError } from "../common/errors.ts";
import { isPosted, orderPriceAt } from "../data/order.ts";
import type { Chain } from "./chain.ts";
import { readEvents } from "./events.ts";
import { orderOf, type PostedOrder, postedOrders, type Roots, reservationOf } from "./orders.ts";

/** `posted`: the client sealed its replica, and whoever has the bytes may take it. */
export type OrderSlotState = "open" | "reserved" | "committed" | "done";

export interface OrderSlot {
  readonly slot: number;
  readonly state: OrderSlotState;
  readonly posted: boolean;
  readonly provider?: Address;
  /** Last block for the next step of a slot that is reserved or committed to. */
  readonly until?: number;
}

export interface OrderReport extends PostedOrder {
  readonly ended: boolean;
  /** Base units a window that a slot costs now. */
  readonly price: bigint;
  readonly slots: readonly OrderSlot[];
}

/** Throws `ORDER_UNKNOWN`. */
export async function findOrder(chain: Chain, dealKey: Hex): Promise<PostedOrder> {
  const found = (await postedOrders(chain)).find((posted) => posted.dealKey === dealKey.toLowerCase());
  if (found !== undefined) return found;
  throw new HoldfastError("ORDER_UNKNOWN", `The book has no order ${dealKey}; see \`holdfast order status\`.`, {
    details: { dealKey },
  });
}

export async function reportOrder(chain: Chain, posted: PostedOrder): Promise<OrderReport> {
  const { dealKey, order } = posted;
  const [{ done, ended }, block] = await Promise.all([orderOf(chain, dealKey), chain.publicClient.getBlockNumber()]);
  const slots = await Promise.all(
    Array.from({ length: order.terms.slots }, async (_, slot): Promise<OrderSlot> => {
      const known = { slot, posted: isPosted(order, slot) };
      if (Math.floor(done / 2 ** slot) % 2 === 1) return { ...known, state: "done" };
      const kept = await reservationOf(chain, dealKey, slot);
      if (kept === undefined) return { ...known, state: "open" };
      const state = BigInt(kept.commitment) === 0n ? "reserved" : "committed";
      return { ...known, state, provider: kept.provider, until: kept.until };
    }),
  );
  return { ...posted, ended, price: orderPriceAt(order, block), slots };
}

/** What the provider of a slot committed to last. Throws `ORDER_NOT_COMMITTED`. */
export async function committedRoots(chain: Chain, { dealKey, block }: PostedOrder, slot: number): Promise<Roots> {
  const to = await chain.publicClient.getBlockNumber();
  const logs = await readEvents(chain, { from: block, to, topics: [null, dealKey] });
  const found = logs.findLast((log) => log.eventName === "ReplicaCommitted" && log.args.slot === slot);
  if (found?.eventName === "ReplicaCommitted") return { root: found.args.root, dataRoot: found.args.dataRoot };
  throw new HoldfastError("ORDER_NOT_COMMITTED", `No provider has committed to slot ${slot} of this order yet.`);
}
