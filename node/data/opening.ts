// Opening one element of a commitment: the element and, level by level, the eight siblings on its way to the root.

import { bytesToInteger, equalBytes, integerToBytes } from "../common/bytes.ts";
import { HoldfastError } from "../common/errors.ts";
import { ARITY, type CommitmentTree, GROUP_LEVEL, NODE_BYTES, storedRow, type TreeHash } from "./commitment.ts";
import { SCALAR_FIELD } from "./digest.ts";
import { depthOfClass, ELEMENT_BYTES, GROUP_BYTES, GROUP_ELEMENTS } from "./layout.ts";
import { zeroNode } from "./zero-nodes.ts";

/** What the circuit takes for one challenge. `rows[l][digit]`, digit = (index / 8^l) mod 8, is the node on the path. */
export interface Opening {
  readonly leaf: bigint;
  /** Below 2^m. */
  readonly index: number;
  /** Rows up to the root: ceil(m / 3). */
  readonly depth: number;
  readonly rows: readonly (readonly bigint[])[];
}

/** The bytes of a group are not those that were committed: the replica is damaged and must be fetched or rebuilt. */
export class RottenGroupError extends HoldfastError {
  override readonly name = "RottenGroupError";
  readonly group: number;
  constructor(group: number) {
    super("ROTTEN_GROUP", `Group ${group} of the replica is damaged on disk: rebuild it from the other shards.`, {
      details: { group },
    });
    this.group = group;
  }
}

/** Bytes of one group by its number; only called for groups that exist. */
export type ReadGroup = (group: number) => Uint8Array | Promise<Uint8Array>;

/**
 * Opens element `index` (padding included). The group is rebuilt and compared with its stored node, the stored nodes with
 * each other up to the root, so that no damaged byte costs a proof: throws {@link RottenGroupError}, or `ROTTEN_TREE` when
 * the stored levels themselves are damaged (they can be rebuilt from the bytes).
 */
export function openElement(
  hash: TreeHash,
  tree: CommitmentTree,
  index: number,
  readGroup: ReadGroup,
): Promise<Opening> {
  return openLeaf(hash, tree, index, async (group) => {
    const bytes = await readGroup(group);
    if (bytes.length !== GROUP_BYTES) throw new RottenGroupError(group);
    return spreadElements(bytes);
  });
}

/**
 * As {@link openElement} for a tree whose leaves may be any field elements.
 * @param readLeaves A group's 512 leaves, 32 bytes each; only called for groups that exist
 */
export async function openLeaf(
  hash: TreeHash,
  tree: CommitmentTree,
  index: number,
  readLeaves: (group: number) => Promise<Uint8Array>,
): Promise<Opening> {
  if (!Number.isInteger(index) || index < 0 || index >= 2 ** tree.m) {
    throw new HoldfastError("BAD_INDEX", `The replica has elements 0 to ${2 ** tree.m - 1}, got ${index}.`);
  }
  const group = Math.floor(index / GROUP_ELEMENTS);
  const rows =
    group < tree.groupCount ? await groupRows(hash, tree, index, group, await readLeaves(group)) : paddingRows();
  for (let stored = 0; stored + GROUP_LEVEL < tree.depth; stored++) {
    const position = Math.floor(index / ARITY ** (GROUP_LEVEL + stored + 1));
    const row = storedRow(tree, stored, position);
    if (!leadsTo(hash, row, nodeAt(tree, stored + 1, position))) throw rottenTree();
    rows.push(row);
  }
  const integers = rows.map((row) => Array.from({ length: ARITY }, (_, i) => bytesToInteger(child(row, i))));
  return { leaf: integers[0]![index % ARITY]!, index, depth: tree.depth, rows: integers };
}

function rottenTree(): HoldfastError {
  return new HoldfastError("ROTTEN_TREE", "The stored tree of the replica is damaged: rebuild it from its bytes.");
}

/** Whether stored siblings have their stored parent; damage may have lifted a node above the prime, which no hash takes. */
function leadsTo(hash: TreeHash, row: Uint8Array, parent: Uint8Array | undefined): boolean {
  if (!parent) return true;
  for (let i = 0; i < ARITY; i++) if (bytesToInteger(child(row, i)) >= SCALAR_FIELD) return false;
  return equalBytes(hash.parents(row), parent);
}

/** A stored node; undefined where only padding lies below, which no disk can damage. */
function nodeAt(tree: CommitmentTree, stored: number, position: number): Uint8Array | undefined {
  const nodes = tree.levels[stored]!;
  return position * NODE_BYTES < nodes.length ? child(nodes, position) : undefined;
}

function child(nodes: Uint8Array, i: number): Uint8Array {
  return nodes.subarray(i * NODE_BYTES, (i + 1) * NODE_BYTES);
}

function rowAt(nodes: Uint8Array, i: number): Uint8Array {
  return nodes.subarray(i * ARITY * NODE_BYTES, (i + 1) * ARITY * NODE_BYTES);
}

function groupRows(
  hash: TreeHash,
  tree: CommitmentTree,
  index: number,
  group: number,
  elements: Uint8Array,
): Uint8Array[] {
  const level1 = hash.parents(elements);
  const level2 = hash.parents(level1);
  const node = hash.parents(level2);
  if (!equalBytes(node, nodeAt(tree, 0, group)!)) {
    // If the parent wants the node that the bytes give, the bytes are right and their stored node is the damaged one.
    const row = storedRow(tree, 0, Math.floor(group / ARITY));
    row.set(node, (group % ARITY) * NODE_BYTES);
    throw leadsTo(hash, row, nodeAt(tree, 1, Math.floor(group / ARITY))) ? rottenTree() : new RottenGroupError(group);
  }
  const inGroup = index % GROUP_ELEMENTS;
  return [
    rowAt(elements, Math.floor(inGroup / ARITY)),
    rowAt(level1, Math.floor(inGroup / ARITY ** 2)),
    rowAt(level2, 0),
  ];
}

function paddingRows(): Uint8Array[] {
  return [0, 1, 2].map((level) => {
    const row = new Uint8Array(ARITY * NODE_BYTES);
    for (let i = 0; i < ARITY; i++) row.set(zeroNode(level), i * NODE_BYTES);
    return row;
  });
}

/** The elements of whole groups as tree leaves: 31 bytes each become 32, a zero byte in front. */
export function spreadElements(groups: Uint8Array): Uint8Array {
  const count = groups.length / ELEMENT_BYTES;
  const out = new Uint8Array(count * NODE_BYTES);
  for (let i = 0; i < count; i++) {
    out.set(groups.subarray(i * ELEMENT_BYTES, (i + 1) * ELEMENT_BYTES), i * NODE_BYTES + 1);
  }
  return out;
}

/** True only if `opening` leads from its leaf, at its index, to `root` (32 bytes) through a tree of class `m`. */
export function verifyOpening(hash: TreeHash, root: Uint8Array, m: number, opening: Opening): boolean {
  const { index, depth, rows } = opening;
  if (depth !== depthOfClass(m) || rows.length !== depth) return false;
  if (!Number.isInteger(index) || index < 0 || index >= 2 ** m) return false;
  if (opening.leaf < 0n || opening.leaf >> BigInt(8 * ELEMENT_BYTES) !== 0n) return false;
  let node = opening.leaf;
  for (const [level, row] of rows.entries()) {
    if (row.length !== ARITY || row.some((value) => value < 0n || value >= SCALAR_FIELD)) return false;
    if (row[Math.floor(index / ARITY ** level) % ARITY] !== node) return false;
    const bytes = new Uint8Array(ARITY * NODE_BYTES);
    for (const [i, value] of row.entries()) bytes.set(integerToBytes(value, NODE_BYTES), i * NODE_BYTES);
    node = bytesToInteger(hash.parents(bytes));
  }
  return node === bytesToInteger(root);
}
