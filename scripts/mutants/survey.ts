/** Which test files come to which mutant, and how long each file takes. */
import { rmSync } from "node:fs";
import { dataFolder, readHits } from "../instrument/hits.ts";
import type { Shadow } from "../instrument/shadow.ts";
import type { Mutant } from "./build.ts";
import { requirePass, watchTests } from "./run.ts";
import { identityOf } from "./select.ts";

export interface Survey {
  /** By test file. */
  readonly seconds: Record<string, number>;
  /** Test files, by the identity of the mutant. */
  readonly reachedBy: Record<string, string[]>;
}

/**
 * Runs every file alone, without a mutant; throws if one fails.
 * @param begun What an interrupted survey of the same mutants found.
 * @param save Called after every file.
 */
export async function survey(
  shadow: Shadow,
  mutants: readonly Mutant[],
  tests: readonly string[],
  begun: Survey | undefined,
  save: (found: Survey) => void,
): Promise<Survey> {
  const identities = new Map(mutants.map(({ id, mutation }) => [id, identityOf(mutation)]));
  const covers = begun !== undefined && [...identities.values()].every((identity) => begun.reachedBy[identity]);
  const found: Survey = covers
    ? begun
    : { seconds: {}, reachedBy: Object.fromEntries([...identities.values()].map((identity) => [identity, []])) };
  for (const [i, file] of tests.entries()) {
    if (found.seconds[file] !== undefined) continue;
    rmSync(dataFolder(shadow.folder), { recursive: true, force: true });
    const { passed, seconds } = await watchTests(shadow, file);
    // Watching costs gas, which a test may mind.
    if (!passed) await requirePass(shadow, [file]);
    found.seconds[file] = seconds;
    const reached = readHits(shadow.folder);
    for (const [id, identity] of identities) if (reached.has(id)) found.reachedBy[identity]!.push(file);
    save(found);
    console.log(`${i + 1}/${tests.length} ${file}: ${seconds.toFixed(1)} s, ${reached.size} mutants reached`);
  }
  return found;
}
