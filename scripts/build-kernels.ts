/**
 * Builds the WASM kernels of node/data/kernels and node/consensus/prover/groth16 from AssemblyScript: `node scripts/build-kernels.ts`. The bytes are in git,
 * so that nobody needs a compiler to run the node; test/node/kernels/build.test.ts rebuilds and compares them.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import asc from "assemblyscript/asc";
import { columnStartsSource } from "./kernels/column-starts.ts";
import { COORDINATE_ORDER, groth16ConstantsSource, SCALAR_ORDER } from "./kernels/groth16-constants.ts";
import { FMA_FORMAT, INTEGER_FORMAT, poseidonConstantsSource } from "./kernels/poseidon-constants.ts";

const KERNELS = fileURLToPath(new URL("../node/data/kernels", import.meta.url));
const PROVER = fileURLToPath(new URL("../node/consensus/prover/groth16", import.meta.url));
/** Names are looked up in all of them: the prover's kernels multiply as the Poseidon kernel does. */
const SOURCES = [KERNELS, PROVER].map((folder) => join(folder, "assembly"));

export interface Kernel {
  /** Entry `<name>.as.ts` in assembly/, output `<name>.wasm` in wasm/. */
  name: string;
  features: string[];
  /** Where both are; default node/data/kernels. */
  folder?: string;
  /** Memory in 64 KiB pages; it never grows, so memory is bounded by construction. */
  pages?: number;
  /** Instead: first byte of static data in a memory that the caller brings, shared by threads and other kernels. */
  sharedFrom?: number;
}

export const KERNEL_BUILDS: readonly Kernel[] = [
  { name: "poseidon-fma", features: ["simd", "relaxed-simd"], pages: 8 },
  { name: "poseidon-integer", features: [], pages: 8 },
  { name: "reed-solomon", features: ["simd", "relaxed-simd"], pages: 6 },
  { name: "groth16-scalar", features: ["simd", "relaxed-simd", "threads"], folder: PROVER, sharedFrom: 1024 },
  { name: "groth16-curve", features: ["simd", "relaxed-simd", "threads"], folder: PROVER, sharedFrom: 4096 },
];

/** Sources that exist only during a build: derived, long, and readable only as their derivation. */
const DERIVED: Readonly<Record<string, () => string>> = {
  "constants51.as.ts": () => poseidonConstantsSource(FMA_FORMAT) + columnStartsSource(),
  "constants29.as.ts": () => poseidonConstantsSource(INTEGER_FORMAT),
  "constants-scalar.as.ts": () => groth16ConstantsSource(SCALAR_ORDER),
  "constants-curve.as.ts": () => groth16ConstantsSource(COORDINATE_ORDER),
};

/** What the compiler reads under a name; null if there is nothing. */
export function readSource(name: string): string | null {
  const derived = DERIVED[name];
  if (derived) return derived();
  for (const folder of SOURCES) {
    try {
      return readFileSync(join(folder, name), "utf8");
    } catch {} // asc tries several names for an import
  }
  return null;
}

/**
 * Compiles one kernel in memory. Deterministic: same sources and same assemblyscript give the same bytes.
 * @param read other sources than those in the folders, for a measurement
 */
export async function buildKernel(kernel: Kernel, read = readSource): Promise<Uint8Array> {
  let output: Uint8Array | undefined;
  const options = ["-O3", "--converge", "--runtime", "stub", "--noAssert", "--use", "abort="];
  const memory =
    kernel.sharedFrom === undefined
      ? ["--initialMemory", `${kernel.pages}`, "--maximumMemory", `${kernel.pages}`]
      : ["--importMemory", "--sharedMemory", "--maximumMemory", "65536", "--memoryBase", `${kernel.sharedFrom}`];
  const features = kernel.features.flatMap((feature) => ["--enable", feature]);
  const result = await asc.main([`${kernel.name}.as.ts`, "-o", "out.wasm", ...options, ...memory, ...features], {
    readFile: read,
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
  return join(kernel.folder ?? KERNELS, "wasm", `${kernel.name}.wasm`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const kernel of KERNEL_BUILDS) {
    const bytes = await buildKernel(kernel);
    writeFileSync(kernelPath(kernel), bytes);
    console.log(`${kernel.name}.wasm  ${bytes.length} bytes`);
  }
}
