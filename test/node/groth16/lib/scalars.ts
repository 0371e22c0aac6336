/** The scalar kernel with a little memory, for field elements that a test chooses. */
import { getInteger, putInteger } from "../../../../node/consensus/prover/groth16/integers.ts";
import {
  createMemory,
  instantiateKernels,
  type ScalarKernel,
} from "../../../../node/consensus/prover/groth16/kernels.ts";
import { createPlan } from "../../../../node/consensus/prover/groth16/layout.ts";
import { modules } from "./sums.ts";

export function openScalars() {
  const plan = createPlan();
  const home = plan.take(8192);
  const memory = createMemory(4_000_000);
  const view = new DataView(memory.buffer);
  const kernel: ScalarKernel = instantiateKernels(memory, modules, home).scalar;
  return {
    memory,
    view,
    kernel,
    take: plan.take,
    put: (at: number, values: readonly bigint[]): void => {
      values.forEach((value, i) => {
        putInteger(view, at + 32 * i, value);
      });
    },
    get: (at: number, count: number): bigint[] =>
      Array.from({ length: count }, (_, i) => getInteger(view, at + 32 * i)),
  };
}
