/**
 * The part of the WebAssembly JavaScript interface (W3C, version 2) that the kernels use. Node has it; TypeScript
 * declares it only together with the whole DOM, which this project does not load.
 */
declare namespace WebAssembly {
  class CompileError extends Error {}
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Memory {
    readonly buffer: ArrayBuffer;
  }
  class Instance {
    constructor(module: Module);
    readonly exports: Readonly<Record<string, unknown>>;
  }
}
