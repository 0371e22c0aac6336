/** Lays labels out as the capacity circuit's inputs. */
import type { LabelOpening } from "../../data/capacity-sector.ts";
import { buildProofInput } from "./input.ts";

/** The circuit's inputs by the names of circuits/capacity.circom, in decimal. */
export type CapacityInput = {
  readonly r: string;
  readonly id: readonly string[];
  readonly leaf: readonly (readonly string[])[];
  readonly index: readonly (readonly string[])[];
  readonly active: readonly (readonly string[])[];
  readonly children: readonly (readonly (readonly (readonly string[])[])[])[];
};

/** Throws HoldfastError OPENING_INVALID for openings that do not fit the circuit. */
export function buildCapacityInput(
  labels: readonly LabelOpening[],
  r: bigint,
  { K, D }: { readonly K: number; readonly D: number },
): CapacityInput {
  if (labels.length !== K) throw new RangeError(`the circuit asks for ${K} labels, not ${labels.length}`);
  const inputs = labels.map(({ openings }) => buildProofInput(openings, r, { K: 7, D }));
  return {
    r: r.toString(),
    id: labels.map(({ id }) => id.toString()),
    leaf: inputs.map(({ leaf }) => leaf),
    index: inputs.map(({ index }) => index),
    active: inputs.map(({ active }) => active[0]!), // one tree, one depth
    children: inputs.map(({ children }) => children),
  };
}
