/**
 * A process that makes proofs when told to, so that its memory is its own: `prover-process.ts PROFILE_FOLDER PROGRAM`, with
 * PROGRAM holdfast (the node's prover) or snarkjs (its own `fullProve`). Each message asks for one proof.
 */
import { groth16 } from "snarkjs";
import { readProverFolder } from "../../../node/consensus/prover/folder.ts";
import { createProver } from "../../../node/consensus/prover/prover.ts";
import { zeroOpenings } from "../../lib/zero-openings.ts";

/** Of one proof; `peakMegabytes` is the most the process had resident until then. */
export type ProofCost = { readonly seconds: number; readonly cpuSeconds: number; readonly peakMegabytes: number };

const [folder, program] = process.argv.slice(2) as [string, "holdfast" | "snarkjs"];
const files = readProverFolder(folder);
const input = zeroOpenings(files);
const prove = program === "holdfast" ? await ownProver() : () => groth16.fullProve(input, files.wasm, files.zkey);

async function ownProver(): Promise<() => Promise<unknown>> {
  const prover = await createProver(files);
  return () => prover.prove(input);
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
