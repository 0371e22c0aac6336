/** Lays openings out as the circuit's inputs. */
import { HoldfastError } from "../../common/errors.ts";
import { SCALAR_FIELD } from "../../data/digest.ts";
import type { Opening } from "../../data/opening.ts";

/** The circuit's inputs by the names of circuits/spacetime.circom, in decimal. */
export type ProofInput = {
  readonly r: string;
  readonly leaf: readonly string[];
  readonly index: readonly string[];
  readonly active: readonly (readonly string[])[];
  readonly children: readonly (readonly (readonly string[])[])[];
};

const EMPTY_ROW = new Array<string>(8).fill("0");

/**
 * Levels above an opening's depth are filled with zeros, which the circuit ignores. Hashes are the circuit's business;
 * shapes and ranges are checked here, where the mistake has a name.
 * Throws HoldfastError OPENING_INVALID.
 */
export function buildProofInput(
  openings: readonly Opening[],
  r: bigint,
  { K, D }: { readonly K: number; readonly D: number },
): ProofInput {
  if (openings.length !== K) throw invalid(`The circuit opens ${K} elements, not ${openings.length}.`);
  openings.forEach((opening, i) => {
    check(opening, i, D);
  });
  return {
    r: field(r, "r"),
    leaf: openings.map(({ leaf }) => leaf.toString()),
    index: openings.map(({ index }) => index.toString()),
    active: openings.map(({ depth }) => levels(D, (level) => (level < depth ? "1" : "0"))),
    children: openings.map(({ rows }) => levels(D, (level) => rows[level]?.map(String) ?? EMPTY_ROW)),
  };
}

function check({ leaf, index, depth, rows }: Opening, i: number, D: number): void {
  if (!Number.isInteger(depth) || depth < 1 || depth > D) {
    throw invalid(`Opening ${i} has depth ${depth}; the circuit takes 1 to ${D}.`);
  }
  if (!Number.isInteger(index) || index < 0 || index >= 8 ** depth) {
    throw invalid(`Opening ${i} has index ${index}; a tree of depth ${depth} has 8^${depth} places.`);
  }
  if (rows.length !== depth || rows.some((row) => row.length !== 8)) {
    throw invalid(`Opening ${i} needs ${depth} rows of eight nodes, one row a level.`);
  }
  for (const node of rows.flat()) field(node, `a node of opening ${i}`);
  if (rows[0]![index % 8] !== leaf) {
    throw invalid(`Opening ${i} has another element than its leaf at place ${index % 8} of the lowest row.`);
  }
}

function levels<T>(D: number, value: (level: number) => T): T[] {
  return Array.from({ length: D }, (_, level) => value(level));
}

function field(value: bigint, name: string): string {
  if (value < 0n || value >= SCALAR_FIELD) throw invalid(`${name} is ${value}, which is no element of the field.`);
  return value.toString();
}

function invalid(message: string): HoldfastError {
  return new HoldfastError("OPENING_INVALID", message);
}
