/** A verifying key as the contract's verifier takes it: points in the order of the EVM's precompiles (EIP-197). */
import { readFileSync } from "node:fs";
import type { VerificationKey } from "snarkjs";
import { HoldfastError } from "../../node/common/errors.ts";
import { Q } from "./scalar-field.ts";

/** x, y. */
export type G1Point = readonly [bigint, bigint];
/** x, y over Fq2, each with its imaginary part first. */
export type G2Point = readonly [readonly [bigint, bigint], readonly [bigint, bigint]];

export type VerifyingKey = {
  readonly alpha: G1Point;
  readonly beta: G2Point;
  readonly gamma: G2Point;
  readonly delta: G2Point;
  /** One for the constant 1, then one a public signal: c, v, r. */
  readonly ic: readonly [G1Point, G1Point, G1Point, G1Point];
};

/** Throws HoldfastError VERIFYING_KEY_INVALID if the file is not a Groth16 key over BN254 with three public signals. */
export function readVerifyingKey(file: string): VerifyingKey {
  let key: VerificationKey;
  try {
    key = JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new HoldfastError("VERIFYING_KEY_INVALID", `${file} cannot be read; build the circuits first.`, { cause });
  }
  if (key.protocol !== "groth16" || key.curve !== "bn128" || key.nPublic !== 3 || key.IC?.length !== 4) {
    throw new HoldfastError("VERIFYING_KEY_INVALID", `${file} is not a Groth16 key for the spacetime circuit.`);
  }
  const ic = key.IC.map(g1);
  return {
    alpha: g1(key.vk_alpha_1),
    beta: g2(key.vk_beta_2),
    gamma: g2(key.vk_gamma_2),
    delta: g2(key.vk_delta_2),
    ic: [ic[0]!, ic[1]!, ic[2]!, ic[3]!],
  };
}

/** The same as JSON: every number a decimal string, every point where it was. */
export function verifyingKeyJson(key: VerifyingKey): string {
  return JSON.stringify(key, (_, value) => (typeof value === "bigint" ? value.toString() : value), 2);
}

function g1([x, y, z]: readonly string[]): G1Point {
  if (z !== "1") throw infinity();
  return [coordinate(x), coordinate(y)];
}

function g2([x, y, z]: readonly (readonly string[])[]): G2Point {
  if (z?.[0] !== "1" || z[1] !== "0") throw infinity();
  return [
    [coordinate(x?.[1]), coordinate(x?.[0])],
    [coordinate(y?.[1]), coordinate(y?.[0])],
  ];
}

function coordinate(text: string | undefined): bigint {
  const value = text !== undefined && /^[0-9]+$/.test(text) ? BigInt(text) : Q;
  if (value >= Q) throw new HoldfastError("VERIFYING_KEY_INVALID", `${text} is not a coordinate of BN254.`);
  return value;
}

function infinity(): HoldfastError {
  return new HoldfastError("VERIFYING_KEY_INVALID", "A verifying key has no point at infinity; this one does.");
}
