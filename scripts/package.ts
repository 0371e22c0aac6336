// `npm run package`: fills dist/ with what is published. Node runs no TypeScript below node_modules, so that is JavaScript with
// declarations, in the folders that the sources have, beside the few files that are read at run time.

import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import path from "node:path";
import { readCommandLine } from "./lib/command-line.ts";

const ROOT = path.resolve(import.meta.dirname, "..");
const USAGE = `npm run package [-- FOLDER]

Fills FOLDER, dist/ unless told, with what is published, and its tarball. Then, elsewhere: npm install FOLDER/holdfast-VERSION.tgz

Example: npm run package -- /tmp/holdfast`;

const { positionals } = readCommandLine(USAGE, {}, 1);
const OUT = path.resolve(positionals[0] ?? path.join(ROOT, "dist"));
const CLI = "node/application/cli/main.js";

type Manifest = Record<"name" | "version" | "description" | "license", string> & {
  readonly dependencies: Readonly<Record<string, string>>;
};

rmSync(OUT, { recursive: true, force: true });
run("tsc", "-p", "tsconfig.package.json", "--outDir", OUT);
for (const file of globSync("node/**/*.wasm", { cwd: ROOT })) cpSync(path.join(ROOT, file), path.join(OUT, file));
const documents = { LICENSE: "LICENSE", "docs/client.md": "README.md", "docs/errors.md": "errors.md" };
for (const [from, to] of Object.entries(documents)) cpSync(path.join(ROOT, from), path.join(OUT, to));
chmodSync(path.join(OUT, CLI), 0o755);
const { name, version, description, license, dependencies } = JSON.parse(
  readFileSync(path.join(ROOT, "package.json"), "utf8"),
) as Manifest;
const manifest = {
  ...{ name, version, description, license, type: "module" },
  exports: {
    ".": { types: "./node/application/sdk.d.ts", import: "./node/application/sdk.js" },
    "./package.json": "./package.json",
  },
  bin: { holdfast: CLI },
  files: ["node", "circuits", "errors.md"],
  engines: { node: ">=24" },
  dependencies: Object.fromEntries(importedPackages().map((dependency) => [dependency, versionOf(dependency)])),
};
writeFileSync(path.join(OUT, "package.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
run("npm", "pack", OUT, "--pack-destination", OUT, "--silent");

function run(command: string, ...args: string[]): void {
  const { status, error } = spawnSync(command, args, { cwd: ROOT, stdio: "inherit" });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

/** What the emitted files import, for running or for their types alone: nothing else is installed with them. */
function importedPackages(): string[] {
  const found = new Set<string>();
  for (const file of globSync("{node,circuits}/**/*.{js,d.ts}", { cwd: OUT })) {
    const source = readFileSync(path.join(OUT, file), "utf8").replaceAll(/^\s*(?:\/\/|\/?\*).*$/gm, "");
    for (const [, specifier] of source.matchAll(
      /(?:^(?:import|export)\b[^;"]*?\bfrom\s*|^import\s*|\bimport\s*\(\s*)"([^."][^"]*)"/gm,
    )) {
      const [scope, second] = specifier!.split("/");
      if (!isBuiltin(specifier!)) found.add(scope!.startsWith("@") ? `${scope}/${second}` : scope!);
    }
  }
  return [...found].sort();
}

/** As pinned here: other versions were never tested together. */
function versionOf(dependency: string): string {
  const pinned = dependencies[dependency];
  if (pinned === undefined) throw new Error(`package.json has no dependency ${dependency}, which node/ imports.`);
  return pinned;
}
