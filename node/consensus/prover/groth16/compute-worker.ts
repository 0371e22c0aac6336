/** A thread that computes for a proof: it owns instances of the kernels and a part of the shared memory to scratch in. */
import { workerData } from "node:worker_threads";
import { serveTasks } from "../../../common/worker-tasks.ts";
import { type Call, type ComputeData, SEATS_AT } from "./calls.ts";
import { instantiateKernels } from "./kernels.ts";

const { memory, modules, scratch } = workerData as ComputeData;
const seat = Atomics.add(new Int32Array(memory.buffer, SEATS_AT, 1), 0, 1);
const kernels = instantiateKernels(memory, modules, scratch.at + seat * scratch.bytes);

serveTasks((calls: readonly Call[]) => {
  for (const { kernel, name, values } of calls) {
    (kernels[kernel] as unknown as Record<string, (...values: readonly number[]) => void>)[name]!(...values);
  }
  return { value: undefined };
});
