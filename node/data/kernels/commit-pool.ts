/** Commitments off the main thread: group nodes at about 10 MB/s per worker while the daemon keeps answering. */
import { siblingModule } from "../../common/sibling-module.ts";
import { createWorkerPool } from "../../common/worker-pool.ts";
import { GROUP_BYTES } from "../layout.ts";
import { countUnits } from "./wasm.ts";

export interface CommitPool {
  /**
   * `Poseidon8.groupNodes` in a worker. Results are independent of each other: keep a few calls of one piece or more under
   * way to use all workers.
   * @param groups n x 15,872 bytes; the caller keeps them, unless `transfer` gives their whole buffer away
   * @throws HoldfastError `KERNEL_INPUT_LENGTH`, and what worker-pool.ts says
   */
  groupNodes(groups: Uint8Array, options?: { transfer?: boolean; signal?: AbortSignal }): Promise<Uint8Array>;
  /** Ends the workers; unfinished calls fail with `WORKER_POOL_CLOSED`. */
  close(): Promise<void>;
}

/** @param options.workers threads at most, for instance the number of cores less one */
export function createCommitPool(options: { workers: number; queueLimit?: number }): CommitPool {
  const file = siblingModule(import.meta.url, "commit-worker");
  const pool = createWorkerPool<Uint8Array, Uint8Array>({ ...options, file });
  return {
    async groupNodes(groups, { transfer = false, signal } = {}) {
      countUnits(groups, GROUP_BYTES, "groups");
      // A message carries the whole buffer behind a view. Copying the view costs one to three thousandths of hashing it and
      // leaves the caller its bytes (and the rest of a buffer that it may share with others).
      const whole = transfer && groups.buffer instanceof ArrayBuffer && groups.byteLength === groups.buffer.byteLength;
      const task = whole ? groups : new Uint8Array(groups);
      return pool.run(task, { transfer: [task.buffer as ArrayBuffer], signal });
    },
    close: () => pool.close(),
  };
}
