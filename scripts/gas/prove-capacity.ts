/** A real capacity proof of a provider's open window, from the labels of whatever it is asked for. */
import { buildCapacityInput } from "../../node/consensus/prover/capacity-input.ts";
import type { Prover } from "../../node/consensus/prover/prover.ts";
import { capacityDigest, indexOf } from "../../node/data/capacity-challenge.ts";
import type { LabelOpening } from "../../node/data/capacity-sector.ts";
import { type ChallengeContext, challengePoint } from "../../node/data/challenge.ts";
import type { WindowProof } from "./prove-window.ts";

/**
 * @param context Of the CapacityProofs contract, in the place of `spacetime`
 * @param vector The chain's: a root, an id and places for each of K labels
 * @param open Answers for every id in it
 * @param digested The vector that the openings have; the chain's unless told
 */
export async function proveCapacity(
  prover: Prover,
  context: ChallengeContext,
  vector: readonly bigint[],
  open: (id: bigint, index: number) => Promise<LabelOpening>,
  digested: readonly bigint[] = vector,
): Promise<WindowProof> {
  const { K, D } = context;
  const labels = await Promise.all(
    Array.from({ length: K }, (_, j) => open(vector[3 * j + 1]!, indexOf(vector[3 * j + 2]!, D))),
  );
  const r = challengePoint(context, capacityDigest(digested, K, D), vector);
  const { proof, publicSignals } = await prover.prove(buildCapacityInput(labels, r, { K, D }));
  return { proof, c: publicSignals[0] };
}
