/** A real spacetime proof of a lane's open window, from the openings of whatever it is asked for. */
import { buildProofInput } from "../../node/consensus/prover/input.ts";
import type { ProofWords } from "../../node/consensus/prover/proof.ts";
import type { Prover } from "../../node/consensus/prover/prover.ts";
import { type ChallengeContext, challengePoint } from "../../node/data/challenge.ts";
import { digest } from "../../node/data/digest.ts";
import type { Opening } from "../../node/data/opening.ts";

export type WindowProof = { readonly proof: ProofWords; readonly c: bigint };

/** `vector` is the chain's, of K roots each followed by its position; `open` answers for every root in it. */
export async function proveWindow(
  prover: Prover,
  context: ChallengeContext,
  vector: readonly bigint[],
  open: (root: bigint, index: number) => Opening,
): Promise<WindowProof> {
  const { K, D } = context;
  const places = 2n ** BigInt(3 * D);
  const openings = Array.from({ length: K }, (_, j) => open(vector[2 * j]!, Number(vector[2 * j + 1]! % places)));
  const r = challengePoint(context, digest(vector, K, D), vector);
  const { proof, publicSignals } = await prover.prove(buildProofInput(openings, r, { K, D }));
  return { proof, c: publicSignals[0] };
}
