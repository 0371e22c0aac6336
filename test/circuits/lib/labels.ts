/** Labels with six parents in small trees for tests, by circomlibjs: a second implementation next to the circuit. */
import { buildCapacityInput, type CapacityInput } from "../../../node/consensus/prover/capacity-input.ts";
import { capacityDigest, placesOf } from "../../../node/data/capacity-challenge.ts";
import type { LabelOpening } from "../../../node/data/capacity-sector.ts";
import { horner } from "../../../node/data/digest.ts";
import { hash, value } from "./tree.ts";

/** A tree of 8^depth leaves named after `name`, in which the last leaf is the label that the six before it give. */
export function labelledTree(name: string, depth: number): { opened: LabelOpening; root: bigint; indices: number[] } {
  const id = value(`${name} id`);
  const index = 8 ** depth - 1;
  const indices = Array.from({ length: 7 }, (_, n) => index - n);
  const leaves = Array.from({ length: index }, (_, i) => value(`${name} ${i}`));
  leaves.push(hash([id, BigInt(index), ...indices.slice(1).map((parent) => leaves[parent]!)]));
  const levels = [leaves];
  for (let level = 0; level < depth; level++) {
    const below = levels[level]!;
    levels.push(Array.from({ length: below.length / 8 }, (_, i) => hash(below.slice(8 * i, 8 * i + 8))));
  }
  const openings = indices.map((place) => ({
    leaf: leaves[place]!,
    index: place,
    depth,
    rows: levels.slice(0, depth).map((nodes, level) => {
      const row = Math.floor(place / 8 ** (level + 1));
      return nodes.slice(8 * row, 8 * row + 8);
    }),
  }));
  return { opened: { id, openings }, root: levels[depth]![0]!, indices };
}

/** Inputs for labels in trees of these depths, and the public signals that the mirrors expect. */
export function labelStatement(
  depths: readonly number[],
  D: number,
  r: bigint,
): { input: CapacityInput; expected: string[] } {
  const trees = depths.map((depth, i) => ({ depth, ...labelledTree(`sector ${i}`, depth) }));
  const K = trees.length;
  const w = trees.flatMap(({ root, opened, indices, depth }) => [root, opened.id, placesOf(indices, depth, D)]);
  const input = buildCapacityInput(
    trees.map(({ opened }) => opened),
    r,
    { K, D },
  );
  return { input, expected: [capacityDigest(w, K, D), horner(w, r), r].map(String) };
}
