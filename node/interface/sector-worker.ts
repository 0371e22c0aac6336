/** The thread of sector-filler.ts: makes labels, one sector after the other, and goes on where a crash left one. */
import { setTimeout as sleep } from "node:timers/promises";
import { workerData } from "node:worker_threads";
import { toHex } from "../common/hex.ts";
import { serveTasks } from "../common/worker-tasks.ts";
import { commitSector, createSectorFiller, LABEL_BYTES } from "../data/capacity-sector.ts";
import { encodeTree, rootOf } from "../data/commitment.ts";
import { createPoseidon8 } from "../data/kernels/poseidon.ts";
import { openSectorFiles } from "../physical/sector-store.ts";
import type { FillTask } from "./sector-filler.ts";

/** Labels between two flushes: 256 KiB, a third of a second of work. */
const STRETCH = 8192;

const { folder } = workerData as { folder: string };
const files = await openSectorFiles(folder);
const hash = createPoseidon8();

serveTasks(async ({ sector, id, m }: FillTask) => {
  const labels = new Uint8Array(2 ** m * LABEL_BYTES);
  const there = await files.resume(sector, labels, STRETCH * LABEL_BYTES);
  const filler = createSectorFiller(hash, id, labels, there / LABEL_BYTES);
  for (let from = there; from < labels.length; from = filler.filled * LABEL_BYTES) {
    const started = performance.now();
    filler.fill(STRETCH);
    await files.append(sector, from, labels.subarray(from, filler.filled * LABEL_BYTES));
    await sleep(performance.now() - started); // half of a core: uploads and proofs have more of a hurry
  }
  const tree = commitSector(hash, labels);
  await files.writeTree(sector, encodeTree(tree));
  return { value: toHex(rootOf(tree)) };
});
