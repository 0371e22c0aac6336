/** A verifying key as the contract's verifier takes it: points in the order of the EVM's precompiles (EIP-197). */
import { concat, type Hex, keccak256, toHex } from "viem";
import { HoldfastError } from "../../common/errors.ts";

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

/** Coordinates of BN254 are below it. */
export const COORDINATE_FIELD = 21888242871839275222246405745257275088696311157297823662689037894645226208583n;

/** From a parsed verification_key.json of snarkjs. Throws HoldfastError VERIFYING_KEY_INVALID. */
export function parseVerifyingKey(json: unknown): VerifyingKey {
  const key = Object(json) as Record<string, unknown>;
  if (key.protocol !== "groth16" || key.curve !== "bn128" || key.nPublic !== 3) {
    throw invalid("It is not a Groth16 key over BN254 with the three public signals of the spacetime circuit.");
  }
  const [one, c, v, r, ...rest] = list(key.IC).map(g1);
  if (!one || !c || !v || !r || rest.length > 0) throw invalid("It has not four points for three public signals.");
  return {
    alpha: g1(key.vk_alpha_1),
    beta: g2(key.vk_beta_2),
    gamma: g2(key.vk_gamma_2),
    delta: g2(key.vk_delta_2),
    ic: [one, c, v, r],
  };
}

/** keccak256 of the key's ABI encoding, 22 words: what the verifier contract answers and circuits.json lists. */
export function verifyingKeyHash({ alpha, beta, gamma, delta, ic }: VerifyingKey): Hex {
  const words = [alpha, beta, gamma, delta, ic].flat(2) as (bigint | readonly bigint[])[];
  return keccak256(concat(words.flat().map((word) => toHex(word, { size: 32 }))));
}

function g1(point: unknown): G1Point {
  const [x, y, z] = list(point);
  if (z !== "1") throw invalid("One of its points is at infinity.");
  return [coordinate(x), coordinate(y)];
}

function g2(point: unknown): G2Point {
  const [x, y, z] = list(point).map(list);
  if (z?.[0] !== "1" || z[1] !== "0") throw invalid("One of its points is at infinity.");
  return [
    [coordinate(x?.[1]), coordinate(x?.[0])],
    [coordinate(y?.[1]), coordinate(y?.[0])],
  ];
}

function coordinate(text: unknown): bigint {
  const value = typeof text === "string" && /^[0-9]{1,78}$/.test(text) ? BigInt(text) : COORDINATE_FIELD;
  if (value >= COORDINATE_FIELD) throw invalid(`${text} is no coordinate of BN254.`);
  return value;
}

function list(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw invalid("A list is missing in it.");
  return value;
}

function invalid(why: string): HoldfastError {
  return new HoldfastError("VERIFYING_KEY_INVALID", `The verification key cannot be used. ${why} Build it again.`);
}
