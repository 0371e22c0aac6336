/**
 * A tree hash that remembers. Opening an element rebuilds its group, 3 ms of Poseidon; a client's spot check of 1,024 elements
 * of a replica of 3 MB meets each group six times, and all of them the same rows near the root.
 */
import { toHex } from "../common/hex.ts";
import { sha256 } from "../common/sha256.ts";
import type { TreeHash } from "../data/commitment.ts";

/** `entries`: results kept, the oldest goes first; the largest takes 2 KiB. */
export function rememberingHash(hash: TreeHash, entries: number): TreeHash {
  const known = new Map<string, Uint8Array>();
  return {
    parents(nodes) {
      const key = toHex(sha256(nodes)); // 0.04 ms for a whole group
      const found = known.get(key);
      if (found !== undefined) return found.slice();
      const parents = hash.parents(nodes);
      if (known.size >= entries) known.delete(known.keys().next().value!);
      known.set(key, parents.slice());
      return parents;
    },
  };
}
