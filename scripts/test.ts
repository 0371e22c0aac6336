// `npm test`: builds, checks types, and runs every test: in groups, four at a time. Most of them wait for blocks now and then; those
// that only compute give way to the others, because proofs have deadlines.

import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import path from "node:path";
import { readCommandLine } from "./lib/command-line.ts";
import { contractTests } from "./lib/contract-tests.ts";

type Group = { readonly name: string; readonly command: readonly string[] };
type Outcome = { readonly code: number; readonly passed: number; readonly failed: number; readonly skipped: number };

const USAGE = `npm test [-- FILE ...]

Runs every test, or those of the files only. HOLDFAST_LONG=1 (npm run test:long) takes the big counts, and the scenarios in
test/scenarios/long as well.

Example: npm test -- test/contracts/vault.test.ts`;

const ROOT = path.resolve(import.meta.dirname, "..");
/** Half of what starting a command takes is compiling its modules, and scenarios start hundreds of them. */
const env = { ...process.env, NODE_COMPILE_CACHE: path.join(ROOT, "build/compile-cache") };
const MOCHA = ["mocha", "--no-config", "--timeout", "120000", "--exit"];

/** Compiled before: another compiler may be at work on the Solidity tests. */
const HARDHAT = ["hardhat", "test", "mocha", "--no-compile"];
/** More would be late with their proofs on two processors. */
const AT_ONCE = 4;
/** Waits for others, and is not starved. */
const PATIENT = ["nice", "-n", "5"];
const contracts: Group = { name: "contracts and attacks", command: [...PATIENT, ...HARDHAT, ...contractTests(ROOT)] };
const circuits: Group = {
  name: "circuits and audit",
  command: [
    ...[...PATIENT, ...MOCHA, "test/circuits/**/*.test.ts", "test/node/audit/*.test.ts"],
    ...["test/invariants/**/*.test.ts", "test/architecture.test.ts"],
  ],
};
/** Much of it waits for a live chain's blocks. */
const node: Group = {
  name: "node",
  command: [...MOCHA, "--ignore", "test/node/audit/*", "test/node/**/*.test.ts"],
};
/** Fuzz tests of the libraries; most of it is compiling them. */
const solidity: Group = { name: "Solidity", command: [...PATIENT, "hardhat", "test", "solidity"] };
/**
 * Files of a lane share a process and a network. The first of each wants a network whose providers are all there, and have no
 * history yet. Lanes take about as long as each other; a file that is in none is in the last.
 */
const LANES = [
  ["adversaries", "restored-folder", "package"],
  ["bad-input", "chain-process", "examples"],
  ["care", "aborted", "main-job"],
  ["sdk", "interrupted", "gateway"],
  ["provider-end", "provider-life"],
];
const scenarios: readonly Group[] = lanes(path.join(ROOT, "test/scenarios")).map((files, i) => ({
  name: `scenarios, lane ${i + 1}`,
  command: [...MOCHA, ...files],
}));

function lanes(folder: string): string[][] {
  const listed = LANES.flat();
  const namesIn = (where: string) => readdirSync(where).filter((name) => name.endsWith(".test.ts"));
  const others = namesIn(folder).filter((name) => !listed.includes(name.replace(".test.ts", "")));
  const lists = LANES.map((names) => names.map((name) => path.join(folder, `${name}.test.ts`)));
  lists.at(-1)!.push(...others.map((name) => path.join(folder, name)));
  if (process.env.HOLDFAST_LONG) {
    const long = path.join(folder, "long");
    for (const [i, name] of namesIn(long).entries()) lists[i % lists.length]!.push(path.join(long, name));
  }
  return lists;
}

/** Runs one group; a group that runs beside another prints when it is done, so that their lines do not mix. */
function runGroup({ name, command }: Group, live: boolean): Promise<Outcome> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(command[0]!, command.slice(1), { cwd: ROOT, env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        if (live) process.stdout.write(text);
      });
    }
    const beat = setInterval(() => {
      const seconds = Math.round((performance.now() - started) / 1000);
      if (!live) console.log(`... ${name}: ${seconds} s, ${count(output, /^\s*[✔√]/gm)} passed so far`);
    }, 30_000);
    child.once("error", reject);
    child.once("close", (code) => {
      clearInterval(beat);
      if (!live) console.log(`\n===== ${name}\n${output}`);
      console.log(`===== ${name}: ${Math.round((performance.now() - started) / 1000)} s, exit code ${code}\n`);
      const number = (word: string) => Number(output.match(new RegExp(`^\\s*(\\d+) ${word}`, "m"))?.[1] ?? 0);
      resolve({
        code: code ?? 1,
        passed: number("passing"),
        failed: number("failing"),
        skipped: number("(?:pending|skipped)"),
      });
    });
  });
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

async function runFiles(files: readonly string[]): Promise<Outcome[]> {
  const known = contractTests(ROOT).map((file) => path.join(ROOT, file));
  const onChain = files.filter((file) => known.includes(path.resolve(file)));
  const inSolidity = files.filter((file) => file.endsWith(".sol"));
  const others = files.filter((file) => !onChain.includes(file) && !inSolidity.includes(file));
  const outcomes: Outcome[] = [];
  if (inSolidity.length > 0)
    outcomes.push(await runGroup({ ...solidity, command: [...solidity.command, ...inSolidity] }, true));
  if (onChain.length > 0) outcomes.push(await runGroup({ name: "contracts", command: [...HARDHAT, ...onChain] }, true));
  if (others.length > 0) outcomes.push(await runGroup({ name: "node", command: [...MOCHA, ...others] }, true));
  return outcomes;
}

/** In the order given, at most `width` at a time. */
async function runQueue(groups: readonly Group[], width: number): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const queue = groups.values();
  const worker = async () => {
    for (const group of queue) outcomes.push(await runGroup(group, false));
  };
  await Promise.all(Array.from({ length: width }, worker));
  return outcomes;
}

const { positionals: files } = readCommandLine(USAGE, {}, Infinity);
const outcomes =
  files.length > 0
    ? await runFiles(files)
    : await runQueue([node, contracts, circuits, solidity, ...scenarios], AT_ONCE);
const sum = (of: (outcome: Outcome) => number) => outcomes.reduce((total, outcome) => total + of(outcome), 0);
const passed = sum((outcome) => outcome.passed);
const skipped = sum((outcome) => outcome.skipped);
console.log(`${passed} passed, ${sum((outcome) => outcome.failed)} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exit(passed > 0 && outcomes.every(({ code }) => code === 0) ? 0 : 1);
