// One pass over the file that brings some slots to a signed commitment, and learns what the header needs on the way.

import { createCidHasher } from "../../data/cid.ts";
import { createHeaderBuilder, encodeHeader, type HeaderBuilder, headerHash } from "../../data/header.ts";
import type { FileLayout } from "../../data/layout.ts";
import { encryptFacts } from "../../data/plaintext-facts.ts";
import type { FileSecrets } from "../../data/secrets.ts";
import type { Peer } from "../../network/peer.ts";
import type { ClientContext } from "./context.ts";
import { type ConfirmSegments, createSealer, encodeFile, segmentsInRun } from "./encode-file.ts";
import { percent } from "./progress.ts";
import type { PutPlan, SlotProgress } from "./put-plan.ts";
import { openUploadLane, type UploadLane } from "./upload-lane.ts";

export interface UploadPassOptions {
  readonly plan: PutPlan;
  readonly layout: FileLayout;
  readonly secrets: FileSecrets;
  readonly slots: readonly SlotProgress[];
  readonly peerOf: (provider: string) => Peer;
  readonly confirm: ConfirmSegments;
}

export interface UploadPassResult {
  /** With root and dataRoot. */
  readonly committed: readonly SlotProgress[];
  readonly failed: ReadonlyMap<number, unknown>;
  /** Pieces that providers had to be sent. */
  readonly sent: number;
  /** Not there when every slot failed on the way: the rest of the file was not read then. */
  readonly header: PassHeader | undefined;
}

export interface PassHeader {
  readonly bytes: Uint8Array;
  readonly hash: `0x${string}`;
  readonly cid: Uint8Array;
}

/**
 * Sends every segment to every slot's provider side by side; a slot that fails does not stop the others. Without slots it makes
 * the header.
 */
export async function uploadPass(context: ClientContext, options: UploadPassOptions): Promise<UploadPassResult> {
  const { plan, layout, secrets, confirm } = options;
  const failed = new Map<number, unknown>();
  const lanes = await openLanes(context, options, failed);
  // A file may take an hour to read and encode: not for nobody.
  const nobodyLeft = () => options.slots.length > 0 && lanes.every((lane) => lane.failed);
  try {
    const headerBuilder = createHeaderBuilder();
    const cidHasher = createCidHasher();
    const signal = context.signal === undefined ? {} : { signal: context.signal };
    const onPlaintext = (bytes: Uint8Array) => cidHasher.update(bytes);
    let read = 0;
    for await (const segment of encodeFile({ plan, layout, secrets, confirm, onPlaintext, ...signal })) {
      headerBuilder.append({ tag: segment.tag, hashes: segment.hashes });
      await Promise.all(lanes.map((lane) => lane.push(segment.index, segment.pieces[lane.slot]!)));
      const amount = { stage: "upload", done: segment.index + 1, total: layout.segments } as const;
      if (lanes.length > 0) context.tell(`uploaded ${percent(amount)} %`, amount);
      if (++read < layout.segments && nobodyLeft()) break;
    }
    const header = read === layout.segments ? headerOf(plan, secrets, headerBuilder, cidHasher.finish()) : undefined;
    const committed = await finishLanes(lanes, failed);
    const sent = lanes.reduce((sum, lane) => sum + lane.sent, 0);
    return { committed, failed, sent, header };
  } finally {
    await Promise.all(lanes.map((lane) => lane.session.close().catch(() => {})));
  }
}

function headerOf(plan: PutPlan, secrets: FileSecrets, builder: HeaderBuilder, cid: Uint8Array): PassHeader {
  const { k, n, e, name, size } = plan;
  const { fileId, fileKey } = secrets;
  const facts = encryptFacts(fileKey, fileId, { cid, name });
  const bytes = encodeHeader(builder.finish({ k, n, e, fileId, fileSize: size, facts }));
  return { bytes, hash: headerHash(bytes), cid };
}

async function openLanes(
  context: ClientContext,
  { plan, layout, secrets, slots, peerOf }: UploadPassOptions,
  failed: Map<number, unknown>,
): Promise<UploadLane[]> {
  const lanes: UploadLane[] = [];
  const opening = slots.map(async (progress) => {
    const peer = peerOf(progress.placed.quote.provider);
    const sealPiece = createSealer(plan, secrets, progress.slot, progress.placed.quote.provider);
    lanes.push(await openUploadLane(context, { plan, layout, progress, peer, sealPiece, run: segmentsInRun(plan.n) }));
  });
  for (const [i, outcome] of (await Promise.allSettled(opening)).entries()) {
    if (outcome.status === "rejected") failed.set(slots[i]!.slot, outcome.reason);
  }
  return lanes;
}

async function finishLanes(lanes: readonly UploadLane[], failed: Map<number, unknown>): Promise<SlotProgress[]> {
  const committed: SlotProgress[] = [];
  const outcomes = await Promise.allSettled(lanes.map((lane) => lane.finish()));
  for (const [i, outcome] of outcomes.entries()) {
    if (outcome.status === "fulfilled") committed.push(outcome.value);
    else failed.set(lanes[i]!.slot, outcome.reason);
  }
  return committed;
}
