// A stored file, opened for reading: what its capability, the chain and its header say, then any of its segments.

import { HoldfastError } from "../../common/errors.ts";
import { attenuate, type Capability, type FileReference, type Secrets, secretsOf } from "../../data/capability.ts";
import { decodeCapability } from "../../data/capability-codec.ts";
import { cidToText } from "../../data/cid.ts";
import { type Header, layoutOf } from "../../data/header.ts";
import { createReedSolomon } from "../../data/kernels/reed-solomon.ts";
import type { FileLayout } from "../../data/layout.ts";
import { decryptFacts } from "../../data/plaintext-facts.ts";
import { contentKey } from "../../data/segment-cipher.ts";
import { decodeCheckedSegment } from "../../data/segment-codec.ts";
import type { SlotTable } from "../../data/slot-table.ts";
import { addRetrievals } from "../../physical/provider-record.ts";
import type { ClientContext } from "./context.ts";
import { type LiveDeal, readDeal } from "./deal-on-chain.ts";
import { fetchHeader, fetchSlotTable } from "./fetch-metadata.ts";
import type { ContentFacts } from "./file-facts.ts";
import { isOwnFault } from "./own-fault.ts";
import type { Code } from "./share.ts";
import { openSources } from "./sources.ts";
import { fetchSegments } from "./swarm.ts";

export interface ReadableFile {
  readonly capability: Capability;
  readonly fileKey: Uint8Array;
  readonly seal: Secrets["seal"];
  readonly deal: LiveDeal;
  readonly header: Header;
  readonly table: SlotTable;
  readonly layout: FileLayout;
  /** CIDv1 of the plaintext, 36 bytes. */
  readonly cid: Uint8Array;
  readonly name: string;
}

/** Nothing is paid yet. Throws `CAPABILITY_TOO_WEAK`, `DEAL_OVER`, `NO_METADATA` and what reading the deal throws. */
export async function findFile(context: ClientContext, text: string): Promise<ReadableFile> {
  const capability = decodeCapability(text);
  const { fileKey, seal } = secretsOf(capability);
  if (fileKey === undefined) {
    throw new HoldfastError(
      "CAPABILITY_TOO_WEAK",
      `A ${capability.type} capability cannot read the file: ask its owner for a read capability.`,
    );
  }
  const deal = await readDeal(context, capability);
  requireThreshold(deal);
  const header = await fetchHeader(context, deal);
  const table = await fetchSlotTable(context, deal, header);
  const facts = decryptFacts(fileKey, header.fileId, header.facts);
  return { capability, fileKey, seal, deal, header, table, layout: layoutOf(header), ...facts };
}

/** How the file behind any capability is coded, from its header. */
export async function codeOfFile(context: ClientContext, text: string): Promise<Code> {
  const reference: FileReference = attenuate(decodeCapability(text), "verify");
  const { k, n, e } = await fetchHeader(context, await readDeal(context, reference));
  return { k, n, e };
}

/** What the header says of the file behind a capability that reads; undefined when no provider has the header any more. */
export async function contentOf(context: ClientContext, text: string): Promise<ContentFacts | undefined> {
  const capability = decodeCapability(text);
  const { fileKey } = secretsOf(capability);
  if (fileKey === undefined) return undefined;
  const deal = await readDeal(context, capability);
  try {
    const header = await fetchHeader(context, deal);
    const { cid, name } = decryptFacts(fileKey, header.fileId, header.facts);
    return { name, size: header.fileSize, cid: cidToText(cid), hot: header.e };
  } catch (cause) {
    if (cause instanceof HoldfastError && cause.code === "NO_METADATA") return undefined;
    throw cause;
  }
}

export interface SegmentsOptions {
  /** Which segments, ascending; nothing else is fetched or paid. */
  readonly indices: readonly number[];
  /** The most to pay per piece; base units. Unless told, a few times what the k cheapest ask. */
  readonly maxPrice?: bigint | undefined;
}

export interface OpenSegments extends AsyncIterable<Uint8Array> {
  /** Base units promised by vouchers so far. */
  paid(): bigint;
  /** Slots that failed or were too slow, with the reason. */
  trouble(): { readonly slot: number; readonly reason: string }[];
  close(): Promise<void>;
}

/** The plaintext of some segments, in their order, each checked and the caller's own. Connects and funds channels; the caller closes. */
export async function openSegments(
  context: ClientContext,
  file: ReadableFile,
  { indices, maxPrice }: SegmentsOptions,
): Promise<OpenSegments> {
  const { header, deal, table, seal } = file;
  const trouble = new Map<number, string>();
  const failed = new Set<number>();
  const note = (slot: number, cause: unknown) => {
    trouble.set(slot, reasonOf(cause));
    if (context.signal?.aborted) return;
    const dear = cause instanceof HoldfastError && cause.code === "RETRIEVAL_TOO_DEAR";
    if (!dear && !isOwnFault(cause)) failed.add(slot);
  };
  const pieces = indices.length;
  const sources = await openSources(context, { deal, header, table, seal, pieces, maxPrice, onTrouble: note });
  const code = createReedSolomon(header.k, header.n);
  const key = contentKey(file.fileKey, header.fileId);

  /** All was taken by the caller; what was read ahead and was not may be had again. */
  let whole = false;

  async function* plaintext(): AsyncGenerator<Uint8Array> {
    const swarm = fetchSegments({
      segments: indices,
      k: header.k,
      sources: sources.list,
      isFinal: isOwnFault,
      onTrouble: (slot, cause) => {
        note(slot, cause);
        context.tell(`slot ${slot}: ${reasonOf(cause)}`);
      },
      ...(context.signal === undefined ? {} : { signal: context.signal }),
    });
    let at = 0;
    for await (const fetched of swarm) {
      const shards = fetched.map(({ slot, bytes }) => ({ index: slot, bytes }));
      yield decodeCheckedSegment(header, code, key, indices[at]!, shards);
      at++;
    }
    whole = true;
  }

  return {
    [Symbol.asyncIterator]: plaintext,
    paid: () => sources.paid(),
    trouble: () => [...trouble].map(([slot, reason]) => ({ slot, reason })),
    async close() {
      await sources.close(whole);
      const news = new Map([...sources.served()].map(([provider, served]) => [provider, { served, failed: 0 }]));
      for (const slot of failed) {
        const { provider } = deal.active.find(({ offer }) => offer.slot === slot)!.offer;
        news.set(provider, { served: news.get(provider)?.served ?? 0, failed: 1 });
      }
      await addRetrievals(context.folder, Object.fromEntries(news));
    },
  };
}

/** What is not under contract any more is deleted by its provider: nobody needs to be asked, or paid, for it. */
function requireThreshold({ active, deal }: LiveDeal): void {
  const needed = deal.terms.threshold;
  if (active.length >= needed) return;
  throw new HoldfastError(
    "DEAL_OVER",
    `${active.length === 0 ? "None" : `Only ${active.length}`} of this file's replicas is under contract any more and ${needed} are needed: its deal is over, it cannot be fetched.`,
    { details: { needed, active: active.length } },
  );
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
