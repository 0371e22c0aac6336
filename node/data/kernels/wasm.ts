/** Loads the committed WASM kernels; scripts/build-kernels.ts makes them. */
import { readFileSync } from "node:fs";
import { HoldfastError } from "../../common/errors.ts";

export type KernelName = "poseidon-fma" | "poseidon-integer" | "reed-solomon";

const compiled = new Map<KernelName, WebAssembly.Module>();

/**
 * A fresh instance with memory of its own. The compiled code is shared by all instances of a thread.
 * @throws HoldfastError `KERNEL_UNSUPPORTED` where WebAssembly lacks an instruction of the kernel
 */
export function instantiateKernel<Exports>(name: KernelName): Exports & { memory: WebAssembly.Memory } {
  let module = compiled.get(name);
  if (!module) {
    module = compile(name);
    compiled.set(name, module);
  }
  return new WebAssembly.Instance(module).exports as Exports & { memory: WebAssembly.Memory };
}

function compile(name: KernelName): WebAssembly.Module {
  const bytes = readFileSync(new URL(`./wasm/${name}.wasm`, import.meta.url));
  try {
    return new WebAssembly.Module(bytes);
  } catch (cause) {
    const message = `This machine's WebAssembly cannot run ${name}: use Node 24 or later on x86-64 or arm64.`;
    throw new HoldfastError("KERNEL_UNSUPPORTED", message, { details: { name }, cause });
  }
}

/** Refuses a byte string that does not consist of whole units of `size` bytes; returns how many there are. */
export function countUnits(bytes: Uint8Array, size: number, units: string): number {
  if (bytes.length % size === 0) return bytes.length / size;
  throw new HoldfastError(
    "KERNEL_INPUT_LENGTH",
    `Give whole ${units}: ${bytes.length} bytes is no multiple of ${size}.`,
    {
      details: { expected: `a multiple of ${size}`, found: bytes.length },
    },
  );
}
