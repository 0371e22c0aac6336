// How soon the stateful fuzz (test/contracts/model) finds mistakes that are put into the contracts one at a time, with
// nothing else running: prints a table.

import { spawn } from "node:child_process";
import path from "node:path";
import { type Bug, bugs } from "./fuzz-bugs/bugs.ts";
import { lineAt } from "./instrument/edit.ts";
import { ROOT, readSources } from "./instrument/shadow.ts";
import { positive, readCommandLine } from "./lib/command-line.ts";
import { buildMutants, type Mutant } from "./mutants/build.ts";
import type { Mutation } from "./mutants/operators.ts";
import { coinbaseOf } from "./mutants/switch.ts";

const FUZZ = "test/contracts/model/fuzz.test.ts";

const USAGE = `npm run fuzz:bugs [-- options]

  --steps 20000      at most so many for each mistake
  --seed holdfast    of the fuzz
  --only PART        mistakes whose name contains this

Example: npm run fuzz:bugs -- --only permit`;

const { values } = readCommandLine(USAGE, {
  steps: { type: "string", default: "20000" },
  seed: { type: "string", default: "holdfast" },
  only: { type: "string", default: "" },
});
const steps = positive("steps", values.steps);

interface Found {
  readonly steps: number;
  /** What is left of the failing sequence once every step that it does not need is gone. */
  readonly shrunk: number;
  /** What differs after the last of those. */
  readonly difference: string;
}

const sources = readSources();
const chosen = bugs.filter(({ name }) => name.includes(values.only));
const { shadow, mutants } = buildMutants(sources, chosen.map(mutationOf), { name: "fuzz-bugs" });
if (mutants.length < chosen.length) throw new Error("Some of scripts/fuzz-bugs/bugs.ts do not compile: mend them.");

const clean = await runFuzz(0);
if (clean !== undefined) throw new Error(`The fuzz fails without any mistake in the contracts: ${clean.difference}`);
console.error(`nothing found in ${steps} steps without a mistake`);
console.log(`| mistake | steps until found | shrunk to | after which |\n| --- | ---: | ---: | --- |`);
for (const [i, { name }] of chosen.entries()) {
  const found = await runFuzz(mutants[i]!.id);
  const cells = found === undefined ? ["not found", "-", "-"] : [found.steps, found.shrunk, found.difference];
  console.log(`| ${[name, ...cells].join(" | ")} |`);
}

function mutationOf({ name, file, original, mutated }: Bug): Mutation {
  const source = sources[file];
  const at = source?.indexOf(original) ?? -1;
  if (source === undefined || at < 0 || source.includes(original, at + 1))
    throw new Error(`"${original}" does not stand exactly once in ${file}: mend scripts/fuzz-bugs/bugs.ts.`);
  const from = Buffer.byteLength(source.slice(0, at));
  const to = from + Buffer.byteLength(original);
  return {
    ...{ kind: "operator", file, line: lineAt(source, from), within: name, original, mutated, nth: 1 },
    wrap: (on) => ({ from, to, before: `(${on} ? (${mutated}) : (`, after: "))" }),
  };
}

/** Undefined if all steps went through. */
function runFuzz(mutant: Mutant["id"]): Promise<Found | undefined> {
  const hardhat = path.join(ROOT, "node_modules/.bin/hardhat");
  return new Promise((resolve, reject) => {
    const child = spawn(hardhat, ["test", "mocha", "--no-compile", FUZZ], {
      cwd: shadow.folder,
      env: {
        ...process.env,
        ...{ HOLDFAST_MUTANT: coinbaseOf(mutant), FUZZ_STEPS: String(steps), FUZZ_SEED: values.seed, FORCE_COLOR: "0" },
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) return resolve(undefined);
      const difference = /Error: step \d+ \(\w+:\d+\): (.*)/.exec(output)?.[1];
      const found = /found after (\d+) steps, shrunk to (\d+)/.exec(output);
      if (difference === undefined || found === null) return reject(new Error(`The fuzz did not run:\n${output}`));
      resolve({ steps: Number(found[1]), shrunk: Number(found[2]), difference: shortened(difference) });
    });
  });
}

/** Addresses and roots fill a table without saying anything. */
function shortened(text: string): string {
  return text.replace(/(0x[0-9a-f]{6})[0-9a-f]{20,}/gi, "$1..");
}
