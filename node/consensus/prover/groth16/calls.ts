/** What the computing threads are asked to do: calls of kernel functions on the memory they share, in order. */
import type { KernelModules } from "./kernels.ts";

export type Call = {
  readonly kernel: "scalar" | "curve";
  readonly name: string;
  readonly values: readonly number[];
};

export type ComputeData = {
  readonly memory: WebAssembly.Memory;
  readonly modules: KernelModules;
  readonly scratch: { readonly at: number; readonly bytes: number };
};

/** Byte 0 of the memory, below all data: how many threads have taken their part of the scratch memory. */
export const SEATS_AT = 0;
