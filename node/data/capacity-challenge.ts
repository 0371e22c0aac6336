/** What a capacity window asks, as contracts/CapacityProofs.sol and circuits/capacity.circom have it. */
import { encodeAbiParameters, type Hex, keccak256 } from "viem";
import circuits from "../../circuits/circuits.json" with { type: "json" };
import { drSample, PARENTS } from "./capacity-graph.ts";
import { sponge } from "./digest.ts";
import { depthOfClass } from "./layout.ts";

/** The domain of the digest: "holdfast/capacity/v1" in bytes and two zero bytes, which take K and D. */
export const CAPACITY_TAG = BigInt(circuits.capacity.digestTag);

/** One challenged label: its sector's root, id and class, and its place. */
export type CapacityChallenge = {
  readonly root: bigint;
  readonly id: bigint;
  readonly m: number;
  readonly index: number;
};

/** The seed of a capacity window, from that of the lane's window of the same number. */
export function capacitySeed(laneSeed: Hex): Hex {
  return keccak256(encodeAbiParameters([{ type: "string" }, { type: "bytes32" }], ["holdfast/capacity/v1", laneSeed]));
}

/** What the circuit calls places: the label's index and its six parents', 3D bits each, and the tree's depth above them. */
export function placesOf(indices: readonly number[], depth: number, D: number): bigint {
  return indices.reduce(
    (sum, index, n) => sum + BigInt(index) * 2n ** BigInt(3 * D * n),
    BigInt(depth) * 2n ** BigInt(3 * D * (1 + PARENTS)),
  );
}

/** w = (root_1, id_1, places_1, ..., root_K, id_K, places_K). The first label has no parents: who draws it is asked the next. */
export function capacityVector(challenges: readonly CapacityChallenge[], D: number): bigint[] {
  return challenges.flatMap(({ root, id, m, index: drawn }) => {
    const index = labelAsked(drawn);
    return [root, id, placesOf([index, ...drSample(id)(index)], depthOfClass(m), D)];
  });
}

/** The label that a draw of place `drawn` asks for. */
export function labelAsked(drawn: number): number {
  return Math.max(drawn, 1);
}

/** Reads a value `places` of the vector back. */
export function indexOf(places: bigint, D: number): number {
  return Number(BigInt.asUintN(3 * D, places));
}

/** The digest c of w. Throws RangeError unless w has 3K values. */
export function capacityDigest(w: readonly bigint[], K: number, D: number): bigint {
  if (w.length !== 3 * K) throw new RangeError(`a vector of ${K} labels has ${3 * K} values, not ${w.length}`);
  return sponge(w, CAPACITY_TAG + BigInt(K * 256 + D));
}
