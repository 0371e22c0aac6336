/** Decides whether a built circuit is the one that the sources describe. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import type { Circuit, Profile } from "./circuits-file.ts";

/** Written last into build/circuits/<profile>/, as manifest.json. */
export type Manifest = Profile & {
  readonly profile: string;
  /** What the files are called. */
  readonly circuit: string;
  /** True for keys of scripts/dev-setup.ts: whoever made one can forge proofs. */
  readonly development: boolean;
  readonly digestTag: string;
  readonly publicSignals: readonly ["c", "v", "r"];
  readonly constraints: number;
  readonly wires: number;
  readonly domain: number;
  readonly tools: Readonly<Record<string, string>>;
  /** Hash of everything that the files depend on, except the randomness of the key. */
  readonly key: string;
  readonly files: Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>;
};

const FILES = ["r1cs", "wasm", "zkey"];

/** The files of a built circuit but for its manifest. */
export function outputsOf(circuit: string): string[] {
  return [...FILES.map((ending) => `${circuit}.${ending}`), "verification_key.json"];
}

const TOOLS = ["circom2", "circomlib", "ffjavascript", "snarkjs"];
/** The programs that make the outputs: a change in one of them makes the outputs stale too. */
const MAKERS = [
  "scripts/build-circuits.ts",
  "scripts/dev-setup.ts",
  "scripts/lib/circom.ts",
  "scripts/lib/circuit-cache.ts",
  "scripts/lib/fixed-base-pool.ts",
  "scripts/lib/fixed-base-worker.ts",
  "scripts/lib/fixed-base.ts",
  "scripts/lib/qap.ts",
  "scripts/lib/r1cs.ts",
  "scripts/lib/scalar-field.ts",
  "scripts/lib/zkey.ts",
];

export function toolVersions(root: string): Record<string, string> {
  const version = (name: string): string =>
    JSON.parse(readFileSync(path.join(root, "node_modules", name, "package.json"), "utf8")).version;
  return Object.fromEntries(TOOLS.map((name) => [name, version(name)]));
}

export function cacheKey(root: string, circuit: Circuit, profile: Profile): string {
  const { source, template, public: signals, digestTag } = circuit;
  const hash = createHash("sha256");
  hash.update(JSON.stringify([source, template, signals, digestTag, profile.K, profile.D, toolVersions(root)]));
  const circom = readdirSync(path.join(root, "circuits"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".circom"))
    .map((name) => path.join("circuits", name));
  for (const name of [...circom, ...MAKERS].sort()) {
    const content = readFileSync(path.join(root, name));
    hash.update(`\n${name} ${content.length}\n`).update(content);
  }
  return hash.digest("hex");
}

/** The manifest of a folder whose files are all there, or undefined. */
export function readManifest(folder: string): Manifest | undefined {
  try {
    const manifest: Manifest = JSON.parse(readFileSync(path.join(folder, "manifest.json"), "utf8"));
    const whole = outputsOf(manifest.circuit).every(
      (name) => statSync(path.join(folder, name)).size === manifest.files[name]?.bytes,
    );
    return whole ? manifest : undefined;
  } catch {
    return undefined; // absent or unreadable: both mean that it has to be built
  }
}

export function describeFiles(folder: string, circuit: string): Manifest["files"] {
  return Object.fromEntries(
    outputsOf(circuit).map((name) => {
      const content = readFileSync(path.join(folder, name));
      return [name, { bytes: content.length, sha256: createHash("sha256").update(content).digest("hex") }];
    }),
  );
}
