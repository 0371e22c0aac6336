// Mutation tests of the money and proof code: small mistakes are put into the contracts one at a time, and the contract
// tests have to notice.
//
//   npm run test:mutants                              220 mutants of the default seed, two at a time
//   npm run test:mutants -- --count 300 --seed other
//   npm run test:mutants -- --only libraries/Lanes    mutants of the files whose path contains this
//
// Interrupted runs go on where they were: results are kept in build/mutants-results.json until contracts or tests change.

import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { ROOT, readSources } from "./instrument/shadow.ts";
import { parseSources } from "./instrument/syntax.ts";
import { contractTests } from "./lib/contract-tests.ts";
import { buildMutants, type Mutant } from "./mutants/build.ts";
import { mutationsOf } from "./mutants/operators.ts";
import { runTests } from "./mutants/run.ts";
import { identityOf, selectMutations } from "./mutants/select.ts";
import { testOrder } from "./mutants/test-order.ts";

/** Code that moves money or judges proofs; not types, interfaces, mocks or the token of local chains. */
const TARGETS = /^contracts\/(?!mocks|interfaces|types|HoldfastToken)/;
const LEAST_KILLED = 0.9;
const RESULTS = path.join(ROOT, "build/mutants-results.json");
const SURVIVORS = path.join(ROOT, "scripts/mutants/survivors.json");

type Result = { readonly killed: boolean; readonly by: string | undefined };
type Known = { state: string; results: Record<string, Result> };
type Reason = { readonly mutant: string; readonly reason: string };

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "220" },
    seed: { type: "string", default: "holdfast" },
    only: { type: "string", default: "" },
  },
});

const sources = readSources();
const trees = parseSources(sources);
const targets = Object.keys(sources).filter((file) => TARGETS.test(file) && file.includes(values.only));
const all = targets.flatMap((file) => mutationsOf(file, sources[file]!, trees.get(file)!));
const chosen = selectMutations(all, Number(values.count), values.seed);
console.log(`${all.length} mutations in ${targets.length} files; compiling ${chosen.length} (seed "${values.seed}")`);
const { shadow, mutants } = buildMutants(sources, chosen);
if (mutants.length < chosen.length) console.log(`${chosen.length - mutants.length} do not compile and do not count`);

// Gas figures differ in a contract that asks at every turn which mutant it is.
const tests = contractTests(shadow.folder).filter((file) => !/gas\.test\.ts$/.test(file));
const state = stateOf([...Object.keys(sources), ...tests]);
const known = readKnown(state);
if (Object.keys(known.results).length === 0) {
  const clean = await runTests(shadow, 0, tests);
  if (!clean.passed) throw new Error(`The tests fail without any mutant: ${clean.killer}`);
  console.log(`the tests pass without a mutant in ${Math.round(clean.seconds)} s`);
}
const queue = mutants.filter(({ mutation }) => known.results[identityOf(mutation)] === undefined);
let done = mutants.length - queue.length;
await Promise.all(Array.from({ length: Math.min(availableParallelism(), 8) }, worker));
judge();

async function worker(): Promise<void> {
  for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
    const result = await meet(mutant);
    known.results[identityOf(mutant.mutation)] = result;
    writeFileSync(RESULTS, JSON.stringify(known, undefined, 1));
    const { file, line, kind, original, mutated } = mutant.mutation;
    console.log(
      `${++done}/${mutants.length} ${result.killed ? "killed  " : "SURVIVED"} ${file}:${line} ${kind}: ${original} -> ${mutated}`,
    );
  }
}

async function meet({ id, mutation }: Mutant): Promise<Result> {
  const { near, rest } = testOrder(mutation.file, tests);
  for (const files of [near, rest]) {
    if (files.length === 0) continue;
    const { passed, killer } = await runTests(shadow, id, files);
    if (!passed) return { killed: true, by: killer };
  }
  return { killed: false, by: undefined };
}

function judge(): void {
  const reasons = JSON.parse(readFileSync(SURVIVORS, "utf8")) as Reason[];
  const survivors = mutants.filter(({ mutation }) => !known.results[identityOf(mutation)]!.killed);
  const share = 1 - survivors.length / mutants.length;
  console.log(
    `\n${mutants.length - survivors.length} of ${mutants.length} mutants killed (${(100 * share).toFixed(1)} %)`,
  );
  const unexplained = survivors.filter(
    ({ mutation }) => !reasons.some(({ mutant }) => mutant === identityOf(mutation)),
  );
  for (const { mutation } of survivors) {
    const found = reasons.find(({ mutant }) => mutant === identityOf(mutation));
    console.log(`survived: ${identityOf(mutation)}\n          ${found?.reason ?? "NO REASON GIVEN"}`);
  }
  if (share < LEAST_KILLED || unexplained.length > 0) process.exitCode = 1;
}

/** Of everything that decides a result. */
function stateOf(files: readonly string[]): string {
  const hash = createHash("sha256");
  for (const file of files) hash.update(`${file}\n`).update(readFileSync(path.join(ROOT, file)));
  return hash.digest("hex");
}

function readKnown(state: string): Known {
  if (!existsSync(RESULTS)) return { state, results: {} };
  const found = JSON.parse(readFileSync(RESULTS, "utf8")) as Known;
  return found.state === state ? found : { state, results: {} };
}
