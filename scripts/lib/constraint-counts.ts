/** How many constraints circuits have: what git says, held against what is built. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { HoldfastError } from "../../node/common/errors.ts";
import { cacheKey, readManifest } from "./circuit-cache.ts";
import { circuitOf, readCircuitsFile } from "./circuits-file.ts";

/** Of circuits/constraints.json: by profile, and by template in a small instance. */
export type TrackedCounts = Readonly<Record<"profiles" | "templates", Readonly<Record<string, number>>>>;

/** `built` are the profiles whose counts were read from their builds; those of the others are git's word alone. */
export type ConstraintCounts = TrackedCounts & { readonly built: readonly string[] };

export function readTrackedCounts(root: string): TrackedCounts {
  return JSON.parse(readFileSync(path.join(root, "circuits/constraints.json"), "utf8"));
}

/**
 * @param built a profile's constraints as its build has them, or undefined where there is none
 * Throws HoldfastError CONSTRAINTS_DIFFER when a build has another count than git.
 */
export function compareCounts(
  tracked: TrackedCounts,
  built: (profile: string) => number | undefined,
): ConstraintCounts {
  const compared = Object.entries(tracked.profiles).filter(([profile, count]) => {
    const found = built(profile);
    if (found === undefined || found === count) return found !== undefined;
    const message =
      `Circuit ${profile} has ${found} constraints as it is built, and ${count} in circuits/constraints.json: ` +
      "write the new number there if the circuit was meant to change.";
    throw new HoldfastError("CONSTRAINTS_DIFFER", message, { details: { profile, expected: count, found } });
  });
  return { ...tracked, built: compared.map(([profile]) => profile) };
}

/** By the manifest in build/circuits/<profile>/; undefined if there is none or it is of other sources than these. */
export function builtCount(root: string, profile: string): number | undefined {
  const manifest = readManifest(path.join(root, "build/circuits", profile));
  const { circuit, profile: size } = circuitOf(readCircuitsFile(root), profile);
  return manifest?.key === cacheKey(root, circuit, size) ? manifest?.constraints : undefined;
}
