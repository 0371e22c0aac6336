// Mutation tests of the money and proof code: small mistakes are put into the contracts one at a time, and the contract
// tests have to notice.
//
// Every test file runs alone once and tells which mutants it comes to; then each mutant meets those files only, and the Solidity
// tests last, or first where a library is wrong. Results are kept in build/mutants-results.json as they are found: the same
// command goes on where it was stopped. A mutant stays killed while contracts, what tests share and the file that killed it are
// the same; else that file is asked first.

import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";
import { ROOT, readSources } from "./instrument/shadow.ts";
import { parseSources } from "./instrument/syntax.ts";
import { positive, readCommandLine } from "./lib/command-line.ts";
import { contractTests } from "./lib/contract-tests.ts";
import { buildMutants, buildSolidityTests, type Mutant } from "./mutants/build.ts";
import { checksOf, mutationsOf } from "./mutants/operators.ts";
import { pageOf, percentOf, readReasons, reportOf } from "./mutants/report.ts";
import { type Result, readKnown, writeKnown } from "./mutants/results.ts";
import { requirePass, runTests, SOLIDITY } from "./mutants/run.ts";
import { identityOf, selectMutations } from "./mutants/select.ts";
import { survey } from "./mutants/survey.ts";
import { testOrder } from "./mutants/test-order.ts";

/** Code that moves money or judges proofs; not types, interfaces, mocks or the token of local chains. */
const TARGETS = /^contracts\/(?!mocks|interfaces|types|HoldfastToken)/;
const LEAST_KILLED = 0.9;

const USAGE = `npm run test:mutants [-- options]

  --count 240             mutants to try
  --seed holdfast         which of all there are
  --only PART             those of files whose path contains this
  --workers N             mutants at a time; as many as there are processors, up to 8, unless told
  --listed                try those of survivors.json too, which count as survivors untried
  --write                 keep what was found in docs/mutants.md

Example: npm run test:mutants -- --only libraries/Lanes`;

const { values } = readCommandLine(USAGE, {
  count: { type: "string", default: "240" },
  seed: { type: "string", default: "holdfast" },
  only: { type: "string", default: "" },
  write: { type: "boolean", default: false },
  listed: { type: "boolean", default: false },
  workers: { type: "string", default: String(Math.min(availableParallelism(), 8)) },
});
const count = positive("count", values.count);
const workers = positive("workers", values.workers);

const known = readKnown();
const sources = readSources();
const trees = parseSources(sources);
const targets = Object.keys(sources).filter((file) => TARGETS.test(file) && file.includes(values.only));
const checks = checksOf(trees.values());
const all = targets.flatMap((file) => mutationsOf(file, sources[file]!, trees.get(file)!, checks));
const chosen = selectMutations(all, count, values.seed);
console.log(`${all.length} mutations in ${targets.length} files; compiling ${chosen.length} (seed "${values.seed}")`);
const { shadow, mutants } = buildMutants(sources, chosen, { broken: new Set(known.broken) });
known.broken = chosen
  .map(identityOf)
  .filter((identity) => !mutants.some(({ mutation }) => identityOf(mutation) === identity));
buildSolidityTests(shadow);
if (mutants.length < chosen.length) console.log(`${chosen.length - mutants.length} do not compile and do not count`);

const tests = contractTests(shadow.folder).filter((file) => !/gas\.test\.ts$/.test(file));
let done = 0;
const reasons = readReasons().filter(({ mutant }) => targets.some((file) => mutant.startsWith(`${file} `)));
for (const mutant of mutants) {
  const identity = identityOf(mutant.mutation);
  if (!values.listed && reasons.some((reason) => reason.mutant === identity))
    known.results[identity] ??= { killed: false };
}
await askKillers();
await askAll();
judge();

function open(): Mutant[] {
  const left = mutants.filter(({ mutation }) => known.results[identityOf(mutation)] === undefined);
  done = mutants.length - left.length;
  return left;
}

/** What an earlier state's tests killed dies by the same file again, mostly. */
async function askKillers(): Promise<void> {
  const killerOf = ({ mutation }: Mutant) => known.killers[identityOf(mutation)]!;
  const queue = open().filter((mutant) => [...tests, ...SOLIDITY].includes(killerOf(mutant)));
  if (queue.length === 0) return;
  const files = [...new Set(queue.map(killerOf))];
  for (const file of files) await requirePass(shadow, [file]);
  console.log(`${files.length} files pass without a mutant, and killed ${queue.length} mutants before`);
  await inTurns(queue, async (mutant) => {
    const { passed, killer, file } = await runTests(shadow, mutant.id, [killerOf(mutant)]);
    return passed ? undefined : { killed: true, by: killer, file };
  });
}

async function askAll(): Promise<void> {
  const queue = open();
  if (queue.length === 0) return;
  await requirePass(shadow, SOLIDITY);
  const surveyed = await survey(shadow, mutants, tests, known.survey, (found) => {
    known.survey = found;
    writeKnown(known);
  });
  await inTurns(queue, async (mutant) => {
    for (const batch of testOrder(mutant, surveyed)) {
      const { passed, killer, file } = await runTests(shadow, mutant.id, batch);
      if (!passed) return { killed: true, by: killer, file };
    }
    return { killed: false };
  });
}

/** Asks for every mutant, some side by side, and keeps each answer at once; undefined is none. */
async function inTurns(queue: Mutant[], ask: (mutant: Mutant) => Promise<Result | undefined>): Promise<void> {
  const worker = async () => {
    for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
      const started = performance.now();
      const result = await ask(mutant);
      if (result === undefined) continue;
      const identity = identityOf(mutant.mutation);
      known.results[identity] = result;
      writeKnown(known);
      const seconds = Math.round((performance.now() - started) / 1000);
      const by = result.killed ? `, by ${result.file}: ${result.by}` : "";
      const state = result.killed ? "killed  " : "SURVIVED";
      console.log(`${++done}/${mutants.length} ${state} line ${mutant.mutation.line}: ${identity} (${seconds} s${by})`);
    }
  };
  await Promise.all(Array.from({ length: workers }, worker));
}

function judge(): void {
  const report = reportOf(mutants, known.results, reasons);
  for (const { mutant, reason } of report.survivors) {
    console.log(`survived: ${mutant}\n          ${reason ?? "NO REASON GIVEN"}`);
  }
  for (const mutant of report.idle) console.log(`not a survivor of this run, though listed: ${mutant}`);
  console.log(`\n${report.killed} of ${report.total} mutants killed (${percentOf(report)})`);
  const explained = report.survivors.every(({ reason }) => reason !== undefined);
  if (report.killed < LEAST_KILLED * report.total || !explained) process.exitCode = 1;
  else if (values.write)
    writeFileSync(path.join(ROOT, "docs/mutants.md"), pageOf(report, all.length, chosen.length, values.seed));
}
