/**
 * The challenge digest: what a spacetime proof is about, as the circuit and the contract compute it.
 *
 * The vector w = (root_1, position_1, ..., root_K, position_K) is fixed by its digest c; the chain then draws r from c
 * and its own copy of w, and one value v = w(r) binds the prover's vector to the chain's (docs/design.md section 4).
 */
import { Field } from "@noble/curves/abstract/modular.js";
import { grainGenConstants, poseidon } from "@noble/curves/abstract/poseidon.js";
import circuits from "../../circuits/circuits.json" with { type: "json" };

/** The order of BN254's scalar field: every element, root, digest and public signal is below it. */
export const SCALAR_FIELD = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;
/** The domain of the digest: "holdfast/spacetime/v1" in bytes and two zero bytes, which take K and D. */
export const DIGEST_TAG = BigInt(circuits.digestTag);

/** One challenged element: the replica's root, the element's index in its tree, the tree's depth in levels of eight. */
export type Challenge = { readonly root: bigint; readonly index: bigint | number; readonly depth: number };

/** What the circuit calls position: index + depth * 2^(3D), so that equal indices of trees of different depth differ. */
export function position(index: bigint | number, depth: number, D: number): bigint {
  return BigInt(index) + BigInt(depth) * 2n ** BigInt(3 * D);
}

/** The vector w of K challenges in the order in which they were drawn. D: the most levels the circuit takes. */
export function challengeVector(challenges: readonly Challenge[], D: number): bigint[] {
  return challenges.flatMap(({ root, index, depth }) => [root, position(index, depth, D)]);
}

const STEP = 16;
let permutation: ((state: bigint[]) => bigint[]) | undefined;

/**
 * The digest c of w: a Poseidon sponge of 16 values a step, zeros at the end; K and D are in the first state.
 * Takes about 3 ms a step, after 50 ms for the constants the first time. Throws RangeError unless w has 2K values.
 */
export function digest(w: readonly bigint[], K: number, D: number): bigint {
  if (w.length !== 2 * K) throw new RangeError(`a vector of ${K} challenges has ${2 * K} values, not ${w.length}`);
  return sponge(w, DIGEST_TAG + BigInt(K * 256 + D));
}

/** The Poseidon sponge of circuits/lib/digest.circom: 16 values a step, zeros at the end. */
export function sponge(values: readonly bigint[], first: bigint): bigint {
  permutation ??= circomlibPermutation(STEP + 1, 68);
  let state = first;
  for (let at = 0; at < values.length; at += STEP) {
    state = permutation([state, ...Array.from({ length: STEP }, (_, i) => values[at + i] ?? 0n)])[0]!;
  }
  return state;
}

/** w_1 r^(n-1) + w_2 r^(n-2) + ... + w_n in the scalar field. */
export function horner(w: readonly bigint[], r: bigint): bigint {
  return w.reduce((sum, value) => (sum * r + value) % SCALAR_FIELD, 0n);
}

/** circomlib's Poseidon: its constants are those of the reference script, which this repeats. */
function circomlibPermutation(t: number, roundsPartial: number): (state: bigint[]) => bigint[] {
  const options = { Fp: Field(SCALAR_FIELD), t, roundsFull: 8, roundsPartial, sboxPower: 5 };
  return poseidon({ ...options, ...grainGenConstants(options) });
}
