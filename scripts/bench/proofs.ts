/**
 * What a proof costs: `npm run bench -- proofs [--json] [PROFILE...]`, for the circuit profiles that are built
 * (`node scripts/build-circuits.ts dev production`). Figures are medians; ratios compare within this run. A proof is
 * witness, proof and its verification, by the node's own prover with its keys loaded.
 */
import { parseArgs } from "node:util";
import { builtProfiles, measureProving, type ProvingReport } from "./lib/proving.ts";

const { values, positionals } = parseArgs({ options: { json: { type: "boolean", default: false } }, strict: false });
const wanted = positionals.filter((name) => name !== "proofs"); // scripts/bench.ts leaves its own argument
const profiles = builtProfiles().filter(({ profile }) => wanted.length === 0 || wanted.includes(profile));

const prove: Record<string, ProvingReport> = {};
for (const { profile, K } of profiles) {
  const report = await measureProving(profile);
  prove[`K${K}`] = report;
  if (!values.json) print(K, report);
}
if (values.json) {
  const rounded = (_: string, value: unknown): unknown =>
    typeof value === "number" ? Number(value.toPrecision(4)) : value;
  console.log(JSON.stringify({ prove }, rounded));
} else if (profiles.length === 0) {
  console.log("No circuit is built: node scripts/build-circuits.ts dev production");
}

function print(K: number, { snarkjs, ...own }: ProvingReport): void {
  const line = (name: string, cost: typeof snarkjs, note: string): void => {
    const [seconds, cpu] = [cost.seconds, cost.cpuSeconds].map((value) => value.toFixed(2).padStart(6));
    console.log(`K = ${K}  ${name.padEnd(9)}${seconds} s  ${cpu} CPU s  ${cost.peakMegabytes.toFixed(0)} MB  ${note}`);
  };
  line("Holdfast", own, `start ${own.startSeconds.toFixed(1)} s`);
  const ratio = `${own.ratioToSnarkjs.toFixed(1)} x the time, ${own.cpuRatioToSnarkjs.toFixed(1)} x the CPU time`;
  line("snarkjs", snarkjs, ratio);
}
