// The commitment of a replica: an 8-ary circomlib-Poseidon tree over its elements (31 bytes, big-endian), padded with zero
// elements to 2^m, of depth ceil(m / 3). Padding elements are hashed like any other; only children beyond 2^m, which exist
// in the top row alone when m is no multiple of 3, are literally 0.
//
// A provider keeps levels >= 3 (one node per group, 32 bytes for 15,872) and rebuilds the rest for a challenge.

import { concatBytes } from "../common/bytes.ts";
import { HoldfastError } from "../common/errors.ts";
import type { Poseidon8 } from "./kernels/poseidon.ts";
import { classOfGroups, depthOfClass } from "./layout.ts";
import { zeroNode } from "./zero-nodes.ts";

export const NODE_BYTES = 32;
export const ARITY = 8;
/** Level of the node that stands for one group: 8^3 = 512 elements. */
export const GROUP_LEVEL = 3;

/** The hash of the tree: the parent of every 8 nodes, which are field elements of 32 bytes, big-endian. */
export type TreeHash = Pick<Poseidon8, "parents">;

/** The stored part of a tree. */
export interface CommitmentTree {
  readonly m: number;
  readonly depth: number;
  readonly groupCount: number;
  /** `levels[i]` holds the nodes of level 3 + i that cover any bytes, in order; the last is the root alone. */
  readonly levels: readonly Uint8Array[];
}

/** The root of a tree, 32 bytes: what the chain stores. */
export function rootOf(tree: CommitmentTree): Uint8Array {
  return tree.levels.at(-1)!;
}

/** Nodes stored at each level, from level 3 to the root. */
export function levelSizes(groupCount: number): number[] {
  const sizes = [groupCount];
  for (let level = GROUP_LEVEL; level < depthOfClass(classOfGroups(groupCount)); level++) {
    sizes.push(Math.ceil(sizes.at(-1)! / ARITY));
  }
  return sizes;
}

/** Builds a tree while group nodes arrive, hashing as soon as eight siblings are there. */
export interface CommitmentBuilder {
  /**
   * The nodes of the next groups, 32 bytes each (the kernel's `groupNodes`).
   * @param rows their `rowParents`, where those are known already and the groups begin a row
   */
  append(groupNodes: Uint8Array, rows?: Uint8Array): void;
  /** Throws `BAD_GROUP_COUNT` unless exactly `groupCount` nodes were appended. */
  finish(): CommitmentTree;
}

export function createCommitmentBuilder(hash: TreeHash, groupCount: number): CommitmentBuilder {
  const m = classOfGroups(groupCount);
  const levels = levelSizes(groupCount).map((size) => new Uint8Array(size * NODE_BYTES));
  const filled = levels.map(() => 0); // bytes

  function put(level: number, nodes: Uint8Array): void {
    levels[level]!.set(nodes, filled[level]);
    filled[level]! += nodes.length;
  }

  function raise(level: number): void {
    const row = ARITY * NODE_BYTES;
    const [from, to] = [filled[level + 1]! * ARITY, filled[level]! - (filled[level]! % row)];
    if (from < to) put(level + 1, hash.parents(levels[level]!.subarray(from, to)));
  }

  return {
    append(groupNodes, rows = new Uint8Array()) {
      const groups = filled[0]! / NODE_BYTES + groupNodes.length / NODE_BYTES;
      if (!Number.isInteger(groups) || groups > groupCount) throw wrongCount(groupCount, groups);
      put(0, groupNodes);
      put(1, rows); // there is a level above the groups' in every tree: the smallest has five
      for (let level = 0; level < levels.length - 1; level++) raise(level);
    },
    finish() {
      if (filled[0] !== levels[0]!.length) throw wrongCount(groupCount, filled[0]! / NODE_BYTES);
      const tree = { m, depth: depthOfClass(m), groupCount, levels };
      for (let level = 0; level < levels.length - 1; level++) {
        raise(level);
        const rows = levels[level + 1]!.length / NODE_BYTES;
        if (filled[level + 1]! < levels[level + 1]!.length)
          put(level + 1, hash.parents(storedRow(tree, level, rows - 1)));
      }
      return tree;
    },
  };
}

/** The parents of the whole rows among nodes that begin a row: what is known of the next level before the rest is there. */
export function rowParents(hash: TreeHash, nodes: Uint8Array): Uint8Array {
  const row = ARITY * NODE_BYTES;
  return hash.parents(nodes.subarray(0, nodes.length - (nodes.length % row)));
}

function wrongCount(expected: number, found: number): HoldfastError {
  return new HoldfastError("BAD_GROUP_COUNT", `The tree is over ${expected} groups, got ${found}.`, {
    details: { expected, found },
  });
}

/** Row `row` (8 siblings, 256 bytes) of the stored level `stored` + 3, padding included. */
export function storedRow(tree: CommitmentTree, stored: number, row: number): Uint8Array {
  const nodes = tree.levels[stored]!;
  const level = GROUP_LEVEL + stored;
  const out = new Uint8Array(ARITY * NODE_BYTES);
  const present = nodes.subarray(row * ARITY * NODE_BYTES, (row + 1) * ARITY * NODE_BYTES);
  out.set(present);
  for (let i = present.length / NODE_BYTES; i < ARITY; i++) {
    const padding = (row * ARITY + i) * ARITY ** level < 2 ** tree.m;
    if (padding) out.set(zeroNode(level), i * NODE_BYTES);
  }
  return out;
}

/** The stored levels as one byte string, for the disk; their sizes follow from the group count. */
export function encodeTree(tree: CommitmentTree): Uint8Array {
  return concatBytes(...tree.levels);
}

/** Reads {@link encodeTree}'s bytes; throws `BAD_TREE_LENGTH`. Damage inside is found by `openElement`. */
export function decodeTree(groupCount: number, bytes: Uint8Array): CommitmentTree {
  const m = classOfGroups(groupCount);
  const sizes = levelSizes(groupCount).map((size) => size * NODE_BYTES);
  const expected = sizes.reduce((sum, size) => sum + size);
  if (bytes.length !== expected) {
    throw new HoldfastError(
      "BAD_TREE_LENGTH",
      `The tree of ${groupCount} groups has ${expected} bytes, got ${bytes.length}.`,
      { details: { groupCount, expected, found: bytes.length } },
    );
  }
  const starts = sizes.map((_, level) => sizes.slice(0, level).reduce((sum, size) => sum + size, 0));
  const levels = sizes.map((size, level) => bytes.subarray(starts[level]!, starts[level]! + size));
  return { m, depth: depthOfClass(m), groupCount, levels };
}
