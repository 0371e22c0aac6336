/** Results on disk, stored as they are found, so that a run can be stopped at any time and goes on where it was. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { ROOT } from "../instrument/shadow.ts";
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
  /** Digest of all that decides a result: with another one nothing here is a result any more. */
  readonly state: string;
  /** Digest of the contracts alone, and identities of mutants that do not compile with them. */
  readonly contracts: string;
  broken: string[];
  survey?: Survey;
  /** By the identity of the mutant. */
  readonly results: Record<string, Result>;
  /** Test files that killed a mutant in an earlier state; they are asked first. */
  readonly killers: Record<string, string>;
}

export function readKnown(): Known {
  const [state, contracts] = [digestOf(DECIDING), digestOf(["contracts"])];
  if (!existsSync(RESULTS)) return { state, contracts, broken: [], results: {}, killers: {} };
  const found = JSON.parse(readFileSync(RESULTS, "utf8")) as Known;
  if (found.state === state) return found;
  const killers = { ...found.killers };
  for (const [identity, { file }] of Object.entries(found.results)) if (file !== undefined) killers[identity] = file;
  return { state, contracts, broken: found.contracts === contracts ? found.broken : [], results: {}, killers };
}

export function writeKnown(known: Known): void {
  writeFileSync(`${RESULTS}.new`, JSON.stringify(known, undefined, 1));
  renameSync(`${RESULTS}.new`, RESULTS);
}

function digestOf(folders: readonly string[]): string {
  const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "-z", ...folders], { cwd: ROOT });
  const hash = createHash("sha256");
  for (const file of [...new Set(files.toString().split("\0"))].sort()) {
    if (!/\.(sol|ts|circom|json|wasm)$/.test(file) || !existsSync(path.join(ROOT, file))) continue;
    hash.update(`${file}\n`).update(readFileSync(path.join(ROOT, file)));
  }
  return hash.digest("hex");
}
