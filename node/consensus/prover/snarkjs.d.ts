/** The part of snarkjs 0.7.6 that Holdfast uses; the package brings no types. */
declare module "snarkjs" {
  /** A file's path, or its bytes in memory. */
  export type File = string | { type: "mem"; data?: Uint8Array };
  export type Groth16Proof = {
    pi_a: [string, string, string];
    pi_b: [[string, string], [string, string], [string, string]];
    pi_c: [string, string, string];
    protocol: "groth16";
    curve: "bn128";
  };
  export type VerificationKey = {
    protocol: "groth16";
    curve: "bn128";
    nPublic: number;
    vk_alpha_1: string[];
    vk_beta_2: string[][];
    vk_gamma_2: string[][];
    vk_delta_2: string[][];
    vk_alphabeta_12: string[][][];
    IC: string[][];
  };
  export const groth16: {
    prove(zkey: File, witness: File): Promise<{ proof: Groth16Proof; publicSignals: string[] }>;
    verify(key: VerificationKey, publicSignals: readonly string[], proof: Groth16Proof): Promise<boolean>;
    exportSolidityCallData(proof: Groth16Proof, publicSignals: readonly string[]): Promise<string>;
  };
  export const zKey: {
    exportVerificationKey(zkey: File): Promise<VerificationKey>;
  };
}
