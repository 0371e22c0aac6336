/** Runs tests against one mutant after the other. */
import { spawn } from "node:child_process";
import path from "node:path";
import { ROOT, type Shadow } from "../instrument/shadow.ts";
import { coinbaseOf, WATCH } from "./switch.ts";

/** What hangs is found out too: no run of the tests takes that long. */
const MOST_SECONDS = 1200;

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
  const solidity = files[0] === SOLIDITY[0];
  return run(shadow, mutant, solidity ? ["solidity", "--no-compile"] : [...MOCHA, "--bail", ...files]);
}

/** Throws unless the files pass without any mutant. */
export async function requirePass(shadow: Shadow, files: readonly string[]): Promise<void> {
  const { passed, killer, file } = await runTests(shadow, 0, files);
  if (!passed) throw new Error(`${file ?? files.join(", ")} fails without any mutant: ${killer}`);
}

/** One file, while Hardhat collects what the contracts say they reached. */
export function watchTests(shadow: Shadow, file: string): Promise<TestRun> {
  return run(shadow, WATCH, [...MOCHA, "--coverage", file]);
}

function run(shadow: Shadow, mutant: number, command: readonly string[]): Promise<TestRun> {
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
    const late = setTimeout(() => child.kill("SIGKILL"), MOST_SECONDS * 1000);
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(late);
      const passed = code === 0;
      resolve({
        passed,
        killer: passed ? undefined : (/^\s*(?:1\)|✘) (.*)$/m.exec(output)?.[1] ?? output.trim().split("\n").at(-1)),
        file: passed ? undefined : (fileOf(output) ?? (command[0] === "solidity" ? SOLIDITY[0] : undefined)),
        seconds: (performance.now() - started) / 1000,
      });
    });
  });
}

/** The test file that the stack of the first failure goes through. */
function fileOf(output: string): string | undefined {
  const failures = output.slice(Math.max(0, output.search(/^\s*\d+ failing/m)));
  return /test\/(?:contracts|attacks)\/[\w./-]+\.test\.ts/.exec(failures)?.[0];
}
