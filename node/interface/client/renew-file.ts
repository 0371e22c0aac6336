// Keeps a file longer: every provider signs an extension, then each slot's is paid. Killed anywhere, the next run goes on.

import type { Address } from "viem";
import { formatAmount } from "../../common/amounts.ts";
import { HoldfastError } from "../../common/errors.ts";
import { extend } from "../../consensus/changes.ts";
import type { Replica } from "../../consensus/deals.ts";
import { feeBpsOf } from "../../consensus/market.ts";
import { balanceOf } from "../../consensus/token.ts";
import { deposit, freeOf } from "../../consensus/vault.ts";
import { attenuate, type FileReference } from "../../data/capability.ts";
import { decodeCapability } from "../../data/capability-codec.ts";
import type { SignedExtension } from "../../data/change-messages.ts";
import { paymentOf } from "../../data/changes.ts";
import { MAX_WINDOWS } from "../../data/terms.ts";
import { changeFileIndex, readFileIndex } from "../../physical/file-index.ts";
import { readRenewal, removeRenewal, saveRenewal } from "../../physical/renewal-journal.ts";
import { checkBudget } from "./begin-put.ts";
import { type ClientContext, clientAddress } from "./context.ts";
import { readDeal, requireOwner } from "./deal-on-chain.ts";
import { askExtension, renewalLimit } from "./extensions.ts";
import { loadPeers } from "./quotes.ts";

export interface RenewOptions {
  /** Proving windows to add. */
  readonly windows: number;
  /** The most to pay, fee included; base units. */
  readonly budget?: bigint | undefined;
  /** The most a slot may cost per window; base units. 3 times the median of what the slots cost now unless told. */
  readonly maxPrice?: bigint | undefined;
  /** Fewest slots that must go on; all that are under contract unless told, never fewer than rebuild the file. */
  readonly minSlots?: number | undefined;
  /** Asks the providers and says the price; nothing is paid. */
  readonly dryRun?: boolean | undefined;
}

export interface RenewedSlot {
  readonly slot: number;
  readonly provider: Address;
  /** Base units per window from now on. */
  readonly price: bigint;
  /** Base units at most, fee included; 0 for one that an earlier run extended. */
  readonly cost: bigint;
}

export interface RenewResult {
  readonly dealKey: string;
  readonly slots: readonly RenewedSlot[];
  /** Slots that end as they would have. */
  readonly refused: readonly { readonly slot: number; readonly reason: string }[];
  /** Base units, fee included: an upper bound. */
  readonly cost: bigint;
  readonly done: boolean;
}

interface Step {
  readonly replica: Replica;
  readonly signed?: SignedExtension;
  readonly cost: bigint;
}

/** Throws `NOT_OWNER`, `TOO_FEW_PROVIDERS` or `ABOVE_BUDGET` before anything is paid. */
export async function renewFile(
  context: ClientContext,
  capability: string,
  options: RenewOptions,
): Promise<RenewResult> {
  const { chain, folder } = context;
  const { windows } = options;
  if (!Number.isInteger(windows) || windows < 1 || windows > MAX_WINDOWS) {
    throw new HoldfastError(
      "BAD_WINDOWS",
      `A deal is extended by 1 to ${MAX_WINDOWS} proving windows, got ${windows}.`,
    );
  }
  const reference: FileReference = attenuate(decodeCapability(capability), "verify");
  const live = await readDeal(context, reference);
  const { deal, active } = live;
  requireOwner(deal.client, clientAddress(context));
  const journal = await readRenewal(folder, deal.dealKey);
  if (journal !== undefined && journal.windows !== windows) {
    throw new HoldfastError(
      "RENEWAL_UNDER_WAY",
      `An interrupted renewal by ${journal.windows} windows comes first: run it again with that many.`,
      { details: { expected: journal.windows, found: windows } },
    );
  }
  const endOf = ({ offer, firstWindow }: Replica) => {
    const state = live.states[live.replicas.findIndex((other) => other.offer.slot === offer.slot)]!;
    return { end: firstWindow + state.end, left: state.end - state.settled };
  };
  const [feeBps, peerOf] = await Promise.all([feeBpsOf(chain), loadPeers(context)]);
  const maxPrice = options.maxPrice ?? renewalLimit(active.map(({ offer }) => offer.price));
  const reasons = new Map<number, string>();
  const steps = await Promise.all(
    active.map(async (replica): Promise<Step[]> => {
      const { end, left } = endOf(replica);
      const { offer: old } = replica;
      const target = journal?.until[old.slot];
      if (target !== undefined && end >= target) return [{ replica, cost: 0n }];
      try {
        const asked = { end, windows, maxPrice };
        const signed = await askExtension(context, peerOf(old.provider), replica, asked);
        return [{ replica, signed, cost: costOf(old.price, signed, { left, windows, feeBps }) }];
      } catch (cause) {
        reasons.set(old.slot, cause instanceof Error ? cause.message : String(cause));
        return [];
      }
    }),
  );
  context.signal?.throwIfAborted();
  const agreed = steps.flat();
  requireEnough(agreed.length, { needed: neededOf(options, deal.terms.threshold, active.length), reasons });
  const cost = agreed.reduce((sum, step) => sum + step.cost, 0n);
  checkBudget(cost, options.budget);
  const result = {
    dealKey: deal.dealKey,
    slots: agreed.map((step) => ({
      slot: step.replica.offer.slot,
      provider: step.replica.offer.provider,
      price: (step.signed?.extension.offer ?? step.replica.offer).price,
      cost: step.cost,
    })),
    refused: [...reasons].map(([slot, reason]) => ({ slot, reason })),
    cost,
  };
  if (options.dryRun === true) return { ...result, done: false };
  await cover(context, cost);
  const until = Object.fromEntries(
    agreed.map(({ replica, signed }) => [replica.offer.slot, signed?.extension.until ?? endOf(replica).end]),
  );
  await saveRenewal(folder, deal.dealKey, { windows, until });
  for (const { replica, signed, cost: maxPayment } of agreed) {
    context.signal?.throwIfAborted();
    if (signed === undefined) continue;
    context.tell(`extending slot ${replica.offer.slot}`);
    await extend(chain, replica.claim, signed, maxPayment);
  }
  const stored = (await readFileIndex(folder)).find((file) => file.dealKey === deal.dealKey);
  if (stored !== undefined) await changeFileIndex(folder, deal.dealKey, { windows: stored.windows + windows });
  await removeRenewal(folder, deal.dealKey);
  return { ...result, done: true };
}

/** The most that the extension takes from the client's account: what is not settled yet is counted as still to be paid. */
function costOf(
  oldPrice: bigint,
  { extension }: SignedExtension,
  { left: unsettled, windows, feeBps }: { left: number; windows: number; feeBps: bigint },
): bigint {
  const { price } = extension.offer;
  // A lower price gives something back for each window that is not settled; how many that will be is not known yet.
  const left = price < oldPrice ? 0 : unsettled;
  const rise = price > oldPrice ? BigInt(left) * (price - oldPrice) : 0n;
  const held = BigInt(left) * oldPrice;
  const needed = BigInt(left + windows) * price;
  const { payment } = paymentOf({ held, needed, fresh: BigInt(windows) * price + rise, feeBps });
  return payment > 0n ? payment : 0n;
}

function neededOf({ minSlots }: RenewOptions, threshold: number, active: number): number {
  return Math.max(minSlots ?? active, threshold);
}

function requireEnough(found: number, { needed, reasons }: { needed: number; reasons: ReadonlyMap<number, string> }) {
  if (found >= needed) return;
  const [first] = reasons.values();
  throw new HoldfastError(
    "TOO_FEW_PROVIDERS",
    `Only ${found} of the ${needed} needed slots would go on; nothing was paid. ${first ?? "Its deal is over."} Allow fewer with --min-slots.`,
    { details: { needed, found, reasons: Object.fromEntries(reasons) } },
  );
}

/** Brings the vault account to `cost`, out of the client's own tokens. Throws `NOT_ENOUGH_TOKENS`. */
async function cover(context: ClientContext, cost: bigint): Promise<void> {
  const { chain } = context;
  const client = clientAddress(context);
  const [free, owned] = await Promise.all([freeOf(chain, client), balanceOf(chain, client)]);
  if (free + owned < cost) {
    throw new HoldfastError(
      "NOT_ENOUGH_TOKENS",
      `The renewal costs ${formatAmount(cost)} tokens and ${client} has ${formatAmount(free + owned)}: send it more.`,
      { details: { needed: cost, free, owned } },
    );
  }
  if (free < cost) await deposit(chain, cost - free);
}
