/**
 * Builds the WASM kernels of node/data/kernels from AssemblyScript: `node scripts/build-kernels.ts`. The bytes are in git,
 * so that nobody needs a compiler to run the node; test/node/kernels/build.test.ts rebuilds and compares them.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import asc from "assemblyscript/asc";
import { columnStartsSource } from "./kernels/column-starts.ts";
import { FMA_FORMAT, INTEGER_FORMAT, poseidonConstantsSource } from "./kernels/poseidon-constants.ts";

const KERNELS = fileURLToPath(new URL("../node/data/kernels", import.meta.url));
const SOURCES = join(KERNELS, "assembly");

interface Kernel {
  /** Entry `<name>.as.ts` in assembly/, output `<name>.wasm` in wasm/. */
  name: string;
  features: string[];
  /** Memory in 64 KiB pages; it never grows, so memory is bounded by construction. */
  pages: number;
}

export const KERNEL_BUILDS: readonly Kernel[] = [
  { name: "poseidon-fma", features: ["simd", "relaxed-simd"], pages: 8 },
  { name: "poseidon-integer", features: [], pages: 8 },
  { name: "reed-solomon", features: ["simd", "relaxed-simd"], pages: 6 },
];

/** Sources that exist only during a build: derived, long, and readable only as their derivation. */
const DERIVED: Readonly<Record<string, () => string>> = {
  "constants51.as.ts": () => poseidonConstantsSource(FMA_FORMAT) + columnStartsSource(),
  "constants29.as.ts": () => poseidonConstantsSource(INTEGER_FORMAT),
};

function readSource(name: string): string | null {
  const derived = DERIVED[name];
  if (derived) return derived();
  try {
    return readFileSync(join(SOURCES, name), "utf8");
  } catch {
    return null; // asc tries several names for an import
  }
}

/** Compiles one kernel in memory. Deterministic: same sources and same assemblyscript give the same bytes. */
export async function buildKernel(kernel: Kernel): Promise<Uint8Array> {
  let output: Uint8Array | undefined;
  const options = ["-O3", "--converge", "--runtime", "stub", "--noAssert", "--use", "abort="];
  const memory = ["--initialMemory", `${kernel.pages}`, "--maximumMemory", `${kernel.pages}`];
  const features = kernel.features.flatMap((feature) => ["--enable", feature]);
  const result = await asc.main([`${kernel.name}.as.ts`, "-o", "out.wasm", ...options, ...memory, ...features], {
    readFile: readSource,
    writeFile: (_name: string, contents: string | Uint8Array) => {
      if (typeof contents !== "string") output = contents;
    },
    listFiles: () => [],
  });
  if (result.error || !output) throw new Error(`${kernel.name} does not compile:\n${result.stderr.toString()}`);
  return output;
}

/** Where the committed bytes of a kernel are. */
export function kernelPath(kernel: Kernel): string {
  return join(KERNELS, "wasm", `${kernel.name}.wasm`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const kernel of KERNEL_BUILDS) {
    const bytes = await buildKernel(kernel);
    writeFileSync(kernelPath(kernel), bytes);
    console.log(`${kernel.name}.wasm  ${bytes.length} bytes`);
  }
}
