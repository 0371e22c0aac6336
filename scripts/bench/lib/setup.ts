/** What a development key costs: scripts/dev-setup.ts on a circuit that is built. */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { devSetup, drawSecrets } from "../../dev-setup.ts";

/** On two threads; `cpuSeconds` are those of both. */
export type SetupReport = { readonly seconds: number; readonly cpuSeconds: number };

export async function measureSetup(folder: string): Promise<SetupReport> {
  const started = performance.now();
  const before = process.cpuUsage();
  await devSetup(readFileSync(path.join(folder, "spacetime.r1cs")), drawSecrets(randomBytes(32)));
  const { user, system } = process.cpuUsage(before);
  return { seconds: (performance.now() - started) / 1e3, cpuSeconds: (user + system) / 1e6 };
}
