/** A Groth16 proof of snarkjs in the words that the contract takes. */
import type { Groth16Proof } from "snarkjs";

/** a.x, a.y, b.x, b.y with each imaginary part first, c.x, c.y: the order of the EVM's pairing precompile. */
export type ProofWords = readonly [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint];

export type SpacetimeProof = {
  readonly proof: ProofWords;
  /** c, v, r. */
  readonly publicSignals: readonly [c: bigint, v: bigint, r: bigint];
};

export function proofWords({ pi_a: a, pi_b: b, pi_c: c }: Groth16Proof): ProofWords {
  return [
    BigInt(a[0]),
    BigInt(a[1]),
    BigInt(b[0][1]),
    BigInt(b[0][0]),
    BigInt(b[1][1]),
    BigInt(b[1][0]),
    BigInt(c[0]),
    BigInt(c[1]),
  ];
}
