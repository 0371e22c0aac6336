// Stores a file: quotes, upload, spot-check, offers, one transaction, recomputation. Killed anywhere, it goes on where it was.

import { HoldfastError } from "../../common/errors.ts";
import { fromHex, type Hex } from "../../common/hex.ts";
import { slotsOf } from "../../consensus/deals.ts";
import { slotOf } from "../../consensus/market.ts";
import { createCommitPool } from "../../data/kernels/commit-pool.ts";
import { deriveSecrets } from "../../data/secrets.ts";
import type { Offer } from "../../data/terms.ts";
import { isFolderOnDisk } from "../../physical/folder-tree.ts";
import { type BegunPut, beginPut, checkBudget } from "./begin-put.ts";
import { type ClientContext, masterSecretOf } from "./context.ts";
import { checkHappiness } from "./happiness.ts";
import { importCar } from "./import-car.ts";
import { costOf, isOpen, type OpenedDeal, openTheDeal } from "./open-deal.ts";
import { placeSlots } from "./place-slots.ts";
import { putFolder } from "./put-folder.ts";
import type { DetectionTarget, PutPlan } from "./put-plan.ts";
import { loadPeers } from "./quotes.ts";
import { dropSlot, wrongRoots } from "./recompute.ts";
import { recordPut } from "./record-put.ts";

export interface PutOptions {
  readonly path: string;
  /** Shards that rebuild the file; 3 unless told. */
  readonly k?: number | undefined;
  /** Slots, each with a provider of its own; 5, or 5 k / 3 if that is more, unless told, 2 k + 1 for a public file. */
  readonly n?: number | undefined;
  /** Length of the deal in proving windows; 12 unless told. */
  readonly windows?: number | undefined;
  /** Fewest slots to open the deal with; n unless told. */
  readonly minSlots?: number | undefined;
  /** The most that the deal may cost, fee included; base units. */
  readonly budget?: bigint | undefined;
  /** Countries (ISO 3166-1 alpha-2) in which providers say they are; anywhere unless told. */
  readonly regions?: readonly string[] | undefined;
  /** Kept in the header, readable with the file key; the file's own name unless told. */
  readonly name?: string | undefined;
  /** `path` is a CAR: the one file in it is stored. */
  readonly car?: boolean | undefined;
  /** To be published: k slots stay cold, so that no reader can answer for them. Needs n of at least 2 k. */
  readonly public?: boolean | undefined;
  /** Makes the deal's terms state the least K that gives it; what the market draws unless told. */
  readonly detection?: DetectionTarget | undefined;
  /** 32 bytes that were never used before; drawn at random unless told. An interrupted put keeps its own. */
  readonly salt?: Hex | undefined;
  /**
   * Told once the deal is open and the file in the folder's list: it can be read from then on. What follows computes the providers'
   * commitments again, which takes as long as the upload and may drop slots; who does not wait for it aborts, and the same put goes
   * on with it later.
   */
  readonly onStored?: ((stored: Pick<PutResult, "capability" | "cid" | "dealKey">) => void) | undefined;
}

export interface PutResult {
  /** The owner's: keep it secret. */
  readonly capability: string;
  readonly cid: string;
  /** Of the CAR that the file came in; equal to `cid` where it was one raw block. */
  readonly root?: string;
  readonly dealKey: string;
  readonly bytes: number;
  readonly slots: readonly { readonly slot: number; readonly provider: string }[];
  readonly vacant: readonly { readonly slot: number; readonly reason: string }[];
  /** Base units; absent when the deal was opened by an earlier run. */
  readonly escrow?: bigint;
  readonly fee?: bigint;
  readonly resumed: boolean;
  /** Pieces that this run sent; what providers had of an earlier one is not sent again. */
  readonly sent: number;
  /** Of a folder: its files, and those whose bytes were stored already. */
  readonly files?: number;
  readonly reused?: number;
  /** Why the providers' commitments could not be checked once more after the deal was open. */
  readonly unchecked?: string;
}

/** Stores the file or folder at `options.path`. Throws a HoldfastError; unless it says otherwise nothing was paid and the put resumes. */
export async function put(context: ClientContext, options: PutOptions): Promise<PutResult> {
  if (options.car !== true) {
    const folder = await isFolderOnDisk(options.path);
    return folder
      ? await putFolder(context, options, (pack) => putFile(context, pack))
      : await putFile(context, options);
  }
  context.tell("checking the CAR");
  const imported = await importCar(options.path, context.folder, context.signal);
  const result = await putFile(context, { ...options, path: imported.path });
  await imported.remove();
  return { ...result, root: imported.root };
}

async function putFile(context: ClientContext, options: PutOptions): Promise<PutResult> {
  const begun = await beginPut(context, options);
  const { journal } = begun;
  try {
    const result = await run(context, begun, options);
    await journal.remove();
    return result;
  } catch (cause) {
    await journal.close().catch(() => {});
    // The key and the salt have met the old bytes: they must never meet the new ones.
    if (cause instanceof HoldfastError && cause.code === "FILE_CHANGED") await journal.remove().catch(() => {});
    throw cause;
  }
}

async function run(context: ClientContext, begun: BegunPut, options: PutOptions): Promise<PutResult> {
  const { journal, resumed } = begun;
  const { plan } = journal.state;
  const vacant = new Map<number, string>();
  let deal: OpenedDeal | undefined;
  let sent = 0;
  if (!(await isOpen(context, plan))) ({ deal, sent } = await place(context, begun, options, vacant));
  const content = journal.state.content!;
  const capability = await recordPut(context, plan, content);
  context.tell("the file is stored and listed; computing the providers' commitments again in the background");
  options.onStored?.({ capability, cid: content.cid, dealKey: plan.dealKey });

  const offers = await filledOffers(context, plan);
  const checked = await dropWrong(context, begun, offers);
  for (const slot of checked.dropped) {
    vacant.set(slot, "dropped: its provider committed to other bytes than it was sent");
  }
  const kept = offers.filter(({ slot }) => !checked.dropped.includes(slot));
  for (let slot = 0; slot < plan.n; slot++) {
    if (kept.some((offer) => offer.slot === slot) || vacant.has(slot)) continue;
    vacant.set(slot, "no provider took it");
  }
  return {
    capability,
    cid: content.cid,
    dealKey: plan.dealKey,
    bytes: plan.size,
    slots: kept.map(({ slot, provider }) => ({ slot, provider })),
    vacant: [...vacant].map(([slot, reason]) => ({ slot, reason })),
    ...(deal === undefined ? {} : { escrow: deal.escrow, fee: deal.fee }),
    resumed,
    sent,
    ...(checked.reason === undefined ? {} : { unchecked: checked.reason }),
  };
}

/** Uploads and opens the deal; no deal when a transaction of an earlier run opened it meanwhile. */
async function place(
  context: ClientContext,
  { journal, layout }: BegunPut,
  { budget }: PutOptions,
  vacant: Map<number, string>,
): Promise<{ deal: OpenedDeal | undefined; sent: number }> {
  const { plan } = journal.state;
  const secrets = secretsOf(context, plan);
  let sent = 0;
  try {
    const placed = await placeSlots(context, { journal, layout, secrets, peerOf: await loadPeers(context) });
    sent = placed.sent;
    const { total } = await costOf(context, plan, placed.slots);
    checkBudget(total, budget);
    await checkHappiness(context, plan, placed.slots);
    context.tell(`opening the deal with ${placed.slots.length} slots`);
    const deal = await openTheDeal(context, plan, placed.headerHash, placed.slots);
    await placed.confirmMetadata();
    for (const [slot, reason] of [...placed.vacant, ...deal.skipped]) vacant.set(slot, reason);
    return { deal, sent };
  } catch (cause) {
    // Its transaction was on its way when the earlier run was killed: the deal must not be paid twice.
    if (journal.state.content !== undefined && (await isOpen(context, plan).catch(() => false))) {
      return { deal: undefined, sent };
    }
    throw cause;
  }
}

/** The offers under contract, as the chain has them. */
async function filledOffers(context: ClientContext, plan: PutPlan): Promise<Offer[]> {
  const offers = (await slotsOf(context.chain, plan.dealKey)).map(({ offer }) => offer);
  const states = await Promise.all(offers.map(({ slot }) => slotOf(context.chain, plan.dealKey, slot)));
  return offers.filter((_, i) => states[i]!.status === "active");
}

/** Recomputes every root from the file and leaves the slots in which it is another. */
async function dropWrong(context: ClientContext, { journal, layout }: BegunPut, offers: readonly Offer[]) {
  const { plan } = journal.state;
  const secrets = secretsOf(context, plan);
  const confirm = journal.confirmSegments;
  const pool = createCommitPool({ workers: 2 });
  const dropped: number[] = [];
  try {
    for (const wrong of await wrongRoots(context, { plan, layout, secrets, offers, pool, confirm })) {
      await dropSlot(context, plan, wrong);
      dropped.push(wrong.slot);
    }
    return { dropped };
  } catch (cause) {
    // What is stored is the file as it was; that it has changed since is no failure of the put.
    if (!(cause instanceof HoldfastError) || !FILE_GONE.has(cause.code)) throw cause;
    return { dropped, reason: "the file changed after it was stored" };
  } finally {
    await pool.close();
  }
}

const FILE_GONE = new Set(["FILE_CHANGED", "FILE_MISSING", "FILE_FORBIDDEN", "NOT_A_FILE"]);

function secretsOf({ ownerSecret }: ClientContext, plan: PutPlan) {
  return deriveSecrets(masterSecretOf(ownerSecret, fromHex(plan.salt, 32)));
}
