/**
 * Opens elements for strangers in a thread: a spot check of 1,024 elements takes up to 4 s of CPU, in which the daemon must go
 * on answering and submitting its proofs. The prove duty opens its few elements itself: it never waits behind a stranger.
 */
import type { Hex } from "viem";
import { HoldfastError } from "../common/errors.ts";
import { siblingModule } from "../common/sibling-module.ts";
import { createWorkerPool } from "../common/worker-pool.ts";
import type { OpeningBytes } from "../data/opening-codec.ts";
import { Refusal } from "../network/refusal.ts";

/** What one request asks the thread. */
export interface SampleTask {
  readonly replicaId: Hex;
  readonly groups: number;
  readonly indices: readonly number[];
}

export interface Sampler {
  /** Openings in the order asked. Throws what `ReplicaReader` throws; a Refusal `BUSY` when too many wait already. */
  sample(task: SampleTask): Promise<OpeningBytes[]>;
  close(): Promise<void>;
}

/** Requests of at most 64 elements that may wait: what the thread does in about 15 s. */
const MOST_WAITING = 64;

/** `folder`: the replicas'. The thread starts with the first request. */
export function createSampler(folder: string): Sampler {
  const file = siblingModule(import.meta.url, "sample-worker");
  const options = { file, workers: 1, queueLimit: MOST_WAITING, workerData: { folder } };
  const pool = createWorkerPool<SampleTask, OpeningBytes[]>(options);
  return {
    async sample(task) {
      try {
        return await pool.run(task);
      } catch (error) {
        if (!(error instanceof HoldfastError) || error.code !== "WORKER_POOL_FULL") throw error;
        throw new Refusal("BUSY", "This provider opens elements for many others just now. Try again later.");
      }
    },
    close: () => pool.close(),
  };
}
