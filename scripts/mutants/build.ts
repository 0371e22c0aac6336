/** A copy of the project with the chosen mutants compiled in; those that do not compile are dropped. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { makeShadow, ROOT, type Shadow } from "../instrument/shadow.ts";
import type { Mutation } from "./operators.ts";
import { SWITCH_FILE, SWITCH_SOURCE, withMutants } from "./switch.ts";

export interface Mutant {
  /** From 1; what the switch is asked for. */
  readonly id: number;
  readonly mutation: Mutation;
}

const NETWORK = "{ allowUnlimitedContractSize: true, coinbase: process.env.HOLDFAST_MUTANT }";

/**
 * @param name Of the copy, below `build`.
 * @returns The copy, and the mutants in it.
 */
export function buildMutants(
  sources: Readonly<Record<string, string>>,
  chosen: readonly Mutation[],
  name = "mutants",
): { shadow: Shadow; mutants: Mutant[] } {
  const shadow = makeShadow(name, NETWORK);
  writeFileSync(path.join(shadow.folder, SWITCH_FILE), SWITCH_SOURCE);
  let mutants = chosen.map((mutation, i) => ({ id: i + 1, mutation }));
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
    const hardhat = path.join(ROOT, "node_modules/.bin/hardhat");
    const build = spawnSync(hardhat, ["build", "--no-tests"], {
      cwd: shadow.folder,
      encoding: "utf8",
      env: { ...process.env, HOLDFAST_MUTANT: `0x${"11".repeat(20)}` },
    });
    if (build.status === 0) return { shadow, mutants };
    const broken = brokenBy(`${build.stdout}${build.stderr}`, placed, mutants);
    if (broken.size === 0) throw new Error(`The mutants do not compile:\n${build.stdout}${build.stderr}`);
    mutants = mutants.filter(({ id }) => !broken.has(id));
  }
}

/** The mutants on the lines that the compiler complains about. */
function brokenBy(output: string, placed: ReadonlyMap<string, string>, mutants: readonly Mutant[]): Set<number> {
  const broken = new Set<number>();
  for (const [, file, line] of output.matchAll(/--> (\S+?):(\d+):\d+/g)) {
    const text = placed.get(file!)?.split("\n")[Number(line) - 1];
    for (const [, id] of (text ?? "").matchAll(/MutantSwitch\.on\((\d+)\)/g)) broken.add(Number(id));
  }
  const known = new Set(mutants.map(({ id }) => id));
  return new Set([...broken].filter((id) => known.has(id)));
}
