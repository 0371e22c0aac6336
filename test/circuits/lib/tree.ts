/** Sparse 8-ary Poseidon trees for tests, by circomlibjs: a second implementation next to the circuit. */
import { buildPoseidonOpt } from "circomlibjs";
import type { Opening } from "../../../node/data/opening.ts";

const poseidon = await buildPoseidonOpt();

/** circomlib's Poseidon of the inputs, with the state it starts from. */
export function hash(inputs: readonly bigint[], state = 0n): bigint {
  return poseidon.F.toObject(poseidon([...inputs], poseidon.F.e(state)));
}

/** A field element that depends on nothing but its name. */
export function value(name: string): bigint {
  return hash([BigInt(`0x${Buffer.from(name).toString("hex")}`)]);
}

/** The path of one element and the root it leads to; all other nodes are values named after the path. */
export function openingOf(name: string, index: number, depth: number): { opening: Opening; root: bigint } {
  const leaf = value(`${name} leaf`);
  const rows: bigint[][] = [];
  let node = leaf;
  for (let level = 0; level < depth; level++) {
    const row = Array.from({ length: 8 }, (_, i) => value(`${name} ${level}.${i}`));
    row[Math.floor(index / 8 ** level) % 8] = node;
    rows.push(row);
    node = hash(row);
  }
  return { opening: { leaf, index, depth, rows }, root: node };
}
