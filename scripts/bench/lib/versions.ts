// What was measured: the pinned versions that a comparison depends on, and the machine.

import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import path from "node:path";

const ROOT = path.resolve(import.meta.dirname, "../../..");

const COMPARED = [
  "libp2p",
  "@libp2p/noise",
  "@libp2p/tcp",
  "@libp2p/yamux",
  "@subspace/reed-solomon-erasure.wasm",
  "cborg",
];

/** By package name as installed; throws when one is not the version that package.json pins. */
export function pinnedVersions(): Record<string, string> {
  const { dependencies, devDependencies } = packageAt(ROOT);
  const wanted: Record<string, string> = { ...dependencies, ...devDependencies };
  const versions = COMPARED.map((name) => {
    const found = packageAt(path.join(ROOT, "node_modules", name)).version;
    if (found !== wanted[name]) throw new Error(`${name} ${found} is installed, package.json pins ${wanted[name]}`);
    return [name, found];
  });
  return { node: process.version, cpu: cpus()[0]!.model, ...Object.fromEntries(versions) };
}

function packageAt(folder: string) {
  return JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8")) as {
    readonly version: string;
    readonly dependencies?: Record<string, string>;
    readonly devDependencies?: Record<string, string>;
  };
}
