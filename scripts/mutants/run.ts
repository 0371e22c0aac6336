/** Runs the tests against one mutant after the other. */
import { spawn } from "node:child_process";
import path from "node:path";
import { ROOT, type Shadow } from "../instrument/shadow.ts";
import { coinbaseOf } from "./switch.ts";

/** What hangs is found out too: no test file of the contracts takes that long. */
const MOST_SECONDS = 900;

export interface TestRun {
  readonly passed: boolean;
  /** Title of the first test that failed. */
  readonly killer: string | undefined;
  readonly seconds: number;
}

/** The files in this order, up to the first failure. Mutant 0 is the project as it is. */
export function runTests(shadow: Shadow, mutant: number, files: readonly string[]): Promise<TestRun> {
  const started = performance.now();
  const hardhat = path.join(ROOT, "node_modules/.bin/hardhat");
  return new Promise((resolve, reject) => {
    const child = spawn(hardhat, ["test", "mocha", "--no-compile", "--bail", ...files], {
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
      resolve({
        passed: code === 0,
        killer: code === 0 ? undefined : (/^\s+1\) (.*)$/m.exec(output)?.[1] ?? output.trim().split("\n").at(-1)),
        seconds: (performance.now() - started) / 1000,
      });
    });
  });
}
