// Brings every slot to a signed offer: uploads, spot-checks, asks, hands out the metadata; replaces providers that fail.

import { HoldfastError } from "../../common/errors.ts";
import { cidToText } from "../../data/cid.ts";
import type { FileLayout } from "../../data/layout.ts";
import type { FileSecrets } from "../../data/secrets.ts";
import type { Peer } from "../../network/peer.ts";
import type { PutJournal } from "../../physical/put-journal.ts";
import type { ClientContext } from "./context.ts";
import { distributeMetadata, signedSlotTable } from "./metadata.ts";
import { requestOffer } from "./offers.ts";
import { isOwnFault } from "./own-fault.ts";
import type { PlacedQuote, PutState, SlotProgress } from "./put-plan.ts";
import { spotCheck } from "./spot-check.ts";
import { uploadPass } from "./upload-pass.ts";

export interface PlacedSlots {
  /** With offers. */
  readonly slots: readonly SlotProgress[];
  /** Why a slot has nobody. */
  readonly vacant: ReadonlyMap<number, string>;
  readonly headerHash: `0x${string}`;
  /** Pieces that providers had to be sent: what they had of an earlier run is not sent again. */
  readonly sent: number;
  /**
   * Hands header and slot table out once more, for when the deal is open. Before it is, a provider that was replaced can
   * replay a table that the client signed earlier; from then on only what equals the chain is taken. Who does not answer
   * now has the first copy.
   */
  readonly confirmMetadata: () => Promise<void>;
}

export interface PlaceOptions {
  readonly journal: PutJournal<PutState>;
  readonly layout: FileLayout;
  readonly secrets: FileSecrets;
  readonly peerOf: (provider: string) => Peer;
}

/** Throws `TOO_FEW_PROVIDERS` when fewer than the plan's least number of slots could be placed; nothing was paid then. */
export async function placeSlots(context: ClientContext, options: PlaceOptions): Promise<PlacedSlots> {
  const { journal, layout, secrets, peerOf } = options;
  const { plan } = journal.state;
  const confirm = journal.confirmSegments;
  const spare: PlacedQuote[] = [...journal.state.spare];
  const vacant = new Map<number, string>();
  let todo: SlotProgress[] = [...journal.state.slots];
  let ready: SlotProgress[] = [];
  let sent = 0;
  for (;;) {
    const pass = await uploadPass(context, { plan, layout, secrets, slots: todo, peerOf, confirm });
    sent += pass.sent;
    context.tell(`spot-checking ${pass.committed.length} commitments`);
    const bad = await spotCheck(context, { plan, layout, secrets, slots: pass.committed, peerOf, confirm });
    context.signal?.throwIfAborted();
    const checked = pass.committed.filter(({ slot }) => !bad.has(slot));
    const failed = new Map([...pass.failed, ...bad]);
    const block = await context.chain.publicClient.getBlockNumber();
    const asked = checked.map(async (progress) => {
      const peer = peerOf(progress.placed.quote.provider);
      return { ...progress, offer: await requestOffer(context, { plan, layout, progress, peer, block }) };
    });
    for (const [i, outcome] of (await Promise.allSettled(asked)).entries()) {
      if (outcome.status === "fulfilled") ready.push(outcome.value);
      else failed.set(checked[i]!.slot, outcome.reason);
    }
    // What an abort broke off is nobody's failure: no provider is replaced for it.
    context.signal?.throwIfAborted();
    const retry = replace(context, todo, failed, spare, vacant);
    requireEnough(plan.minSlots, ready.length + retry.length, vacant);
    const { header } = pass;
    // Whose last slots failed early has no header yet: the next pass, without slots, makes it.
    if (retry.length === 0 && header !== undefined) {
      // The table names every filled slot, so it can be written only once all are known; who does not take it is out.
      const slotTable = await signedSlotTable(context, plan, header.hash, ready);
      const metadata = { plan, slots: ready, header: header.bytes, slotTable, peerOf };
      const refused = await distributeMetadata(context, metadata);
      context.signal?.throwIfAborted();
      if (refused.size === 0) {
        const { hash: headerHash, cid } = header;
        await journal.save({ plan, slots: ready, spare, content: { headerHash, cid: cidToText(cid) } });
        const confirmMetadata = async () => {
          await distributeMetadata(context, metadata);
        };
        return { slots: ready, vacant, headerHash, sent, confirmMetadata };
      }
      const out = ready.filter(({ slot }) => refused.has(slot));
      ready = ready.filter(({ slot }) => !refused.has(slot));
      retry.push(...replace(context, out, refused, spare, vacant));
      requireEnough(plan.minSlots, ready.length + retry.length, vacant);
    }
    todo = retry;
    await journal.save({ ...journal.state, slots: [...ready, ...todo], spare });
  }
}

/** Gives every failed slot the next spare provider; slots that get none are vacant. */
function replace(
  context: ClientContext,
  slots: readonly SlotProgress[],
  failed: ReadonlyMap<number, unknown>,
  spare: PlacedQuote[],
  vacant: Map<number, string>,
): SlotProgress[] {
  const retry: SlotProgress[] = [];
  for (const { slot, placed } of slots) {
    if (!failed.has(slot)) continue;
    const cause = failed.get(slot);
    if (isOwnFault(cause)) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    context.tell(`slot ${slot}: ${placed.quote.provider} failed (${reason})`);
    const next = spare.shift();
    if (next === undefined) vacant.set(slot, reason);
    else retry.push({ slot, placed: next });
  }
  return retry;
}

function requireEnough(needed: number, found: number, vacant: ReadonlyMap<number, string>): void {
  if (found >= needed) return;
  const [first] = vacant.values();
  throw new HoldfastError(
    "TOO_FEW_PROVIDERS",
    `Only ${found} of the ${needed} needed slots found a provider; nothing was paid. ${first ?? ""} Run the same command again when more providers are up.`,
    { details: { needed, found, reasons: Object.fromEntries(vacant) } },
  );
}
