/** Whether a circuit is the one that a profile's sources describe. */
import path from "node:path";
import { HoldfastError } from "../../node/common/errors.ts";
import { cacheKey, readManifest } from "../lib/circuit-cache.ts";
import { circuitOf, nameOf, readCircuitsFile } from "../lib/circuits-file.ts";

/**
 * Compares with what this checkout has built: a key that is listed for K = 16 and belongs to a circuit with K = 2 would
 * pass every other check of the ceremony.
 * @param sha256 of the circuit's r1cs
 * @throws HoldfastError CEREMONY_CIRCUIT
 */
export function requireProfileCircuit(root: string, profile: string, sha256: string): void {
  const { circuit, profile: size } = circuitOf(readCircuitsFile(root), profile);
  const r1cs = `${nameOf(circuit)}.r1cs`;
  const manifest = readManifest(path.join(root, "build/circuits", profile));
  if (manifest?.key !== cacheKey(root, circuit, size)) {
    const message = `The profile ${profile} is not built from these sources; run: node scripts/build-circuits.ts ${profile}`;
    throw new HoldfastError("CEREMONY_CIRCUIT", message, { details: { profile } });
  }
  const expected = manifest.files[r1cs]?.sha256;
  if (expected === sha256) return;
  throw new HoldfastError(
    "CEREMONY_CIRCUIT",
    `The circuit is not the one of profile ${profile}; use build/circuits/${profile}/${r1cs}.`,
    { details: { profile, expected, found: sha256 } },
  );
}
