/** Whether circuits.json may list a key: its transcript must be in the repository and say the same. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { HoldfastError } from "../../node/common/errors.ts";
import type { ListedKey } from "../../node/consensus/ceremony-keys.ts";
import type { Circuit } from "../lib/circuits-file.ts";
import { PINNED_POWERS_OF_TAU } from "./pinned-powers-of-tau.ts";

/**
 * @param circuit in whose list the key is: K and D do not tell two statements apart
 * @throws HoldfastError CEREMONY_LISTING with what is wrong. Proofs are not checked again: that takes the files, and `verify`.
 */
export function checkListing(root: string, circuit: Circuit, { hash, K, D, transcript: file }: ListedKey): void {
  const refuse = (what: string, cause?: unknown) =>
    new HoldfastError("CEREMONY_LISTING", `The key ${hash} cannot be listed: ${what}; export it again.`, { cause });
  let transcript: Record<string, unknown>;
  try {
    transcript = Object(JSON.parse(readFileSync(path.join(root, file), "utf8")));
  } catch (cause) {
    throw refuse(`${file} cannot be read`, cause);
  }
  const { verifyingKey, powersOfTau } = transcript as Record<string, Record<string, unknown> | undefined>;
  if (verifyingKey?.hash !== hash) throw refuse(`${file} is about the key ${verifyingKey?.hash}`);
  if (!Object.hasOwn(circuit.profiles, String(transcript.profile))) {
    throw refuse(`${file} is about the profile ${transcript.profile}, which is not one of ${circuit.source}`);
  }
  if (transcript.K !== K || transcript.D !== D)
    throw refuse(`${file} is about K = ${transcript.K}, D = ${transcript.D}`);
  if (!Object.values(PINNED_POWERS_OF_TAU).includes(String(powersOfTau?.blake2b))) {
    throw refuse("its powers of tau are none of the public ones");
  }
}
