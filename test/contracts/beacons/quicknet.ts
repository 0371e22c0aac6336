/** Published rounds of drand's quicknet, as its beacon takes them. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { bls12_381 } from "@noble/curves/bls12-381.js";

export type Round = { round: number; randomness: string; signature: string };

export const DOMAIN = "BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_";
export const quicknet: { publicKey: string; rounds: [Round, Round] } = JSON.parse(
  readFileSync(path.resolve("test/fixtures/drand-quicknet.json"), "utf8"),
);
export const [early, late] = quicknet.rounds;
const LOW = 2n ** 256n;
export const FIELD = bls12_381.fields.Fp.ORDER;

type Signature = { xHigh: bigint; xLow: bigint; yHigh: bigint; yLow: bigint };
export const words = (x: bigint, y: bigint): Signature => ({
  xHigh: x / LOW,
  xLow: x % LOW,
  yHigh: y / LOW,
  yLow: y % LOW,
});

/** The 48 published bytes as the contract takes them. */
export function uncompressed({ signature }: Round): Signature {
  const { x, y } = bls12_381.G1.Point.fromHex(signature).toAffine();
  return words(x, y);
}

/** The time at which quicknet publishes a round, in seconds. */
export const timeOf = (round: number) => 1_692_803_367 + 3 * (round - 1);
