/** The built circuits as tests use them. `npm test` builds them before the tests run. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { type Groth16Proof, groth16, type VerificationKey } from "snarkjs";
import { readProverFolder } from "../../../node/consensus/prover/folder.ts";
import { buildProofInput, type ProofInput } from "../../../node/consensus/prover/input.ts";
import { openWitnessProgram, publicSignalsOf, type Witness } from "../../../node/consensus/prover/witness.ts";
import { type Challenge, challengeVector, digest, horner } from "../../../node/data/digest.ts";
import { openingOf } from "./tree.ts";

export const root = path.resolve(import.meta.dirname, "../../..");
export const folderOf = (profile: string): string => path.join(root, "build/circuits", profile);

export async function openCircuit(profile: string, circuit: "spacetime" | "capacity" = "spacetime") {
  const { zkey, wasm, verificationKey, K, D } = readProverFolder(folderOf(profile), circuit);
  const key: VerificationKey = JSON.parse(readFileSync(verificationKey, "utf8"));
  return {
    K,
    D,
    key,
    /** All wires; throws HoldfastError WITNESS_INVALID if the inputs do not satisfy the circuit. */
    witness: await openWitnessProgram(readFileSync(wasm)),
    prove: (witness: Uint8Array) => groth16.prove(zkey, { type: "mem", data: witness }),
    verify: (signals: readonly string[], proof: Groth16Proof) => groth16.verify(key, signals, proof),
  };
}

export type Circuit = Awaited<ReturnType<typeof openCircuit>>;

/** c, v, r in decimal. */
export const signalsOf = (witness: Witness): string[] => publicSignalsOf(witness).map(String);

export type Statement = { input: ProofInput; challenges: Challenge[]; expected: string[] };

/** Openings at the given places, laid out for the circuit, and the public signals that the mirrors expect. */
export function statementOf(places: readonly [index: number, depth: number][], D: number, r: bigint): Statement {
  const K = places.length;
  const opened = places.map(([index, depth], i) => openingOf(`opening ${i}`, index, depth));
  const challenges = opened.map(({ root, opening: { index, depth } }) => ({ root, index, depth }));
  const w = challengeVector(challenges, D);
  return {
    input: buildProofInput(
      opened.map(({ opening }) => opening),
      r,
      { K, D },
    ),
    challenges,
    expected: [digest(w, K, D), horner(w, r), r].map(String),
  };
}

/** An exact copy that may be changed. */
export function copyOf(input: ProofInput): MutableInput {
  return structuredClone(input) as unknown as MutableInput;
}

export type MutableInput = {
  r: string;
  leaf: string[];
  index: string[];
  active: string[][];
  children: string[][][];
};
