/** Replicas that are zero but for their first element: real roots and openings of any size for a few hashes. */
import { bytesToInteger, integerToBytes } from "../../node/common/bytes.ts";
import { ARITY, NODE_BYTES, type TreeHash } from "../../node/data/commitment.ts";
import { depthOfClass } from "../../node/data/layout.ts";
import type { Opening } from "../../node/data/opening.ts";
import { zeroNode } from "../../node/data/zero-nodes.ts";

export type SparseReplica = {
  readonly m: number;
  readonly root: bigint;
  open(index: number): Opening;
};

/** `first` is the first element: below 2^248, and different in every replica of a lane, as roots are. */
export function sparseReplica(hash: TreeHash, m: number, first: bigint): SparseReplica {
  const depth = depthOfClass(m);
  const path = [first];

  function row(level: number, parent: number): bigint[] {
    const nodes = Math.ceil(2 ** m / ARITY ** level);
    const zero = bytesToInteger(zeroNode(level));
    return Array.from({ length: ARITY }, (_, i) => {
      const position = parent * ARITY + i;
      if (position === 0) return path[level]!;
      return position < nodes ? zero : 0n;
    });
  }

  for (let level = 0; level < depth; level++) {
    const bytes = new Uint8Array(ARITY * NODE_BYTES);
    for (const [i, value] of row(level, 0).entries()) bytes.set(integerToBytes(value, NODE_BYTES), i * NODE_BYTES);
    path.push(bytesToInteger(hash.parents(bytes)));
  }
  return {
    m,
    root: path[depth]!,
    open: (index) => ({
      leaf: index === 0 ? first : 0n,
      index,
      depth,
      rows: Array.from({ length: depth }, (_, level) => row(level, Math.floor(index / ARITY ** (level + 1)))),
    }),
  };
}
