// Everything about proofs that has a figure, compared within one run. A proof is witness, proof and its verification, by the node's
// own prover with its keys loaded, against snarkjs's `fullProve` in a process of its own. Figures are medians. Where others use the
// machine too, look at CPU seconds and at ratios.

import { spawnSync } from "node:child_process";
import { availableParallelism, cpus } from "node:os";
import path from "node:path";
import { HoldfastError } from "../../node/common/errors.ts";
import { measureBatch } from "../gas/batch.ts";
import { buildProfiles } from "../lib/build-profiles.ts";
import { profileOf, readCircuitsFile } from "../lib/circuits-file.ts";
import { readCommandLine } from "../lib/command-line.ts";
import { builtCount, compareCounts, readTrackedCounts } from "../lib/constraint-counts.ts";
import { measureCommit } from "./lib/commit.ts";
import { measurePoseidon } from "./lib/poseidon.ts";
import { formatProofs, type ProofsReport } from "./lib/proofs-text.ts";
import { measureProving, type ProvingReport } from "./lib/proving.ts";
import { FULL_PACE, QUICK_PACE } from "./lib/rates.ts";
import { measureSetup, type SetupReport } from "./lib/setup.ts";
import { measureUpload } from "./lib/upload.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");
const PARTS = ["poseidon", "commit", "prove", "setup", "constraints", "gas"] as const;
type Part = (typeof PARTS)[number];
/** Of local networks; the gas of verifying does not depend on it. */
const LOCAL_PROFILE = "dev";
const BATCH = 8;

const USAGE = `npm run bench -- proofs [--json] [options]

  --json                print one JSON object; progress is on the standard error in any case
  --quick               the dev profile alone and fewer rounds: two minutes instead of ten
  --profiles a,b        spacetime profiles to prove with; default dev,production,production-34 (K = 4, 16, 34)
  --parts a,b           of ${PARTS.join(", ")}; default all
  --external PROGRAM    also prove with this one, called as PROGRAM ZKEY WTNS PROOF.json PUBLIC.json (rapidsnark's command line)

Circuits that are not built are built first.

Example: npm run bench -- proofs --parts prove --profiles production`;

const { values: options } = readCommandLine(
  USAGE,
  {
    json: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    profiles: { type: "string" },
    parts: { type: "string", default: PARTS.join(",") },
    external: { type: "string" },
  },
  1, // `npm run bench -- proofs` hands its own word on
);
const folderOf = (profile: string): string => path.join(ROOT, "build/circuits", profile);
const say = (text: string): void => console.error(`measuring ${text} ...`);

async function measure(profiles: readonly string[], wanted: (part: Part) => boolean): Promise<ProofsReport> {
  const circuits = readCircuitsFile(ROOT);
  const keyOf = (profile: string): string => `K${profileOf(circuits, profile).K}`;
  const pace = options.quick ? QUICK_PACE : FULL_PACE;
  const needed = wanted("prove") || wanted("setup") ? profiles : [];
  buildProfiles([...new Set([...needed, ...(wanted("gas") || wanted("commit") ? [LOCAL_PROFILE] : [])])]);

  const report: ProofsReport = { machine: { processor: cpus()[0]?.model ?? "unknown", cores: availableParallelism() } };
  if (wanted("poseidon")) {
    say("Poseidon");
    report.poseidon = await measurePoseidon(pace);
  }
  if (wanted("commit")) {
    say("commitments");
    const workers = await measureCommit(pace);
    compileContracts();
    const { mebibytes, afterLastByteSeconds } = await measureUpload(options.quick ? 32 : 256, say);
    report.commit = { ...workers, afterLastByteSeconds, uploadMebibytes: mebibytes };
  }
  if (wanted("prove")) {
    const prove: Record<string, ProvingReport> = {};
    for (const profile of profiles) {
      say(`proofs of ${profile}`);
      prove[keyOf(profile)] = await measureProving(folderOf(profile), options.quick ? 1 : 3, options.external);
    }
    report.prove = prove;
  }
  if (wanted("setup")) {
    const setup: Record<string, SetupReport> = {};
    for (const profile of profiles) {
      say(`a development key for ${profile}`);
      setup[keyOf(profile)] = await measureSetup(folderOf(profile));
    }
    report.setup = setup;
  }
  if (wanted("constraints")) {
    report.constraints = compareCounts(readTrackedCounts(ROOT), (profile) => builtCount(ROOT, profile));
  }
  if (wanted("gas")) {
    compileContracts();
    const [one, many] = await measureBatch(folderOf(LOCAL_PROFILE), [1, BATCH], say);
    report.gas = {
      verifyOne: Number(one!.single),
      proofsInBatch: BATCH,
      verifyBatch: Number(many!.batch),
      verifyBatchEach: Number(many!.batch) / BATCH,
    };
  }
  return report;
}

/** Takes a moment where they are compiled already. */
function compileContracts(): void {
  const { status } = spawnSync("npx", ["hardhat", "build", "--no-tests"], { cwd: ROOT, stdio: ["ignore", 2, 2] });
  if (status !== 0) throw new HoldfastError("CONTRACTS_NOT_BUILT", "The contracts do not compile; see above.");
}

try {
  const parts = options.parts.split(",");
  const unknown = parts.find((part) => !PARTS.includes(part as Part));
  if (unknown !== undefined) throw new HoldfastError("USAGE", `There is no part "${unknown}": ${PARTS.join(", ")}.`);
  const profiles = (options.profiles ?? (options.quick ? "dev" : "dev,production,production-34")).split(",");
  const report = await measure(profiles, (part) => parts.includes(part));
  const rounded = (_: string, value: unknown): unknown =>
    typeof value === "number" ? Number(value.toPrecision(Number.isInteger(value) ? 12 : 4)) : value;
  console.log(options.json ? JSON.stringify(report, rounded) : formatProofs(report));
  process.exit(0); // circomlibjs and snarkjs keep their threads
} catch (error) {
  if (!(error instanceof HoldfastError)) throw error;
  console.error(error.message);
  process.exit(1);
}
