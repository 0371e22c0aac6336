/** The prover's WASM kernels, instances of which share one memory; scripts/build-kernels.ts makes them from assembly/. */
import { readFileSync } from "node:fs";

/** Static data of all kernels lies below. */
export const FIRST_FREE = 8192;
const PAGE = 65_536;

/** Addresses are bytes in the shared memory; formats are described in the sources named. */
type Shared = {
  /** See `scratchBytes` of layout.ts. */
  setScratch(base: number): void;
  /** field.as.ts */
  convert(rows: number, words: number, count: number, factor: number): void;
};

/** The scalar field: quotient.as.ts, transform.as.ts. */
export type ScalarKernel = Shared & {
  isFused(x: number, addend: number): number;
  evaluateRows(
    a: number,
    b: number,
    c: number,
    half: number,
    from: number,
    to: number,
    starts: number,
    terms: number,
    values: number,
    witness: number,
  ): void;
  joinQuotient(words: number, a: number, b: number, c: number, half: number): void;
  writeDigits(digits: number, words: number, count: number, bits: number, windows: number): void;
  fillPowers(rows: number, count: number, first: number, ratio: number): void;
  interpolate(pairs: number, half: number, roots: number): void;
  shiftAll(pairs: number, half: number, log: number, factors: number): void;
  evaluate(pairs: number, half: number, roots: number): void;
};

/** Points of the curve: window.as.ts. */
export type CurveKernel = Shared & {
  sumWindow(
    overG2: number,
    points: number,
    wires: number,
    count: number,
    digits: number,
    bits: number,
    output: number,
  ): void;
};

export type Kernels = { readonly scalar: ScalarKernel; readonly curve: CurveKernel };

/** Compiled code, which threads share. */
export type KernelModules = { readonly scalar: WebAssembly.Module; readonly curve: WebAssembly.Module };

/** Throws WebAssembly.CompileError where the engine lacks SIMD, relaxed SIMD or threads. */
export function compileKernels(): KernelModules {
  return { scalar: compile("groth16-scalar"), curve: compile("groth16-curve") };
}

/** @param scratch first byte of the scratch memory that only this instance will touch */
export function instantiateKernels(memory: WebAssembly.Memory, modules: KernelModules, scratch: number): Kernels {
  const instantiate = <K extends Shared>(module: WebAssembly.Module): K => {
    const kernel = new WebAssembly.Instance(module, { env: { memory } }).exports as K;
    kernel.setScratch(scratch);
    return kernel;
  };
  return { scalar: instantiate(modules.scalar), curve: instantiate(modules.curve) };
}

export function createMemory(bytes: number): WebAssembly.Memory {
  const pages = Math.ceil(bytes / PAGE);
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
}

/**
 * The kernels if they are exact here, or nothing. A multiply-add that rounds twice (or does not exist) loses low bits
 * without any error: (1 + 2^-30)^2 - (1 + 2^-29) would be 0 instead of 2^-60.
 */
export function compileExactKernels(): KernelModules | undefined {
  try {
    const modules = compileKernels();
    const { scalar } = instantiateKernels(createMemory(PAGE), modules, FIRST_FREE);
    return scalar.isFused(1 + 2 ** -30, -(1 + 2 ** -29)) === 1 ? modules : undefined;
  } catch (error) {
    if (error instanceof WebAssembly.CompileError) return undefined;
    throw error;
  }
}

function compile(name: string): WebAssembly.Module {
  return new WebAssembly.Module(readFileSync(new URL(`./wasm/${name}.wasm`, import.meta.url)));
}
