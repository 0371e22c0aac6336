/**
 * The part of the WebAssembly JavaScript interface (W3C, version 2) that this project uses. Node has it; TypeScript
 * declares it only together with the whole DOM, which this project does not load.
 */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }
  /** Thrown for bytes that are no module, or use an instruction that the engine lacks. */
  class CompileError extends Error {}
  class Memory {
    /** Sizes in pages of 64 KiB; a shared one is the same memory on all threads that it is sent to. */
    constructor(limits: { initial: number; maximum: number; shared: true });
    readonly buffer: ArrayBuffer;
    /** @returns the size before, in pages of 64 KiB */
    grow(pages: number): number;
  }
  class Instance {
    constructor(module: Module, imports?: Record<string, Record<string, unknown>>);
    readonly exports: Readonly<Record<string, unknown>>;
  }
}
