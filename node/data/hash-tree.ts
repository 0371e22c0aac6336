// The SHA-256 tree of RFC 6962 section 2.1 (audit paths checked as in RFC 9162 section 2.1.3.2).
// Leaves and nodes are prefixed 0x00 and 0x01, so that no node can be passed off as a leaf.

import { HoldfastError } from "../common/errors.ts";
import { sha256 } from "../common/sha256.ts";

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

/** Hash of one leaf's bytes. */
export function leafHash(bytes: Uint8Array): Uint8Array {
  return sha256(LEAF, bytes);
}

/** Root over leaf hashes as they come, holding one hash per level. */
export interface HashTreeBuilder {
  append(hash: Uint8Array): void;
  /** Throws `EMPTY_TREE` when nothing was appended. */
  root(): Uint8Array;
}

export function createHashTreeBuilder(): HashTreeBuilder {
  const peaks: { leaves: number; hash: Uint8Array }[] = [];
  return {
    append(hash) {
      let peak = { leaves: 1, hash };
      while (peaks.at(-1)?.leaves === peak.leaves) {
        peak = { leaves: 2 * peak.leaves, hash: sha256(NODE, peaks.pop()!.hash, peak.hash) };
      }
      peaks.push(peak);
    },
    root() {
      if (peaks.length === 0) throw new HoldfastError("EMPTY_TREE", "A tree needs at least one leaf.");
      return peaks.map((peak) => peak.hash).reduceRight((right, left) => sha256(NODE, left, right));
    },
  };
}

/** Root over at least one leaf hash. */
export function hashTreeRoot(hashes: readonly Uint8Array[]): Uint8Array {
  const builder = createHashTreeBuilder();
  for (const hash of hashes) builder.append(hash);
  return builder.root();
}

/** Audit path of leaf `index`, from the leaf's sibling up. */
export function hashTreePath(hashes: readonly Uint8Array[], index: number): Uint8Array[] {
  if (hashes.length === 1) return [];
  let split = 1;
  while (2 * split < hashes.length) split *= 2;
  const [left, right] = [hashes.slice(0, split), hashes.slice(split)];
  return index < split
    ? [...hashTreePath(left, index), hashTreeRoot(right)]
    : [...hashTreePath(right, index - split), hashTreeRoot(left)];
}

/** The root that `path` proves for a leaf hash at `index` of `leaves`; undefined when the path has the wrong shape. */
export function rootFromPath(
  hash: Uint8Array,
  index: number,
  leaves: number,
  path: readonly Uint8Array[],
): Uint8Array | undefined {
  if (!Number.isInteger(index) || index < 0 || index >= leaves) return undefined;
  let at = index;
  let last = leaves - 1;
  let root = hash;
  for (const sibling of path) {
    if (last === 0 || sibling.length !== 32) return undefined;
    if (at % 2 === 1 || at === last) {
      root = sha256(NODE, sibling, root);
      // A last node without a right sibling rises unchanged until it is a right child.
      while (at % 2 === 0 && at !== 0) {
        at >>>= 1;
        last >>>= 1;
      }
    } else {
      root = sha256(NODE, root, sibling);
    }
    at >>>= 1;
    last >>>= 1;
  }
  return last === 0 ? root : undefined;
}
