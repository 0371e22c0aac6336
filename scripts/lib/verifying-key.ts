/** The verifying key of a built circuit, for deploying its verifier. */
import { readFileSync } from "node:fs";
import { HoldfastError } from "../../node/common/errors.ts";
import { parseVerifyingKey, type VerifyingKey } from "../../node/consensus/prover/verifying-key.ts";

/** Throws HoldfastError VERIFYING_KEY_INVALID if the file is not a Groth16 key over BN254 with three public signals. */
export function readVerifyingKey(file: string): VerifyingKey {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new HoldfastError("VERIFYING_KEY_INVALID", `${file} cannot be read; build the circuits first.`, { cause });
  }
  return parseVerifyingKey(json);
}

/** The key as JSON: every number a decimal string, every point where it was. */
export function verifyingKeyJson(key: VerifyingKey): string {
  return JSON.stringify(key, (_, value) => (typeof value === "bigint" ? value.toString() : value), 2);
}
