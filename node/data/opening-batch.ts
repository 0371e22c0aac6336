// Many openings against one root, from the root down: rows that several share are hashed once, and those of a level together,
// which takes half the time of hashing them one by one.

import { concatBytes, equalBytes, integerToBytes } from "../common/bytes.ts";
import { ARITY, NODE_BYTES, type TreeHash } from "./commitment.ts";
import { SCALAR_FIELD } from "./digest.ts";
import { depthOfClass, ELEMENT_BYTES } from "./layout.ts";
import type { OpeningBytes } from "./opening-codec.ts";

const ROW_BYTES = ARITY * NODE_BYTES;
const FIELD = integerToBytes(SCALAR_FIELD, NODE_BYTES);

/**
 * The position in `indices` of an opening that does not lead from its leaf to `root`, undefined when all do: as if each were
 * held to `verifyOpening` of opening.ts.
 * @param root 32 bytes, of a tree of class `m`
 * @param openings One for each index
 */
export function findWrongOpening(
  hash: TreeHash,
  root: Uint8Array,
  m: number,
  indices: readonly number[],
  openings: readonly OpeningBytes[],
): number | undefined {
  const depth = depthOfClass(m);
  const shapeless = indices.findIndex((index, i) => !isShaped(index, m, depth, openings[i]!));
  if (shapeless >= 0) return shapeless;
  /** What the row at a position of the current level has to hash to. */
  let parentOf = (_position: number): Uint8Array => root;
  for (let level = depth - 1; level >= 0; level--) {
    const positionOf = (i: number) => Math.floor(indices[i]! / ARITY ** (level + 1));
    const rowOf = (i: number) => openings[i]!.rows.subarray(level * ROW_BYTES, (level + 1) * ROW_BYTES);
    const isRight = (i: number) =>
      isRowOfField(rowOf(i)) && equalBytes(hash.parents(rowOf(i)), parentOf(positionOf(i)));
    /** One opening for each position. */
    const first = new Map<number, number>();
    for (const i of indices.keys()) {
      const known = first.get(positionOf(i));
      if (known === undefined) first.set(positionOf(i), i);
      else if (!equalBytes(rowOf(known), rowOf(i))) return isRight(known) ? i : known;
    }
    const distinct = [...first.values()];
    const outside = distinct.find((i) => !isRowOfField(rowOf(i)));
    if (outside !== undefined) return outside;
    const parents = hash.parents(concatBytes(...distinct.map(rowOf)));
    const wrong = distinct.find((i, at) => !equalBytes(nodeAt(parents, at), parentOf(positionOf(i))));
    if (wrong !== undefined) return wrong;
    parentOf = (position) => nodeAt(rowOf(first.get(Math.floor(position / ARITY))!), position % ARITY);
  }
  const wrong = indices.findIndex((index, i) => {
    const node = parentOf(index);
    return node[0] !== 0 || !equalBytes(node.subarray(NODE_BYTES - ELEMENT_BYTES), openings[i]!.leaf);
  });
  return wrong < 0 ? undefined : wrong;
}

function isShaped(index: number, m: number, depth: number, { leaf, rows }: OpeningBytes): boolean {
  const inside = Number.isInteger(index) && index >= 0 && index < 2 ** m;
  return inside && leaf.length === ELEMENT_BYTES && rows.length === depth * ROW_BYTES;
}

function nodeAt(nodes: Uint8Array, i: number): Uint8Array {
  return nodes.subarray(i * NODE_BYTES, (i + 1) * NODE_BYTES);
}

/** The hash takes nothing else. */
function isRowOfField(row: Uint8Array): boolean {
  for (let i = 0; i < ARITY; i++) if (Buffer.compare(nodeAt(row, i), FIELD) >= 0) return false;
  return true;
}
