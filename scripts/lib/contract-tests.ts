/** The tests that run inside Hardhat, which brings the chain. */
import { globSync } from "node:fs";

const FOLDERS = ["test/contracts", "test/attacks"];

/** Their paths in the project at `root`, relative to it. */
export function contractTests(root: string): string[] {
  return FOLDERS.flatMap((folder) => globSync(`${folder}/**/*.test.ts`, { cwd: root })).sort();
}
