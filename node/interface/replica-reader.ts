/** Opens elements of replicas from disk. */
import type { Hex } from "viem";
import { type CommitmentTree, decodeTree, type TreeHash } from "../data/commitment.ts";
import { GROUP_BYTES, PIECE_GROUPS } from "../data/layout.ts";
import { type Opening, openElement } from "../data/opening.ts";
import type { PieceStore } from "../physical/piece-store.ts";

export interface ReplicaReader {
  /**
   * Opens element `index`. Throws `ROTTEN_GROUP`, `ROTTEN_TREE`, `BAD_TREE_LENGTH` or `FILE_MISSING` when what the disk has
   * is not what was committed.
   */
  open(replica: { replicaId: Hex; groups: number }, index: number): Promise<Opening>;
}

export function createReplicaReader(hash: TreeHash, pieces: PieceStore): ReplicaReader {
  /** The tree used last: samples of one replica come in bursts, and a tree is 2 per mille of its replica. */
  let last: { replicaId: Hex; tree: CommitmentTree } | undefined;

  async function treeOf(replicaId: Hex, groups: number): Promise<CommitmentTree> {
    if (last?.replicaId !== replicaId) last = { replicaId, tree: decodeTree(groups, await pieces.readTree(replicaId)) };
    return last.tree;
  }

  return {
    async open({ replicaId, groups }, index) {
      const tree = await treeOf(replicaId, groups);
      const readGroup = (group: number) => {
        const piece = Math.floor(group / PIECE_GROUPS);
        return pieces.readPart(replicaId, piece, (group % PIECE_GROUPS) * GROUP_BYTES, GROUP_BYTES);
      };
      try {
        return await openElement(hash, tree, index, readGroup);
      } catch (error) {
        last = undefined; // the tree may have been replaced on disk since it was read
        throw error;
      }
    },
  };
}
