/** What witnesses need of WebAssembly beyond the declarations of the kernels. */
declare namespace WebAssembly {
  function compile(bytes: Uint8Array): Promise<Module>;
  function instantiate(module: Module, imports: Record<string, Record<string, () => void>>): Promise<Instance>;
}
