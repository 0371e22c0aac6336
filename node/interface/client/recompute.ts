// The check after paying: every root from every byte. What the spot-check let pass is found here, within the cooling-off.

import { toHex } from "../../common/hex.ts";
import { drop } from "../../consensus/market.ts";
import { recordOf } from "../../consensus/spacetime.ts";
import { createCommitmentBuilder, rootOf } from "../../data/commitment.ts";
import type { CommitPool } from "../../data/kernels/commit-pool.ts";
import type { FileLayout } from "../../data/layout.ts";
import type { FileSecrets } from "../../data/secrets.ts";
import type { Offer } from "../../data/terms.ts";
import type { ClientContext } from "./context.ts";
import { type ConfirmSegments, createSealer, encodeFile } from "./encode-file.ts";
import { percent } from "./progress.ts";
import type { PutPlan } from "./put-plan.ts";

/** The slots whose provider committed to other bytes than it was sent. */
export async function wrongRoots(
  context: ClientContext,
  options: {
    plan: PutPlan;
    layout: FileLayout;
    secrets: FileSecrets;
    /** Of the filled slots, as the chain has them. */
    offers: readonly Offer[];
    pool: CommitPool;
    confirm: ConfirmSegments;
  },
): Promise<Offer[]> {
  const { plan, layout, secrets, offers, pool, confirm } = options;
  const lanes = offers.map((offer) => ({
    offer,
    sealPiece: createSealer(plan, secrets, offer.slot, offer.provider),
    tree: createCommitmentBuilder(context.hash, layout.shardGroups),
  }));
  const signal = context.signal === undefined ? {} : { signal: context.signal };
  const tell = (done: number) => {
    const amount = { stage: "recompute", done, total: layout.segments } as const;
    context.tell(`recomputed ${percent(amount)} %`, amount);
  };
  tell(0);
  for await (const segment of encodeFile({ plan, layout, secrets, confirm, ...signal })) {
    const nodes = await Promise.all(
      lanes.map(({ offer, sealPiece }) =>
        pool.groupNodes(sealPiece(segment.index, segment.pieces[offer.slot]!), { transfer: true, ...signal }),
      ),
    );
    for (const [i, lane] of lanes.entries()) lane.tree.append(nodes[i]!);
    tell(segment.index + 1);
  }
  return lanes.filter(({ offer, tree }) => toHex(rootOf(tree.finish())) !== offer.root).map(({ offer }) => offer);
}

/** Leaves a slot whose root is wrong: its price comes back and nobody has to be convinced. */
export async function dropSlot(context: ClientContext, plan: PutPlan, offer: Offer): Promise<void> {
  const { client, salt, terms } = plan;
  const { firstWindow } = await recordOf(context.chain, offer.provider, offer.root);
  await drop(context.chain, { client, salt, terms, offer, firstWindow });
  context.tell(`dropped slot ${offer.slot}: its provider committed to other bytes than it was sent`);
}
