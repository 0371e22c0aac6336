/**
 * A process that makes proofs when told to, so that its memory is its own: `prover-process.ts PROFILE_FOLDER PROGRAM [EXTERNAL]`, with
 * PROGRAM holdfast (the node's prover), snarkjs (its own `fullProve`), configured (the node's prover with the program EXTERNAL) or
 * alone (EXTERNAL itself, on a witness that is there). Each message asks for one proof.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { groth16 } from "snarkjs";
import { readProverFolder } from "../../../node/consensus/prover/folder.ts";
import { createProver } from "../../../node/consensus/prover/prover.ts";
import { openWitnessProgram } from "../../../node/consensus/prover/witness.ts";
import { randomOpenings } from "../../lib/random-openings.ts";

export type ProgramName = "holdfast" | "snarkjs" | "configured" | "alone";

/** Of one proof; `peakMegabytes` is the most the process had resident until then, without its children. */
export type ProofCost = { readonly seconds: number; readonly cpuSeconds: number; readonly peakMegabytes: number };

const [folder, program, external] = process.argv.slice(2) as [string, ProgramName, string | undefined];
const files = readProverFolder(folder);
const input = randomOpenings(files);
const prove = await proving();

async function proving(): Promise<() => Promise<unknown>> {
  if (program === "snarkjs") return () => groth16.fullProve(input, files.wasm, files.zkey);
  if (program === "alone") return await alone(external!);
  const prover = await createProver({ ...files, ...(program === "configured" ? { external: external! } : {}) });
  return () => prover.prove(input);
}

async function alone(command: string): Promise<() => Promise<unknown>> {
  const folder = mkdtempSync(path.join(tmpdir(), "holdfast-bench-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const [wtns, proof, signals] = ["witness.wtns", "proof.json", "public.json"].map((name) => path.join(folder, name));
  writeFileSync(wtns!, (await (await openWitnessProgram(readFileSync(files.wasm)))(input)).file);
  return () => promisify(execFile)(command, [files.zkey, wtns!, proof!, signals!]);
}

process.on("message", async () => {
  const started = performance.now();
  const before = process.cpuUsage();
  await prove();
  const { user, system } = process.cpuUsage(before);
  process.send!({
    seconds: (performance.now() - started) / 1e3,
    cpuSeconds: (user + system) / 1e6,
    peakMegabytes: process.resourceUsage().maxRSS / 1e3,
  } satisfies ProofCost);
});
process.on("disconnect", () => process.exit());
process.send!("ready");
