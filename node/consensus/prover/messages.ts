/** What the prover and its thread say to each other: one request at a time, one answer each. */
import type { Groth16Proof } from "snarkjs";
import type { CircuitInput } from "./witness.ts";

export type ProverKeys = { readonly zkey: string; readonly wasm: string; readonly verificationKey: string };

/** Who makes proofs: Holdfast's own kernels, or snarkjs, the reference, which takes six times as long. */
export type EngineName = "holdfast" | "snarkjs";

export type ThreadParameters = ProverKeys & {
  /** Default "holdfast", which gives way to "snarkjs" on machines where its kernels are not exact. */
  readonly prover?: EngineName;
};

/** Public signals in decimal: c, v, r. */
export type SignedOff = { readonly proof: Groth16Proof; readonly publicSignals: readonly string[] };

export type Request =
  | { readonly type: "prove"; readonly input: CircuitInput }
  | { readonly type: "witness"; readonly input: CircuitInput }
  | { readonly type: "verify"; readonly proof: Groth16Proof; readonly publicSignals: readonly string[] };

export type Answer =
  | { readonly type: "ready"; readonly keyHash: `0x${string}`; readonly engine: EngineName }
  | { readonly type: "proof"; readonly proof: Groth16Proof; readonly publicSignals: readonly string[] }
  | { readonly type: "witness"; readonly witness: Uint8Array; readonly publicSignals: readonly string[] }
  | { readonly type: "verified"; readonly valid: boolean }
  | {
      readonly type: "failed";
      readonly code: string;
      readonly message: string;
      readonly details: Record<string, unknown>;
    };
