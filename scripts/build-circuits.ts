/**
 * Builds circuits with keys for development. What is already there and still describes the sources is left alone.
 */
import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { zKey } from "snarkjs";
import { HoldfastError } from "../node/common/errors.ts";
import { devSetup, drawSecrets } from "./dev-setup.ts";
import { compile } from "./lib/circom.ts";
import { cacheKey, describeFiles, type Manifest, readManifest, toolVersions } from "./lib/circuit-cache.ts";
import { type CircuitsFile, circuitOf, nameOf, readCircuitsFile } from "./lib/circuits-file.ts";
import { readCommandLine, refuse } from "./lib/command-line.ts";
import { step } from "./lib/progress.ts";
import { readR1cs } from "./lib/r1cs.ts";

const root = path.resolve(import.meta.dirname, "..");
const target = path.join(root, "build/circuits");

/** Builds one profile in a folder of its own and swaps it in whole: a reader never sees half of it. */
async function build(circuits: CircuitsFile, name: string): Promise<void> {
  const { circuit, profile } = circuitOf(circuits, name);
  const key = cacheKey(root, circuit, profile);
  const stem = nameOf(circuit);
  const folder = path.join(target, name);
  const present = readManifest(folder);
  if (present?.key === key) return console.log(`circuit ${name}: ${present.constraints} constraints, up to date`);

  const unfinished = path.join(target, `.${name}-${process.pid}`);
  try {
    await step(
      `circuit ${name}: compiling`,
      () => compile(root, circuit, profile, unfinished),
      () => "done",
    );
    const bytes = readFileSync(path.join(unfinished, `${stem}.r1cs`));
    const { constraints, wires, publicSignals } = readR1cs(bytes);
    const zkey = await step(
      `circuit ${name}: making a development key`,
      (report) => devSetup(bytes, drawSecrets(randomBytes(32)), report),
      () => `done for ${constraints} constraints`,
    );
    writeFileSync(path.join(unfinished, `${stem}.zkey`), zkey);
    const verifyingKey = await zKey.exportVerificationKey({ type: "mem", data: zkey });
    writeJson(path.join(unfinished, "verification_key.json"), verifyingKey);
    const manifest: Manifest = {
      profile: name,
      circuit: stem,
      K: profile.K,
      D: profile.D,
      development: true,
      digestTag: circuit.digestTag,
      publicSignals: ["c", "v", "r"],
      constraints,
      wires,
      domain: 2 ** Math.ceil(Math.log2(constraints + publicSignals + 1)),
      tools: toolVersions(root),
      key,
      files: describeFiles(unfinished, stem),
    };
    writeJson(path.join(unfinished, "manifest.json"), manifest);
    // Another process may have built the same meanwhile: whoever reads that key already must not lose it.
    if (readManifest(folder)?.key === key) return;
    rmSync(folder, { recursive: true, force: true });
    renameSync(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

function writeJson(file: string, value: unknown): void {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}

/** Folders of builds that were killed. */
function sweep(): void {
  for (const entry of readdirSync(target)) {
    const pid = Number(/^\.[^/]+-(\d+)$/.exec(entry)?.[1]);
    if (pid > 0 && !alive(pid)) rmSync(path.join(target, entry), { recursive: true, force: true });
  }
}

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const USAGE = `node scripts/build-circuits.ts PROFILE ...

Fills build/circuits/PROFILE/ for each profile of circuits/circuits.json.

Example: node scripts/build-circuits.ts production production-34`;

const { positionals: names } = readCommandLine(USAGE, {}, Infinity);
try {
  if (names.length === 0) refuse("Name a profile of circuits/circuits.json.");
  mkdirSync(target, { recursive: true });
  sweep();
  const circuits = readCircuitsFile(root);
  for (const name of names) await build(circuits, name);
  process.exit(0); // snarkjs keeps threads of its own alive
} catch (error) {
  if (!(error instanceof HoldfastError)) throw error;
  console.error(error.message);
  process.exit(1);
}
