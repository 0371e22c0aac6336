// `npm run bench -- NAME [--json]`: one file per benchmark, each comparing within one run.

import { existsSync, readdirSync } from "node:fs";
import path from "node:path";

const FOLDER = path.join(import.meta.dirname, "bench");
/** Benchmarks are files named after themselves; helpers live in lib. */
const names = readdirSync(FOLDER)
  .filter((file) => file.endsWith(".ts"))
  .map((file) => file.slice(0, -3));

const name = process.argv[2];
if (name === undefined || name === "--help" || !existsSync(path.join(FOLDER, `${name}.ts`))) {
  console.error(
    `npm run bench -- NAME [--json]\n\nBenchmarks: ${names.join(", ")}\n\nExample: npm run bench -- ${names[0]}`,
  );
  process.exit(name === "--help" ? 0 : 1);
}
await import(`./bench/${name}.ts`);
