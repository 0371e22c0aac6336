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
      if (peaks.length === 0) throw emptyTree();
      return peaks.map((peak) => peak.hash).reduceRight((right, left) => sha256(NODE, left, right));
    },
  };
}

function emptyTree(): HoldfastError {
  return new HoldfastError("EMPTY_TREE", "A tree needs at least one leaf.");
}

/** Root over at least one leaf hash. */
export function hashTreeRoot(hashes: readonly Uint8Array[]): Uint8Array {
  const builder = createHashTreeBuilder();
  for (const hash of hashes) builder.append(hash);
  return builder.root();
}

/** A tree kept whole (two hashes per leaf), for many audit paths. */
export interface HashTree {
  readonly root: Uint8Array;
  /** Audit path of leaf `index`, from the leaf's sibling up. Throws `BAD_LEAF_INDEX`. */
  path(index: number): Uint8Array[];
}

export function createHashTree(hashes: readonly Uint8Array[]): HashTree {
  if (hashes.length === 0) throw emptyTree();
  const levels = [hashes];
  // A node without a right sibling rises unchanged: the same tree as RFC 6962's split at the largest power of two.
  for (let level = hashes; level.length > 1; levels.push(level)) {
    const below = level;
    level = Array.from({ length: Math.ceil(below.length / 2) }, (_, i) =>
      2 * i + 1 < below.length ? sha256(NODE, below[2 * i]!, below[2 * i + 1]!) : below[2 * i]!,
    );
  }
  return {
    root: levels.at(-1)![0]!,
    path(index) {
      if (!Number.isInteger(index) || index < 0 || index >= hashes.length) {
        throw new HoldfastError("BAD_LEAF_INDEX", `The tree has leaves 0 to ${hashes.length - 1}, got ${index}.`);
      }
      return levels.flatMap((level, height) => level[Math.floor(index / 2 ** height) ^ 1] ?? []);
    },
  };
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
