/** Reads circuits/circuits.json: the statement's parameters per profile. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { HoldfastError } from "../../node/common/errors.ts";

/** K openings of trees of at most D levels. */
export type Profile = { readonly K: number; readonly D: number };

/** A key from a ceremony: what its verifier answers as `verifyingKeyHash()`, and where the transcript is. */
export type ListedKey = Profile & { readonly hash: string; readonly transcript: string };

export type CircuitsFile = {
  readonly source: string;
  readonly template: string;
  readonly public: readonly string[];
  /** The digest's domain, hex; its low 16 bits are zero. */
  readonly digestTag: string;
  readonly profiles: Readonly<Record<string, Profile>>;
  /** The only keys that are accepted off local chains. */
  readonly verifyingKeys: readonly ListedKey[];
};

export function readCircuitsFile(root: string): CircuitsFile {
  return JSON.parse(readFileSync(path.join(root, "circuits/circuits.json"), "utf8"));
}

/** Throws HoldfastError CIRCUIT_PROFILE for a name that is not in the file. */
export function profileOf(circuits: CircuitsFile, name: string): Profile {
  const profile = Object.hasOwn(circuits.profiles, name) ? circuits.profiles[name] : undefined;
  if (profile !== undefined) return profile;
  const names = Object.keys(circuits.profiles).join(", ");
  throw new HoldfastError("CIRCUIT_PROFILE", `There is no circuit profile "${name}"; choose from ${names}.`);
}
