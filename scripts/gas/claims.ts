/** Spacetime claims with real proofs, over sparse replicas at points of no importance: for whoever checks verifiers. */
import type { ProverFolder } from "../../node/consensus/prover/folder.ts";
import { buildProofInput } from "../../node/consensus/prover/input.ts";
import type { ProofWords } from "../../node/consensus/prover/proof.ts";
import type { Prover } from "../../node/consensus/prover/prover.ts";
import { createPoseidon8 } from "../../node/data/kernels/poseidon.ts";
import { sparseReplica } from "./sparse-replica.ts";

/** As Solidity's SpacetimeClaim. */
export type SpacetimeClaim = {
  readonly proof: ProofWords;
  readonly c: bigint;
  readonly v: bigint;
  readonly r: bigint;
};

/** The smallest replica there is. */
const M = 13;

/** Different statements, each proven for itself. */
export async function proveClaims(prover: Prover, { K, D }: ProverFolder, count: number): Promise<SpacetimeClaim[]> {
  const hash = createPoseidon8();
  const claims: SpacetimeClaim[] = [];
  for (let i = 0; i < count; i++) {
    const replica = sparseReplica(hash, M, BigInt(i + 1));
    const openings = Array.from({ length: K }, (_, j) => replica.open((i * K + j) * 7));
    const made = await prover.prove(buildProofInput(openings, BigInt(1_000 + i), { K, D }));
    const [c, v, r] = made.publicSignals;
    claims.push({ proof: made.proof, c, v, r });
  }
  return claims;
}
