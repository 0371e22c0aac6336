/** The thread that worker-pool.test.ts runs: each task names what it shall do. */

import { threadId, workerData } from "node:worker_threads";
import { HoldfastError } from "../../../node/common/errors.ts";
import { serveTasks, type TaskValue } from "../../../node/common/worker-tasks.ts";

export type PoolTask =
  | { kind: "thread" | "data" | "refuse" | "fail" | "exit" | "hang" | "unclonable" }
  | { kind: "double"; bytes: Uint8Array }
  | { kind: "meet"; counter: SharedArrayBuffer; parties: number };

serveTasks((task: PoolTask) => {
  switch (task.kind) {
    case "thread":
      return { value: threadId };
    case "data":
      return { value: workerData as unknown };
    case "refuse":
      throw new HoldfastError("TEST_REFUSED", "No.", { details: { expected: 1n, found: 2n } });
    case "fail":
      throw new TypeError("broken on purpose");
    case "exit":
      process.exit(3);
      break;
    case "hang":
      return new Promise<TaskValue<unknown>>(() => undefined);
    case "unclonable":
      return { value: () => undefined };
    case "double": {
      const result = Uint8Array.from(task.bytes, (byte) => 2 * byte);
      return { value: result, transfer: [result.buffer] };
    }
    case "meet": {
      // Returns only when `parties` threads are here at the same time.
      const here = new Int32Array(task.counter);
      const arrived = Atomics.add(here, 0, 1) + 1;
      if (arrived === task.parties) Atomics.notify(here, 0);
      for (let seen = arrived; seen < task.parties; seen = Atomics.load(here, 0)) Atomics.wait(here, 0, seen, 5_000);
      return { value: arrived };
    }
  }
  throw new Error(`no such task: ${task.kind}`);
});
