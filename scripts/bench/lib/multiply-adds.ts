/**
 * How fast Poseidon(8) could be at most: its fused kernel consists of multiply-adds and of what sorts their results. They are counted by
 * running the kernel's own source with a counter in its one multiply-add, and the most that a core does of them in WASM (two lanes
 * of 64 bits, whatever its registers are) is measured by a loop of nothing else.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { buildKernel, KERNEL_BUILDS, readSource } from "../../build-kernels.ts";
import type { Program } from "./rates.ts";

const FUSED = KERNEL_BUILDS.find(({ name }) => name === "poseidon-fma")!;
const MULTIPLY_ADD = "return f64x2.relaxed_madd(a, b, c);";
/** In the loop of multiply-add-peak.as.ts. */
const CHAINS = 12;
const ROUNDS = 1_000_000;
/** Two tuples fill the kernel's two lanes. */
const TUPLES = 2;

async function instantiate<Exports>(building: Promise<Uint8Array>): Promise<Exports> {
  return new WebAssembly.Instance(new WebAssembly.Module(await building)).exports as Exports;
}

/** Multiply-adds (of two lanes) for each of two hashes that are made side by side. */
export async function multiplyAddsPerHash(): Promise<number> {
  const read = (name: string): string | null => {
    const source = readSource(name);
    if (name === "poseidon-fma.as.ts") return `${source}\nexport { counted } from "./field51.as";\n`;
    if (name !== "field51.as.ts" || source === null) return source;
    if (!source.includes(MULTIPLY_ADD)) throw new Error(`field51.as.ts does not say "${MULTIPLY_ADD}" any more`);
    const counter = "let multiplyAdds: i32 = 0;\nexport function counted(): i32 { return multiplyAdds; }\n";
    return `${counter}${source.replace(MULTIPLY_ADD, `multiplyAdds++; ${MULTIPLY_ADD}`)}`;
  };
  const kernel = await instantiate<{
    buffer(): number;
    counted(): number;
    parents(count: number, output: number): void;
  }>(buildKernel(FUSED, read));
  kernel.parents(TUPLES, kernel.buffer() + TUPLES * 8 * 32); // of zeros
  return kernel.counted() / TUPLES;
}

/** A program whose "bytes" are multiply-adds of two lanes. */
export async function peakProgram(): Promise<Program> {
  const file = path.join(import.meta.dirname, "multiply-add-peak.as.ts");
  const build = { name: "multiply-add-peak", features: FUSED.features, pages: 1 };
  const read = (name: string): string | null =>
    name === "multiply-add-peak.as.ts" ? readFileSync(file, "utf8") : readSource(name);
  const { chains } = await instantiate<{ chains(rounds: number, x: number, y: number): number }>(
    buildKernel(build, read),
  );
  return { bytes: CHAINS * ROUNDS, run: () => chains(ROUNDS, 1.5, 2.5) };
}
