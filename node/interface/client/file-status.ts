// How a stored file is doing, from the chain alone.

import type { Hex } from "viem";
import type { Replica } from "../../consensus/deals.ts";
import type { SlotState, SlotStatus } from "../../consensus/market.ts";
import { closedWindows, provenBetween } from "../../consensus/spacetime.ts";
import { attenuate, type FileReference } from "../../data/capability.ts";
import { decodeCapability } from "../../data/capability-codec.ts";
import type { ReaderContext } from "./context.ts";
import { readDeal } from "./deal-on-chain.ts";

export interface SlotReport {
  readonly slot: number;
  readonly provider: string;
  readonly status: SlotStatus;
  /** Windows of the deal that are closed for this replica, and how many of them were proven. */
  readonly closed: number;
  readonly proven: number;
  readonly missed: number;
  /** Windows settled so far and the one after the last that counts. */
  readonly settled: number;
  readonly end: number;
  /** Base units still in escrow for the slot. */
  readonly escrow: bigint;
}

export interface FileStatus {
  readonly dealKey: Hex;
  readonly threshold: number;
  readonly slots: readonly SlotReport[];
  /** Slots under contract; below `threshold` the file cannot be read any more. */
  readonly active: number;
}

/** Accepts any capability of the file. */
export async function fileStatus(context: ReaderContext, capability: string): Promise<FileStatus> {
  const reference: FileReference = attenuate(decodeCapability(capability), "verify");
  const { deal, replicas, states, active } = await readDeal(context, reference);
  const slots = await Promise.all(replicas.map((replica, i) => reportOf(context, replica, states[i]!)));
  return { dealKey: deal.dealKey, threshold: deal.terms.threshold, slots, active: active.length };
}

/** One filling of a slot, from the chain's bitmap. */
export async function reportOf(
  { chain }: ReaderContext,
  { offer, firstWindow }: Replica,
  state: SlotState,
): Promise<SlotReport> {
  const closedBefore = await closedWindows(chain, offer.provider);
  const closed = Math.max(0, Math.min(closedBefore - firstWindow, state.end));
  const proven = await provenBetween(chain, offer.provider, firstWindow, firstWindow + closed);
  return {
    slot: offer.slot,
    provider: offer.provider,
    status: state.status,
    closed,
    proven,
    missed: closed - proven,
    settled: state.settled,
    end: state.end,
    escrow: state.status === "active" ? offer.price * BigInt(state.end - state.settled) : 0n,
  };
}
