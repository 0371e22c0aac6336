/** How long proofs take here: `node scripts/measure-prover.ts PROFILE [COUNT]`, for a circuit that is built. */
import path from "node:path";
import { HoldfastError } from "../node/common/errors.ts";
import { readProverFolder } from "../node/consensus/prover/folder.ts";
import { createProver } from "../node/consensus/prover/prover.ts";
import { zeroOpenings } from "./lib/zero-openings.ts";

const seconds = (since: number) => ((performance.now() - since) / 1000).toFixed(2);

async function measure(profile: string, count: number): Promise<void> {
  const files = readProverFolder(path.resolve(import.meta.dirname, "../build/circuits", profile));
  const { K, D } = files;
  const input = zeroOpenings(files);
  let started = performance.now();
  const prover = await createProver(files);
  console.log(`${profile} (K = ${K}, D = ${D}): keys read and checked in ${seconds(started)} s`);
  for (let i = 1; i <= count; i++) {
    started = performance.now();
    const cpu = process.cpuUsage();
    await prover.prove(input);
    const { user, system } = process.cpuUsage(cpu);
    const used = ((user + system) / 1e6).toFixed(2);
    console.log(
      `proof ${i}: ${seconds(started)} s, ${used} CPU s, ${Math.round(process.memoryUsage.rss() / 1e6)} MB resident`,
    );
  }
  await prover.close();
}

try {
  const [profile, count = "3"] = process.argv.slice(2);
  if (profile === undefined) throw new HoldfastError("USAGE", "usage: node scripts/measure-prover.ts PROFILE [COUNT]");
  await measure(profile, Number(count));
} catch (error) {
  if (!(error instanceof HoldfastError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
