/** Builds the circuits that a measurement needs. What it says goes where progress goes: what is printed has to stay one object. */
import { spawnSync } from "node:child_process";
import path from "node:path";
import { HoldfastError } from "../../node/common/errors.ts";

/** Those that are built already take a moment. Throws HoldfastError CIRCUITS_NOT_BUILT; why is on the standard error. */
export function buildProfiles(names: readonly string[]): void {
  if (names.length === 0) return;
  const script = path.resolve(import.meta.dirname, "../build-circuits.ts");
  const { status } = spawnSync(process.execPath, [script, ...names], { stdio: ["ignore", 2, 2] });
  if (status === 0) return;
  const command = `node scripts/build-circuits.ts ${names.join(" ")}`;
  throw new HoldfastError("CIRCUITS_NOT_BUILT", `The circuits do not build; try by hand: ${command}`);
}
