/** Reads circuits/circuits.json: the statements, and their parameters per profile. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { HoldfastError } from "../../node/common/errors.ts";
import type { ListedKey } from "../../node/consensus/ceremony-keys.ts";

/** K challenges in trees of at most D levels. */
export type Profile = { readonly K: number; readonly D: number };

/** One statement in several sizes. */
export type Circuit = {
  readonly source: string;
  readonly template: string;
  readonly public: readonly string[];
  /** The digest's domain, hex; its low 16 bits are zero. */
  readonly digestTag: string;
  readonly profiles: Readonly<Record<string, Profile>>;
  /** The only keys that are accepted off local chains. */
  readonly verifyingKeys: readonly ListedKey[];
};

/** The spacetime circuit, and within it the other one. Profile names are unique among both. */
export type CircuitsFile = Circuit & { readonly capacity: Circuit };

export function readCircuitsFile(root: string): CircuitsFile {
  return JSON.parse(readFileSync(path.join(root, "circuits/circuits.json"), "utf8"));
}

/** Throws HoldfastError CIRCUIT_PROFILE for a name that is not in the file. */
export function profileOf(circuit: Circuit, name: string): Profile {
  return requireProfile([circuit], name).profile;
}

/** The profile of that name with its circuit, whichever it is. Throws HoldfastError CIRCUIT_PROFILE. */
export function circuitOf(
  circuits: CircuitsFile,
  name: string,
): { readonly circuit: Circuit; readonly profile: Profile } {
  return requireProfile([circuits, circuits.capacity], name);
}

function requireProfile(circuits: readonly Circuit[], name: string): { circuit: Circuit; profile: Profile } {
  for (const circuit of circuits) {
    const profile = Object.hasOwn(circuit.profiles, name) ? circuit.profiles[name] : undefined;
    if (profile !== undefined) return { circuit, profile };
  }
  const names = circuits.flatMap(({ profiles }) => Object.keys(profiles)).join(", ");
  throw new HoldfastError("CIRCUIT_PROFILE", `There is no circuit profile "${name}"; choose from ${names}.`);
}

/** What the circuit's files are called: `spacetime` or `capacity`. */
export function nameOf({ source }: Circuit): string {
  return path.basename(source, ".circom");
}
