// The one transaction that makes a deal of signed offers.

import { type Hex, parseEventLogs } from "viem";
import { formatAmount } from "../../common/amounts.ts";
import { HoldfastError } from "../../common/errors.ts";
import { storageMarketAbi } from "../../consensus/abi.ts";
import { headerHashOf, openDeal, openDealWithPermit, paymentFor } from "../../consensus/market.ts";
import { balanceOf, signPermit } from "../../consensus/token.ts";
import { freeOf } from "../../consensus/vault.ts";
import { skipReasons } from "../../data/terms.ts";
import { type ClientContext, clientAddress } from "./context.ts";
import type { PutPlan, SlotProgress } from "./put-plan.ts";

const ZERO = `0x${"0".repeat(64)}`;

export interface OpenedDeal {
  /** Base units in escrow for all filled slots together, and the fee that was burned. */
  readonly escrow: bigint;
  readonly fee: bigint;
  /** Why a slot stayed vacant, by slot. */
  readonly skipped: ReadonlyMap<number, string>;
}

/** What a deal of these slots costs at most, protocol fee included; base units. */
export async function costOf(context: ClientContext, plan: PutPlan, slots: readonly SlotProgress[]) {
  const escrow = slots.reduce((sum, { placed }) => sum + placed.quote.price * BigInt(plan.terms.windows), 0n);
  return { escrow, ...(await paymentFor(context.chain, escrow)) };
}

/**
 * The client's free base units in the vault. Throws `NOT_ENOUGH_TOKENS` when these and its own tokens are less than
 * `total`: asked before an upload too, which would be for nothing.
 */
export async function checkFunds(context: ClientContext, total: bigint): Promise<bigint> {
  const client = clientAddress(context);
  const { free, owned } = await fundsOf(context);
  if (free + owned >= total) return free;
  throw new HoldfastError(
    "NOT_ENOUGH_TOKENS",
    `The deal costs ${formatAmount(total)} tokens and ${client} has ${formatAmount(free + owned)}: send it more, or store less.`,
    { details: { needed: total, free, owned } },
  );
}

/** What the client has: free in the vault, and in its own wallet; base units. */
export async function fundsOf(context: ClientContext): Promise<{ free: bigint; owned: bigint }> {
  const { chain } = context;
  const client = clientAddress(context);
  const [free, owned] = await Promise.all([freeOf(chain, client), balanceOf(chain, client)]);
  return { free, owned };
}

/** Whether the deal is on the chain already: a put that was killed after its transaction left must not pay again. */
export async function isOpen(context: ClientContext, plan: PutPlan): Promise<boolean> {
  return (await headerHashOf(context.chain, plan.dealKey)) !== ZERO;
}

/**
 * Opens the deal out of the client's vault account, drawing what is missing from its own tokens by a permit.
 * Throws `NOT_ENOUGH_TOKENS` before anything is sent, and what a reverted call throws.
 */
export async function openTheDeal(
  context: ClientContext,
  plan: PutPlan,
  headerHash: Hex,
  slots: readonly SlotProgress[],
): Promise<OpenedDeal> {
  const { chain } = context;
  const { escrow, total, fee } = await costOf(context, plan, slots);
  const { salt, terms, minSlots } = plan;
  const request = { salt, terms, headerHash, minSlots, maxPayment: total };
  const offers = slots.map((progress) => progress.offer!);
  const free = await checkFunds(context, total);
  const written =
    free >= total
      ? await openDeal(chain, request, offers)
      : await openDealWithPermit(chain, request, offers, await signPermit(chain, total - free));
  const logs = parseEventLogs({ abi: storageMarketAbi, logs: [...written.logs] });
  const skipped = new Map<number, string>();
  for (const log of logs) {
    if (log.eventName === "SlotSkipped") skipped.set(log.args.slot, skipReasons[log.args.reason] ?? "unknown");
  }
  const opened = logs.find((log) => log.eventName === "DealOpened");
  const lost = slots.filter(({ slot }) => skipped.has(slot));
  const unspent = lost.reduce((sum, { placed }) => sum + placed.quote.price * BigInt(terms.windows), 0n);
  return { escrow: escrow - unspent, fee: opened?.args.fee ?? fee, skipped };
}
