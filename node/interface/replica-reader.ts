/** Opens elements of replicas from disk. */
import type { Hex } from "viem";
import { type CommitmentTree, decodeTree, type TreeHash } from "../data/commitment.ts";
import { GROUP_BYTES, PIECE_GROUPS } from "../data/layout.ts";
import { type Opening, openElement } from "../data/opening.ts";
import type { PieceReader } from "../physical/piece-reader.ts";

export interface ReplicaReader {
  /**
   * Opens element `index`. Throws `ROTTEN_GROUP`, `ROTTEN_TREE`, `BAD_TREE_LENGTH` or `FILE_MISSING` when what the disk has
   * is not what was committed.
   */
  open(replica: { replicaId: Hex; groups: number }, index: number): Promise<Opening>;
}

export function createReplicaReader(hash: TreeHash, pieces: PieceReader): ReplicaReader {
  /** The tree used last: samples of one replica come in bursts, and a tree is 2 per mille of its replica. */
  let last: { replicaId: Hex; tree: CommitmentTree } | undefined;

  return {
    async open({ replicaId, groups }, index) {
      const readGroup = (group: number) => {
        const piece = Math.floor(group / PIECE_GROUPS);
        return pieces.readPart(replicaId, piece, (group % PIECE_GROUPS) * GROUP_BYTES, GROUP_BYTES);
      };
      if (last?.replicaId === replicaId) {
        try {
          return await openElement(hash, last.tree, index, readGroup);
        } catch {
          last = undefined; // the replica may have been replaced on disk since its tree was read
        }
      }
      const tree = decodeTree(groups, await pieces.readTree(replicaId));
      const opening = await openElement(hash, tree, index, readGroup);
      last = { replicaId, tree };
      return opening;
    },
  };
}
