/** Results on disk, stored as they are found, so that a run can be stopped at any time and goes on where it was. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { ROOT } from "../instrument/shadow.ts";
import { contractTests } from "../lib/contract-tests.ts";
import { SOLIDITY } from "./run.ts";
import type { Survey } from "./survey.ts";

/** What decides whether a mutant is killed: contracts, tests, and what the tests compare with. */
const DECIDING = [
  "contracts",
  "test/contracts",
  "test/attacks",
  "test/invariants",
  "test/solidity",
  "node",
  "circuits",
];
const RESULTS = path.join(ROOT, "build/mutants-results.json");

export interface Result {
  readonly killed: boolean;
  /** Title of the test that failed, and its file. */
  readonly by?: string | undefined;
  readonly file?: string | undefined;
}

export interface Known {
  /** Digest of all that decides a result but the test files, which have their own. */
  readonly basis: string;
  readonly digests: Readonly<Record<string, string>>;
  /** Identities of mutants that do not compile. */
  broken: string[];
  survey?: Survey | undefined;
  /** By the identity of the mutant. */
  readonly results: Record<string, Result>;
  /** Test files that killed a mutant when something else was different; they are asked first. */
  readonly killers: Record<string, string>;
}

/** What is on disk, as far as it is still true: the same contracts, and the test file that said it. */
export function readKnown(): Known {
  const [basis, digests] = [digestOf(DECIDING, isNoTest), digestsOfTests()];
  if (!existsSync(RESULTS)) return { basis, digests, broken: [], results: {}, killers: {} };
  const found = JSON.parse(readFileSync(RESULTS, "utf8")) as Known;
  const killers = { ...found.killers };
  for (const [identity, { file }] of Object.entries(found.results)) if (file !== undefined) killers[identity] = file;
  if (found.basis !== basis) return { basis, digests, broken: [], results: {}, killers };
  const isSame = (file: string) => found.digests[file] === digests[file];
  const allSame = Object.keys({ ...digests, ...found.digests }).every(isSame);
  const results = Object.entries(found.results).filter(
    ([, { file }]) => allSame || (file !== undefined && isSame(file)),
  );
  const survey = found.survey && surveyOf(found.survey, isSame);
  return { basis, digests, broken: found.broken, survey, results: Object.fromEntries(results), killers };
}

export function writeKnown(known: Known): void {
  writeFileSync(`${RESULTS}.new`, JSON.stringify(known, undefined, 1));
  renameSync(`${RESULTS}.new`, RESULTS);
}

/** The part of a survey that is about some files. */
function surveyOf({ seconds, reachedBy }: Survey, isKept: (file: string) => boolean): Survey {
  return {
    seconds: Object.fromEntries(Object.entries(seconds).filter(([file]) => isKept(file))),
    reachedBy: Object.fromEntries(Object.entries(reachedBy).map(([mutant, files]) => [mutant, files.filter(isKept)])),
  };
}

function digestsOfTests(): Record<string, string> {
  return Object.fromEntries([...contractTests(ROOT), ...SOLIDITY].map((file) => [file, digestOf([file], () => true)]));
}

function isNoTest(file: string): boolean {
  return !file.endsWith(".test.ts") && !file.startsWith(`${SOLIDITY[0]}/`);
}

function digestOf(folders: readonly string[], counts: (file: string) => boolean): string {
  const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "-z", ...folders], { cwd: ROOT });
  const hash = createHash("sha256");
  for (const file of [...new Set(files.toString().split("\0"))].sort()) {
    if (!/\.(sol|ts|circom|json|wasm)$/.test(file) || !counts(file) || !existsSync(path.join(ROOT, file))) continue;
    hash.update(`${file}\n`).update(readFileSync(path.join(ROOT, file)));
  }
  return hash.digest("hex");
}
