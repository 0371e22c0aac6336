/** The thread of sampler.ts. */
import { workerData } from "node:worker_threads";
import { serveTasks } from "../common/worker-tasks.ts";
import { createPoseidon8 } from "../data/kernels/poseidon.ts";
import { encodeOpening, type OpeningBytes } from "../data/opening-codec.ts";
import { createPieceReader } from "../physical/piece-reader.ts";
import { rememberingHash } from "./remembering-hash.ts";
import { createReplicaReader } from "./replica-reader.ts";
import type { SampleTask } from "./sampler.ts";

/** Rows of trees whose hashes are kept: those of some 500 groups, 2 MiB. */
const REMEMBERED = 2048;

const { folder } = workerData as { folder: string };
const reader = createReplicaReader(rememberingHash(createPoseidon8(), REMEMBERED), createPieceReader(folder));

serveTasks(async ({ replicaId, groups, indices }: SampleTask) => {
  const value: OpeningBytes[] = [];
  for (const index of indices) value.push(encodeOpening(await reader.open({ replicaId, groups }, index)));
  return { value };
});
