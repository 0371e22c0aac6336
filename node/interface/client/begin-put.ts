// Which put a command is about: one that was interrupted, or a new one with a journal of its own.

import { randomBytes } from "node:crypto";
import path from "node:path";
import { formatAmount } from "../../common/amounts.ts";
import { HoldfastError } from "../../common/errors.ts";
import { toHex } from "../../common/hex.ts";
import { listedKeys, requireCeremony } from "../../consensus/ceremony-keys.ts";
import { type FileLayout, fileLayout, MAX_SLOTS } from "../../data/layout.ts";
import { checkHotSlots, checkPublishable } from "../../data/secrets.ts";
import { createPutJournal, listPutJournals, openPutJournal, type PutJournal } from "../../physical/put-journal.ts";
import { describeFile } from "../../physical/regular-file.ts";
import { type ClientContext, clientAddress } from "./context.ts";
import { checkFunds, costOf, isOpen } from "./open-deal.ts";
import type { PutOptions } from "./put.ts";
import { defaultTerms, type PutPlan, type PutState, withDealKey } from "./put-plan.ts";
import { gatherQuotes } from "./quotes.ts";
import { recordPut } from "./record-put.ts";

export interface BegunPut {
  readonly journal: PutJournal<PutState>;
  readonly layout: FileLayout;
  readonly resumed: boolean;
}

/** Finds the journal of the same put, or starts one once there are quotes, budget and money for it. */
export async function beginPut(context: ClientContext, options: PutOptions): Promise<BegunPut> {
  const { k, n, e, windows } = shapeOf(options);
  const file = await describeFile(options.path);
  const layout = fileLayout(file.size, k);
  const { chain } = context;
  const minSlots = minSlotsOf(options, k, n);
  const { detection } = options;
  const terms = defaultTerms({ n, k, windows, challenges: chain.parameters.challenges, detection });
  const where = { chainId: chain.chainId, market: chain.addresses.market, client: clientAddress(context) };
  const regions = options.regions === undefined ? {} : { regions: options.regions };
  const wanted = { ...file, name: options.name ?? file.name, k, n, e, ...where, terms, minSlots, ...regions };
  const root = path.join(context.folder, "puts");
  const journal = await findJournal(context, root, wanted);
  if (journal !== undefined) {
    context.tell(`going on with the put that was interrupted (${journal.id})`);
    return { journal: await requote(context, journal, layout), layout, resumed: true };
  }
  await requireCeremony(chain, { verifier: chain.addresses.verifier, ...chain.parameters }, listedKeys("spacetime"));
  const plan = withDealKey({ ...wanted, salt: options.salt ?? toHex(randomBytes(32)) });
  const quotes = await gatherQuotes(context, needsOf(layout, plan));
  const slots = quotes.slice(0, n).map((placed, slot) => ({ slot, placed }));
  const { total } = await costOf(context, plan, slots);
  checkBudget(total, options.budget);
  await checkFunds(context, total);
  const state: PutState = { plan, slots, spare: quotes.slice(n) };
  return { journal: await createPutJournal(root, randomBytes(8).toString("hex"), state), layout, resumed: false };
}

/** How a file is stored unless its client says otherwise. Throws `BAD_CODE`, and `ONE_COPY` for what cannot be published. */
export function shapeOf({ k = 3, n, windows = 12, public: published = false }: Omit<PutOptions, "path">) {
  // 3-of-5 for more shards too: without spare replicas the first provider that fails would take the file with it.
  const slots = n ?? Math.min(MAX_SLOTS, Math.max(5, published ? 2 * k + 1 : Math.ceil((5 * k) / 3)));
  if (!published) return { k, n: slots, e: slots, windows };
  // As many hot slots as publishing allows: a reader needs any k of them.
  const e = Math.max(slots - k, k);
  checkPublishable(k, slots, e);
  return { k, n: slots, e, windows };
}

/** Throws `BAD_MIN_SLOTS`. */
function minSlotsOf({ minSlots }: Pick<PutOptions, "minSlots">, k: number, n: number): number {
  const slots = minSlots ?? n;
  if (slots >= k && slots <= n) return slots;
  throw new HoldfastError("BAD_MIN_SLOTS", `A deal opens with ${k} to ${n} slots, got ${slots}.`);
}

/** For options that are fixed long before there is a file: throws what `beginPut` would say of them, whatever the file is. */
export function checkPutOptions(options: Omit<PutOptions, "path">): void {
  const { k, n, e, windows } = shapeOf(options);
  checkHotSlots(k, n, e);
  minSlotsOf(options, k, n);
  defaultTerms({ n, k, windows, challenges: 1 });
}

/** Throws `ABOVE_BUDGET`; both in base units. */
export function checkBudget(total: bigint, budget: bigint | undefined): void {
  const refusal = aboveBudget(total, budget);
  if (refusal !== undefined) throw refusal;
}

/** What a deal is refused with that costs more than its budget; both in base units. */
export function aboveBudget(total: bigint, budget: bigint | undefined): HoldfastError | undefined {
  if (budget === undefined || total <= budget) return undefined;
  return new HoldfastError(
    "ABOVE_BUDGET",
    `The deal would cost ${formatAmount(total)} tokens and the budget is ${formatAmount(budget)}; nothing was paid.`,
    { details: { total, budget } },
  );
}

async function findJournal(context: ClientContext, root: string, wanted: Omit<PutPlan, "dealKey" | "salt">) {
  let found: PutJournal<PutState> | undefined;
  for (const id of await listPutJournals(root)) {
    const journal = await openPutJournal<PutState>(root, id);
    if (journal === undefined) continue;
    if (found === undefined && matches(journal.state.plan, wanted)) found = journal;
    else await leave(context, journal, wanted);
  }
  return found;
}

function matches(plan: PutPlan, wanted: Omit<PutPlan, "dealKey" | "salt">): boolean {
  const { dealKey: _dealKey, salt: _salt, ...rest } = plan;
  const text = (value: object) => JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  return text({ ...rest, terms: text(rest.terms) }) === text({ ...wanted, terms: text(wanted.terms) });
}

/**
 * A journal of another put stays, unless it is about this path and the file has changed: then it can never go on. What it
 * paid for is not lost: a deal that it opened is written down first.
 */
async function leave(
  context: ClientContext,
  journal: PutJournal<PutState>,
  wanted: Omit<PutPlan, "dealKey" | "salt">,
): Promise<void> {
  const { plan, content } = journal.state;
  const sameMarket = plan.chainId === wanted.chainId && plan.market === wanted.market && plan.client === wanted.client;
  const changed = plan.size !== wanted.size || plan.modifiedMs !== wanted.modifiedMs;
  if (!sameMarket || plan.path !== wanted.path || !changed) return await journal.close();
  const opened = content !== undefined && (await isOpen(context, plan));
  // Its transaction may still be on its way.
  if (content !== undefined && !opened) return await journal.close();
  if (opened) {
    await recordPut(context, plan, content);
    context.tell("an earlier version of this file is stored; `holdfast client ls` lists it");
  }
  await journal.remove();
}

function needsOf(layout: FileLayout, plan: PutPlan) {
  return {
    m: layout.m,
    groups: layout.shardGroups,
    windows: plan.terms.windows,
    pieces: layout.segments,
    slots: plan.n,
    ...(plan.regions === undefined ? {} : { regions: plan.regions }),
  };
}

/** Quotes age: a resumed put asks again and keeps each slot's provider where that still quotes. */
async function requote(context: ClientContext, journal: PutJournal<PutState>, layout: FileLayout) {
  const { state } = journal;
  if (await isOpen(context, state.plan)) return journal;
  const fresh = await gatherQuotes(context, { ...needsOf(layout, state.plan), slots: state.plan.minSlots });
  const unused = new Map(fresh.map((placed) => [placed.quote.provider, placed]));
  const slots = state.slots.map((progress) => {
    const placed = unused.get(progress.placed.quote.provider);
    unused.delete(progress.placed.quote.provider);
    return { slot: progress.slot, placed: placed ?? progress.placed };
  });
  await journal.save({ ...state, slots, spare: [...unused.values()] });
  return journal;
}
