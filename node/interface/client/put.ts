// Stores a file: quotes, upload, spot-check, offers, one transaction, recomputation. Killed anywhere, it goes on where it was.

import { randomBytes } from "node:crypto";
import path from "node:path";
import { HoldfastError } from "../../common/errors.ts";
import { fromHex, toHex } from "../../common/hex.ts";
import { slotOf } from "../../consensus/market.ts";
import { encodeCapability } from "../../data/capability-codec.ts";
import { cidToText } from "../../data/cid.ts";
import { createCommitPool } from "../../data/kernels/commit-pool.ts";
import { type FileLayout, fileLayout } from "../../data/layout.ts";
import { deriveSecrets } from "../../data/secrets.ts";
import { addToFileIndex } from "../../physical/file-index.ts";
import { createPutJournal, listPutJournals, openPutJournal, type PutJournal } from "../../physical/put-journal.ts";
import { describeFile } from "../../physical/regular-file.ts";
import { type ClientContext, clientAddress, masterSecretOf } from "./context.ts";
import { costOf, isOpen, type OpenedDeal, openTheDeal } from "./open-deal.ts";
import { placeSlots } from "./place-slots.ts";
import { defaultTerms, type PutPlan, type PutState, withDealKey } from "./put-plan.ts";
import { gatherQuotes, loadPeers } from "./quotes.ts";
import { dropSlot, wrongRoots } from "./recompute.ts";

export interface PutOptions {
  readonly path: string;
  /** Shards that rebuild the file. */
  readonly k: number;
  /** Slots, each with a provider of its own. */
  readonly n: number;
  /** Length of the deal in proving windows. */
  readonly windows: number;
  /** Fewest slots to open the deal with; n unless told. */
  readonly minSlots?: number;
  /** The most that the deal may cost, fee included; base units. */
  readonly budget?: bigint;
}

export interface PutResult {
  /** The owner's: keep it secret. */
  readonly capability: string;
  readonly cid: string;
  readonly dealKey: string;
  readonly bytes: number;
  readonly slots: readonly { readonly slot: number; readonly provider: string }[];
  readonly vacant: readonly { readonly slot: number; readonly reason: string }[];
  /** Base units, as decimal text; absent when the deal was opened by an earlier run. */
  readonly escrow?: string;
  readonly fee?: string;
  readonly resumed: boolean;
}

/** Stores the file at `options.path`. Throws a HoldfastError; unless it says otherwise nothing was paid and the put resumes. */
export async function put(context: ClientContext, options: PutOptions): Promise<PutResult> {
  const { journal, layout, resumed } = await begin(context, options);
  try {
    const result = await run(context, journal, layout, options, resumed);
    await journal.remove();
    return result;
  } catch (cause) {
    await journal.close().catch(() => {});
    // The key and the salt have met the old bytes: they must never meet the new ones.
    if (cause instanceof HoldfastError && cause.code === "FILE_CHANGED") await journal.remove().catch(() => {});
    throw cause;
  }
}

async function begin(context: ClientContext, options: PutOptions) {
  const file = await describeFile(options.path);
  const { k, n, windows } = options;
  const layout = fileLayout(file.size, k);
  const root = path.join(context.folder, "puts");
  const { chain } = context;
  const terms = defaultTerms({ n, k, windows, challenges: chain.parameters.challenges });
  const minSlots = options.minSlots ?? n;
  if (minSlots < k || minSlots > n) {
    throw new HoldfastError("BAD_MIN_SLOTS", `A deal opens with ${k} to ${n} slots, got ${minSlots}.`);
  }
  const same = {
    ...file,
    k,
    n,
    e: n,
    chainId: chain.chainId,
    market: chain.addresses.market,
    client: clientAddress(context),
    terms,
    minSlots,
  };
  for (const id of await listPutJournals(root)) {
    const journal = await openPutJournal<PutState>(root, id);
    if (journal === undefined) continue;
    if (matches(journal.state.plan, same)) {
      context.tell(`going on with the put that was interrupted (${id})`);
      return { journal: await requote(context, journal, layout), layout, resumed: true };
    }
    await journal.close();
  }
  const plan = withDealKey({ ...same, salt: toHex(randomBytes(32)) });
  const quotes = await gatherQuotes(context, needsOf(layout, plan));
  const slots = quotes.slice(0, n).map((placed, slot) => ({ slot, placed }));
  const state: PutState = { plan, slots, spare: quotes.slice(n) };
  const { total } = await costOf(context, plan, slots);
  if (options.budget !== undefined && total > options.budget) {
    throw new HoldfastError(
      "ABOVE_BUDGET",
      `The deal would cost ${total} base units and the budget is ${options.budget}.`,
      {
        details: { total, budget: options.budget },
      },
    );
  }
  const journal = await createPutJournal(root, randomBytes(8).toString("hex"), state);
  return { journal, layout, resumed: false };
}

function matches(plan: PutPlan, same: Omit<PutPlan, "dealKey" | "salt">): boolean {
  const { dealKey: _dealKey, salt: _salt, ...rest } = plan;
  const text = (value: object) => JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  return text({ ...rest, terms: text(rest.terms) }) === text({ ...same, terms: text(same.terms) });
}

function needsOf(layout: FileLayout, plan: PutPlan) {
  return {
    m: layout.m,
    groups: layout.shardGroups,
    windows: plan.terms.windows,
    pieces: layout.segments,
    slots: plan.n,
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
  await journal.save({ plan: state.plan, slots, spare: [...unused.values()] });
  return journal;
}

async function run(
  context: ClientContext,
  journal: PutJournal<PutState>,
  layout: FileLayout,
  options: PutOptions,
  resumed: boolean,
): Promise<PutResult> {
  const { plan } = journal.state;
  const master = masterSecretOf(context.ownerSecret, fromHex(plan.salt, 32));
  const secrets = deriveSecrets(master);
  const peerOf = await loadPeers(context);
  const opened = await isOpen(context, plan);
  const placed = await placeSlots(context, { journal, layout, secrets, peerOf, opened });
  let deal: OpenedDeal | undefined;
  if (!opened) {
    const { total } = await costOf(context, plan, placed.slots);
    if (options.budget !== undefined && total > options.budget) {
      throw new HoldfastError(
        "ABOVE_BUDGET",
        `The deal would cost ${total} base units; the budget is ${options.budget}.`,
      );
    }
    context.tell(`opening the deal with ${placed.slots.length} slots`);
    deal = await openTheDeal(context, plan, placed.headerHash, placed.slots);
  }
  const { chainId, market, dealKey } = plan;
  const { headerHash } = placed;
  const capability = encodeCapability({ type: "owner", chainId, market, dealKey, headerHash, master });
  const cid = cidToText(placed.cid);
  await addToFileIndex(context.folder, {
    name: plan.name,
    size: plan.size,
    cid,
    dealKey,
    capability,
    slots: plan.n,
    threshold: plan.k,
    windows: plan.terms.windows,
    storedAt: new Date().toISOString(),
  });
  const vacant = new Map([...placed.vacant, ...(deal?.skipped ?? [])]);
  const states = await Promise.all(placed.slots.map(({ slot }) => slotOf(context.chain, dealKey, slot)));
  const filled = placed.slots.filter((_, i) => states[i]!.status === "active");
  const pool = createCommitPool({ workers: 2 });
  try {
    const confirm = journal.confirmSegment;
    for (const wrong of await wrongRoots(context, { plan, layout, secrets, slots: filled, pool, confirm })) {
      await dropSlot(context, plan, wrong);
      vacant.set(wrong.slot, "dropped: its provider committed to other bytes than it was sent");
    }
  } finally {
    await pool.close();
  }
  return {
    capability,
    cid,
    dealKey,
    bytes: plan.size,
    slots: filled
      .filter(({ slot }) => !vacant.has(slot))
      .map((progress) => ({ slot: progress.slot, provider: progress.placed.quote.provider })),
    vacant: [...vacant].map(([slot, reason]) => ({ slot, reason })),
    ...(deal === undefined ? {} : { escrow: deal.escrow.toString(), fee: deal.fee.toString() }),
    resumed,
  };
}
