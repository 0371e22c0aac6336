/** A copy of the project with the chosen mutants compiled in; those that do not compile are dropped. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { makeShadow, ROOT, type Shadow } from "../instrument/shadow.ts";
import type { Mutation } from "./operators.ts";
import { identityOf } from "./select.ts";
import { coinbaseOf, SWITCH_FILE, SWITCH_SOURCE, withMutants } from "./switch.ts";

export interface Mutant {
  /** From 1; what the switch is asked for. */
  readonly id: number;
  readonly mutation: Mutation;
}

const NETWORK = "{ allowUnlimitedContractSize: true, coinbase: process.env.HOLDFAST_MUTANT }";
const SOLIDITY_TESTS = `test: {
    ...project.test,
    solidity: { ...project.test!.solidity, coinbase: process.env.HOLDFAST_MUTANT },
  },`;

/**
 * @param name Of the copy, below `build`.
 * @param broken Identities of those that are known not to compile.
 * @returns The copy, and the mutants in it.
 */
export function buildMutants(
  sources: Readonly<Record<string, string>>,
  chosen: readonly Mutation[],
  { name = "mutants", broken = new Set() }: { name?: string; broken?: ReadonlySet<string> } = {},
): { shadow: Shadow; mutants: Mutant[] } {
  const shadow = makeShadow(name, NETWORK, SOLIDITY_TESTS);
  writeFileSync(path.join(shadow.folder, SWITCH_FILE), SWITCH_SOURCE);
  let mutants = chosen
    .map((mutation, i) => ({ id: i + 1, mutation }))
    .filter(({ mutation }) => !broken.has(identityOf(mutation)));
  for (;;) {
    const byFile = Map.groupBy(mutants, ({ mutation }) => mutation.file);
    const placed = new Map<string, string>();
    for (const [file, source] of Object.entries(sources)) {
      const here = byFile.get(file) ?? [];
      const text = withMutants(
        file,
        source,
        here.map(({ mutation }) => mutation),
        here.map(({ id }) => id),
      );
      placed.set(file, text);
      writeFileSync(path.join(shadow.folder, file), text);
    }
    const { status, output } = compile(shadow, "--no-tests");
    if (status === 0) break;
    const found = brokenBy(output, placed, mutants);
    if (found.size === 0) throw new Error(`The mutants do not compile:\n${output}`);
    mutants = mutants.filter(({ id }) => !found.has(id));
  }
  return { shadow, mutants };
}

/** Compiles the Solidity tests of the copy, too. */
export function buildSolidityTests(shadow: Shadow): void {
  const { status, output } = compile(shadow);
  if (status !== 0) throw new Error(`The Solidity tests do not compile with the mutants:\n${output}`);
}

function compile(shadow: Shadow, ...options: readonly string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(path.join(ROOT, "node_modules/.bin/hardhat"), ["build", ...options], {
    cwd: shadow.folder,
    encoding: "utf8",
    env: { ...process.env, HOLDFAST_MUTANT: coinbaseOf(0) },
  });
  return { status, output: `${stdout}${stderr}` };
}

/** The mutants that the compiler's marks contain; all on the line if it marks none. */
function brokenBy(output: string, placed: ReadonlyMap<string, string>, mutants: readonly Mutant[]): Set<number> {
  const broken = new Set<number>();
  const errors = /Error: .*\n\s*--> (?:\.\/)?(\S+?):(\d+):(\d+):\n.*\n.*\n[ |]*(\^*)/g;
  for (const [, file, line, column, marks] of output.matchAll(errors)) {
    const text = placed.get(file!)?.split("\n")[Number(line) - 1] ?? "";
    const marked = idsIn(text.slice(Number(column) - 1, Number(column) - 1 + marks!.length));
    for (const id of marked.length > 0 ? marked : idsIn(text)) broken.add(id);
  }
  const known = new Set(mutants.map(({ id }) => id));
  return new Set([...broken].filter((id) => known.has(id)));
}

function idsIn(text: string): number[] {
  return [...text.matchAll(/MutantSwitch\.on\((\d+)\)/g)].map(([, id]) => Number(id));
}
