/** Inputs for measuring: openings of trees of zeros, whose paths are known. Proving takes as long as for any others. */
import { bytesToInteger } from "../../node/common/bytes.ts";
import { buildProofInput, type ProofInput } from "../../node/consensus/prover/input.ts";
import { zeroNode } from "../../node/data/zero-nodes.ts";

export function zeroOpenings({ K, D }: { readonly K: number; readonly D: number }): ProofInput {
  const rows = Array.from({ length: D }, (_, level) => new Array<bigint>(8).fill(bytesToInteger(zeroNode(level))));
  const openings = Array.from({ length: K }, (_, i) => ({ leaf: 0n, index: 8 ** D - 1 - 1001 * i, depth: D, rows }));
  return buildProofInput(openings, 2n ** 250n + 1n, { K, D });
}
