/** Fills sectors in a thread of its own: minutes of CPU for each, in which the daemon goes on. */
import type { Hex } from "viem";
import { siblingModule } from "../common/sibling-module.ts";
import { createWorkerPool } from "../common/worker-pool.ts";

export interface FillTask {
  /** The provider's own number for it: the name of its folder. */
  readonly sector: number;
  /** The field element in every label. */
  readonly id: bigint;
  /** 2^m labels, all of which are in memory while the sector is filled. */
  readonly m: number;
}

export interface SectorFiller {
  /** Fills what is missing of the sector and answers its root; labels and tree are durable then. Throws `DISK_FULL`, `DISK_FAILED`. */
  fill(task: FillTask): Promise<Hex>;
  close(): Promise<void>;
}

/** `folder`: the sectors'. The thread starts with the first task. */
export function createSectorFiller(folder: string): SectorFiller {
  const file = siblingModule(import.meta.url, "sector-worker");
  const pool = createWorkerPool<FillTask, Hex>({ file, workers: 1, workerData: { folder } });
  return { fill: (task) => pool.run(task), close: () => pool.close() };
}
