// Brings one rebuilt shard to one provider: sealed, sent, its commitment computed again over every byte, sampled, and offered.

import { HoldfastError } from "../../../common/errors.ts";
import { toHex } from "../../../common/hex.ts";
import { createCommitmentBuilder, rootOf } from "../../../data/commitment.ts";
import { type Header, layoutOf } from "../../../data/header.ts";
import type { CommitPool } from "../../../data/kernels/commit-pool.ts";
import { PIECE_BYTES } from "../../../data/layout.ts";
import { seal, sealKey } from "../../../data/seal.ts";
import type { SignedOffer } from "../../../data/terms.ts";
import type { Peer } from "../../../network/peer.ts";
import type { RepairJournal } from "../../../physical/repair-journal.ts";
import type { ClientContext } from "../context.ts";
import { requestOffer } from "../offers.ts";
import type { DealPlace, SlotProgress } from "../put-plan.ts";
import { drawElements, openElements } from "../sample-slot.ts";
import { SPOT_CHECKS } from "../spot-check.ts";
import { openUploadLane } from "../upload-lane.ts";
import { shardPiece } from "./rebuild-shards.ts";

export interface PlaceShardOptions {
  readonly plan: DealPlace;
  readonly header: Header;
  /** The secret that the slot is sealed under from now on. */
  readonly secret: Uint8Array;
  readonly progress: SlotProgress;
  readonly shard: RepairJournal<unknown>;
  readonly peer: Peer;
  readonly pool: CommitPool;
}

/**
 * The provider's offer for the replica. Unlike a put, which has n slots to compute, the whole commitment is computed before
 * anything is paid: a steward cannot drop a slot later. Throws `WRONG_ROOT`, `BAD_OPENING`, `BAD_OFFER`, or what the network throws.
 */
export async function placeShard(context: ClientContext, options: PlaceShardOptions): Promise<SignedOffer> {
  const { plan, header, secret, progress, shard, peer, pool } = options;
  const layout = layoutOf(header);
  const { slot, generation = 0, placed } = progress;
  const { provider } = placed.quote;
  const { chainId, market, dealKey } = plan;
  const key = sealKey(secret, { chainId, market, dealKey, slot, generation, sealingProvider: provider });
  const tree = createCommitmentBuilder(context.hash, layout.shardGroups);
  const sealPiece = (index: number, piece: Uint8Array) => seal(key, index * PIECE_BYTES, piece);
  const lane = await openUploadLane(context, { plan, layout, progress, peer, sealPiece });
  let committed: SlotProgress;
  try {
    for (let index = 0; index < layout.segments; index++) {
      context.signal?.throwIfAborted();
      const piece = await shardPiece(header, slot, shard, index);
      await lane.push(index, piece);
      tree.append(await pool.groupNodes(sealPiece(index, piece), { transfer: true }));
      context.tell(`slot ${slot}: sent ${Math.floor((100 * (index + 1)) / layout.segments)} %`);
    }
    committed = await lane.finish();
  } finally {
    await lane.session.close().catch(() => {});
  }
  if (committed.root !== toHex(rootOf(tree.finish()))) {
    throw new HoldfastError("WRONG_ROOT", `Provider ${provider} committed to other bytes than it was sent.`, {
      details: { provider, slot },
    });
  }
  context.tell(`slot ${slot}: checking ${SPOT_CHECKS} openings`);
  const block = await context.chain.publicClient.getBlockNumber();
  const offer = await requestOffer(context, { plan, layout, progress: committed, peer, block });
  await openElements(context, offer.offer, peer, drawElements(offer.offer, SPOT_CHECKS));
  return offer;
}
