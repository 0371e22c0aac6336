/** Runs tests against one mutant after the other. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { ROOT, type Shadow } from "../instrument/shadow.ts";
import { coinbaseOf, WATCH } from "./switch.ts";

/** What hangs is found out too: no run of the tests takes that long. */
const MOST_SECONDS = 1200;
const MOST_SOLIDITY_SECONDS = 120;

export interface TestRun {
  readonly passed: boolean;
  /** Title of the first test that failed. */
  readonly killer: string | undefined;
  /** Its file, where the failure names one. */
  readonly file: string | undefined;
  readonly seconds: number;
}

/** What a gas figure is about is not what runs here: every place asks at every turn which mutant it is. */
const MOCHA = ["mocha", "--no-compile", "--grep-exclude", "[0-9] gas|its gas"];

/** In the place of files: all tests that are written in Solidity, which take seconds together. */
export const SOLIDITY: readonly string[] = ["test/solidity"];

/** The files in this order, up to the first failure. Mutant 0 is the project as it is. */
export function runTests(shadow: Shadow, mutant: number, files: readonly string[]): Promise<TestRun> {
  return run(shadow, mutant, ["--bail"], files);
}

/** Throws unless the files pass without any mutant. */
export async function requirePass(shadow: Shadow, files: readonly string[]): Promise<void> {
  const { passed, killer, file } = await runTests(shadow, 0, files);
  if (!passed) throw new Error(`${file ?? files.join(", ")} fails without any mutant: ${killer}`);
}

/** One file, while Hardhat collects what the contracts say they reached. */
export function watchTests(shadow: Shadow, file: string): Promise<TestRun> {
  return run(shadow, WATCH, ["--coverage"], [file]);
}

function run(shadow: Shadow, mutant: number, options: readonly string[], files: readonly string[]): Promise<TestRun> {
  const isSolidity = files[0] === SOLIDITY[0];
  const command = isSolidity ? ["solidity", "--no-compile"] : [...MOCHA, ...options, ...files];
  const started = performance.now();
  const hardhat = path.join(ROOT, "node_modules/.bin/hardhat");
  return new Promise((resolve, reject) => {
    const child = spawn(hardhat, ["test", ...command], {
      cwd: shadow.folder,
      env: { ...process.env, HOLDFAST_MUTANT: coinbaseOf(mutant), FORCE_COLOR: "0" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    const most = isSolidity ? MOST_SOLIDITY_SECONDS : MOST_SECONDS;
    const late = setTimeout(() => child.kill("SIGKILL"), most * 1000);
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(late);
      // Fuzz tests of a mutant that loops burn all their gas, run after run: they say nothing in time, and others are asked.
      const passed = code === 0 || (code === null && isSolidity);
      const killer = /^\s*(?:1\)|✘) (.*)$/m.exec(output)?.[1] ?? output.trim().split("\n").at(-1);
      resolve({
        passed,
        killer: passed ? undefined : killer,
        file: passed ? undefined : fileOf(output, killer, shadow, files),
        seconds: (performance.now() - started) / 1000,
      });
    });
  });
}

/** The one of the files that the first failure is in: its stack goes through it, or its title stands there alone. */
function fileOf(
  output: string,
  killer: string | undefined,
  shadow: Shadow,
  files: readonly string[],
): string | undefined {
  if (files.length === 1) return files[0];
  const failures = output.slice(Math.max(0, output.search(/^\s*\d+ failing/m)));
  const inStack = /test\/(?:contracts|attacks)\/[\w./-]+\.test\.ts/.exec(failures)?.[0];
  if (inStack !== undefined || killer === undefined) return inStack;
  const named = files.filter((file) => readFileSync(path.join(shadow.folder, file), "utf8").includes(killer));
  return named.length === 1 ? named[0] : undefined;
}
