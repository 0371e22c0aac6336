/**
 * Inputs for measuring: openings as of real replicas, each of a tree of its own. Elements, siblings and roots all differ, because
 * equal values would let a multi-exponentiation do less than it does for a provider.
 */
import { createHash } from "node:crypto";
import { bytesToInteger, concatBytes, integerToBytes } from "../../node/common/bytes.ts";
import { buildProofInput, type ProofInput } from "../../node/consensus/prover/input.ts";
import { createPoseidon8, type Poseidon8 } from "../../node/data/kernels/poseidon.ts";
import { ELEMENT_BYTES } from "../../node/data/layout.ts";
import type { Opening } from "../../node/data/opening.ts";

/** The same seed gives the same input, so that two runs prove the same. Below p, since every value has 31 bytes or is a hash. */
export function randomOpenings(size: { readonly K: number; readonly D: number }, seed = "holdfast/bench"): ProofInput {
  const poseidon = createPoseidon8();
  const openings = Array.from({ length: size.K }, (_, i) => randomOpening(`${seed}/${i}`, size.D, poseidon));
  return buildProofInput(openings, draw(`${seed}/r`), size);
}

/** In a tree of `depth` levels; each row's node on the path is the hash of the row below. */
function randomOpening(seed: string, depth: number, poseidon: Poseidon8): Opening {
  const leaf = draw(`${seed}/leaf`);
  const index = Number(draw(`${seed}/index`) % 8n ** BigInt(depth));
  const rows: bigint[][] = [];
  for (let level = 0, node = leaf; level < depth; level++) {
    const row = Array.from({ length: 8 }, (_, i) => draw(`${seed}/${level}/${i}`));
    row[Math.floor(index / 8 ** level) % 8] = node;
    rows.push(row);
    node = bytesToInteger(poseidon.parents(concatBytes(...row.map((value) => integerToBytes(value, 32)))));
  }
  return { leaf, index, depth, rows };
}

function draw(name: string): bigint {
  return bytesToInteger(createHash("sha256").update(name).digest().subarray(0, ELEMENT_BYTES));
}
