/** What a run found, for the terminal and for docs/mutants.md. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { ROOT } from "../instrument/shadow.ts";
import type { Mutant } from "./build.ts";
import { kinds } from "./operators.ts";
import type { Result } from "./results.ts";
import { identityOf } from "./select.ts";

/** Of `survivors.json`: the identity of a mutant, and why no test can kill it. */
export interface Reason {
  readonly mutant: string;
  readonly reason: string;
}

export interface Report {
  readonly total: number;
  readonly killed: number;
  /** Those without a reason have none in the file. */
  readonly survivors: readonly { readonly mutant: string; readonly reason: string | undefined }[];
  /** Killed and total, by kind of mistake. */
  readonly byKind: Readonly<Record<string, readonly [number, number]>>;
  /** Reasons that nothing in the run needs. */
  readonly idle: readonly string[];
}

export function readReasons(): Reason[] {
  return JSON.parse(readFileSync(path.join(ROOT, "scripts/mutants/survivors.json"), "utf8")) as Reason[];
}

export function reportOf(
  mutants: readonly Mutant[],
  results: Readonly<Record<string, Result>>,
  reasons: readonly Reason[],
): Report {
  const isKilled = ({ mutation }: Mutant) => results[identityOf(mutation)]!.killed;
  const survivors = mutants.filter((mutant) => !isKilled(mutant)).map(({ mutation }) => identityOf(mutation));
  const count = (kind: string): [number, number] => {
    const all = mutants.filter(({ mutation }) => mutation.kind === kind);
    return [all.filter(isKilled).length, all.length];
  };
  return {
    total: mutants.length,
    killed: mutants.length - survivors.length,
    survivors: survivors.sort().map((mutant) => {
      return { mutant, reason: reasons.find((found) => found.mutant === mutant)?.reason };
    }),
    byKind: Object.fromEntries(kinds.map((kind) => [kind, count(kind)])),
    idle: reasons.map(({ mutant }) => mutant).filter((mutant) => !survivors.includes(mutant)),
  };
}

export function percentOf({ killed, total }: Pick<Report, "killed" | "total">): string {
  return `${((100 * killed) / total).toFixed(1)} %`;
}

/**
 * The page that git keeps.
 * @param offered Mistakes that the sources offer.
 * @param drawn Those that were chosen; some may not compile.
 */
export function pageOf(report: Report, offered: number, drawn: number, seed: string): string {
  const { total, killed, survivors, byKind } = report;
  return `# Mutants

Written by \`npm run test:mutants -- --write\`. Small mistakes were put into the contracts that move money or judge proofs, one at a
time, and the tests of the contracts had to fail. Of ${offered} mistakes that the sources offer, ${drawn} were drawn with the seed
"${seed}", in turns over kinds and files; ${total} of them compile. What \`scripts/mutants/survivors.json\` lists counts as surviving
without being tried, unless the command says \`--listed\`.

**${killed} of ${total} were killed: ${percentOf(report)}.**

| kind | killed | of |
|---|---|---|
${Object.entries(byKind)
  .map(([kind, [dead, all]]) => `| ${kind} | ${dead} | ${all} |`)
  .join("\n")}

## What survived

${survivors.map(({ mutant, reason }) => `- \`${mutant}\`\n  ${reason}`).join("\n")}
`;
}
