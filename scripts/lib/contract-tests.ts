/** The tests that run on Hardhat's in-process chain. */
import { readdirSync } from "node:fs";
import path from "node:path";

/** Paths of the contract tests in the project at `root`, relative to it. */
export function contractTests(root: string): string[] {
  return readdirSync(path.join(root, "test/contracts"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => path.join("test/contracts", name))
    .sort();
}
