// What the chain says about the file behind a capability.

import { type Address, isAddressEqual } from "viem";
import { HoldfastError } from "../../common/errors.ts";
import { type Deal, type Replica, slotsOf } from "../../consensus/deals.ts";
import { type SlotState, slotOf } from "../../consensus/market.ts";
import type { FileReference } from "../../data/capability.ts";
import type { ReaderContext } from "./context.ts";

export interface LiveDeal {
  readonly reference: FileReference;
  readonly deal: Deal;
  /** The newest filling of every slot that was ever filled. */
  readonly replicas: readonly Replica[];
  readonly states: readonly SlotState[];
  /** Replicas under contract now. */
  readonly active: readonly Replica[];
}

/** Throws `WRONG_CHAIN`, `WRONG_MARKET`, or `DEAL_UNKNOWN` when this chain has no such file. */
export async function readDeal(context: ReaderContext, reference: FileReference): Promise<LiveDeal> {
  const { chain } = context;
  if (reference.chainId !== chain.chainId) {
    throw new HoldfastError(
      "WRONG_CHAIN",
      `This file is on chain ${reference.chainId} and the connection is to chain ${chain.chainId}; check --rpc.`,
    );
  }
  if (reference.market.toLowerCase() !== chain.addresses.market.toLowerCase()) {
    throw new HoldfastError(
      "WRONG_MARKET",
      `This file is in the market at ${reference.market}, not at ${chain.addresses.market}; check --market.`,
    );
  }
  const replicas = await slotsOf(chain, reference.dealKey);
  const deal = replicas[0]?.deal;
  if (deal === undefined || deal.headerHash.toLowerCase() !== reference.headerHash.toLowerCase()) {
    throw new HoldfastError("DEAL_UNKNOWN", "The chain knows no file for this capability; was its deal ever opened?", {
      details: { dealKey: reference.dealKey },
    });
  }
  const states = await Promise.all(replicas.map(({ offer }) => slotOf(chain, reference.dealKey, offer.slot)));
  const active = replicas.filter(
    ({ offer }, i) => states[i]!.status === "active" && states[i]!.generation === offer.generation,
  );
  return { reference, deal, replicas, states, active };
}

/** Throws `NOT_OWNER` unless the deal was opened with this key. */
export function requireOwner(owner: Address, key: Address): void {
  if (isAddressEqual(owner, key)) return;
  throw new HoldfastError("NOT_OWNER", `The deal is ${owner}'s and this key is ${key}: only its client can do this.`, {
    details: { expected: owner, found: key },
  });
}
