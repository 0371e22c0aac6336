// One slot's way to its provider: seals, sends, and holds the provider to the bytes that left.

import { HoldfastError } from "../../common/errors.ts";
import { toHex } from "../../common/hex.ts";
import { release } from "../../common/release.ts";
import { verifyMessage } from "../../consensus/signing.ts";
import { createDataRootBuilder } from "../../data/data-root.ts";
import type { FileLayout } from "../../data/layout.ts";
import type { Commitment } from "../../data/terms.ts";
import { RUN_PIECES } from "../../network/frames.ts";
import type { Peer } from "../../network/peer.ts";
import type { UploadClient } from "../../network/protocols/upload.ts";
import type { ClientContext } from "./context.ts";
import { openSlot } from "./offers.ts";
import type { DealPlace, SlotProgress } from "./put-plan.ts";

/** Runs of pieces of one slot under way at once. */
const UNDER_WAY = 2;

export interface UploadLane {
  readonly slot: number;
  /** The next piece, unsealed; waits while the provider is behind. Never throws: a failure shows in `finish`. */
  push(index: number, piece: Uint8Array): Promise<void>;
  /** The provider's commitment, checked against every byte that was pushed. */
  finish(): Promise<SlotProgress>;
  readonly session: UploadClient;
  /** Nothing more is sent; `finish` says why. */
  readonly failed: boolean;
  /** Pieces that the provider had to be sent. */
  readonly sent: number;
}

export interface UploadLaneOptions {
  readonly plan: DealPlace;
  readonly layout: FileLayout;
  readonly progress: SlotProgress;
  readonly peer: Peer;
  /** Seals piece `index` for this slot and provider. */
  readonly sealPiece: (index: number, piece: Uint8Array) => Uint8Array;
  /** Pieces to send in a request, which many lanes side by side keep small. */
  readonly run?: number;
}

/** Opens the upload of one slot; what the provider already has durably is not sent again. */
export async function openUploadLane(context: ClientContext, options: UploadLaneOptions): Promise<UploadLane> {
  const { chain } = context;
  const { plan, layout, progress, sealPiece, run: whole = RUN_PIECES } = options;
  const { quote } = progress.placed;
  const session = await openSlot(context, options);
  const dataRoot = createDataRootBuilder();
  const underWay: Promise<void>[] = [];
  let run: { readonly first: number; readonly pieces: Uint8Array[] } | undefined;
  let failure: unknown;
  let sent = 0;

  async function send(): Promise<void> {
    if (run === undefined) return;
    const { first, pieces } = run;
    run = undefined;
    while (underWay.length >= UNDER_WAY) await underWay.shift();
    // Once they are acknowledged, nothing on its way holds them any more.
    sent += pieces.length;
    const acknowledged = session.sendPieces(first, pieces).then(() => pieces.forEach(release));
    acknowledged.catch((cause: unknown) => {
      failure ??= cause;
    });
    underWay.push(acknowledged);
  }

  return {
    slot: progress.slot,
    session,
    get failed() {
      return failure !== undefined;
    },
    get sent() {
      return sent;
    },
    async push(index, piece) {
      if (failure !== undefined) return;
      try {
        const sealed = sealPiece(index, piece);
        dataRoot.append(sealed);
        if (session.have.has(index)) {
          await send();
          return release(sealed);
        }
        run ??= { first: index, pieces: [] };
        run.pieces.push(sealed);
        if (run.pieces.length === whole) await send();
      } catch (cause) {
        failure ??= cause;
      }
    },
    async finish() {
      await send();
      await Promise.all(underWay);
      if (failure !== undefined) throw failure;
      const own = dataRoot.finish();
      const answer = await session.finish(toHex(own.dataRoot));
      const commitment: Commitment = {
        provider: quote.provider,
        dealKey: plan.dealKey,
        slot: progress.slot,
        generation: progress.generation ?? 0,
        root: answer.root,
        dataRoot: toHex(own.dataRoot),
        m: layout.m,
        groups: layout.shardGroups,
      };
      if (!(await verifyMessage(chain, "Commitment", commitment, answer.signature, quote.provider))) {
        throw new HoldfastError(
          "BAD_SIGNATURE",
          `Provider ${quote.provider} did not sign the commitment that it sent.`,
        );
      }
      return { ...progress, root: commitment.root, dataRoot: commitment.dataRoot };
    },
  };
}
