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
    fullProve(input: object, wasm: File, zkey: File): Promise<{ proof: Groth16Proof; publicSignals: string[] }>;
    verify(key: VerificationKey, publicSignals: readonly string[], proof: Groth16Proof): Promise<boolean>;
    exportSolidityCallData(proof: Groth16Proof, publicSignals: readonly string[]): Promise<string>;
  };
  export type Logger = Record<"info" | "debug" | "warn" | "error", (line: string) => void>;
  export const zKey: {
    exportVerificationKey(zkey: File): Promise<VerificationKey>;
    /** The circuit's hash, or -1 and a reason in the log. */
    newZKey(r1cs: File, ptau: File, zkey: File, logger: Logger): Promise<Uint8Array | -1>;
    contribute(source: File, target: File, name: string, entropy: string, logger: Logger): Promise<Uint8Array>;
    /** The contribution's hash, or false and a reason in the log. */
    beacon(
      source: File,
      target: File,
      name: string,
      value: string,
      iterations: number,
      logger: Logger,
    ): Promise<Uint8Array | false>;
    verifyFromR1cs(r1cs: File, ptau: File, zkey: File, logger: Logger): Promise<boolean>;
  };
  export const powersOfTau: {
    newAccumulator(curve: unknown, power: number, target: File): Promise<Uint8Array>;
    contribute(source: File, target: File, name: string, entropy: string): Promise<Uint8Array>;
    preparePhase2(source: File, target: File): Promise<void>;
  };
  export const curves: { getCurveFromName(name: "bn128"): Promise<unknown> };
}
