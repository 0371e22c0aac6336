/**
 * Committing to file bytes in one and in two worker threads, in turns.
 *
 * `scaling2` is what two workers do over what one does, each for the cores that were there for it: own CPU time and idle time over
 * wall time, no more cores than workers. On an idle machine it is the ratio of the two rates; time that another program took does
 * not count against it, time in which a core stood still does.
 */
import { randomBytes } from "node:crypto";
import { type CommitPool, createCommitPool } from "../../../node/data/kernels/commit-pool.ts";
import { PIECE_BYTES } from "../../../node/data/layout.ts";
import { median, type Pace, type ParallelRate, parallelRate } from "./rates.ts";

/** MB are 10^6 bytes of file. */
type WorkersReport = {
  readonly mbPerSecond: number;
  /** For each second of CPU time of all threads. */
  readonly mbPerCoreSecond: number;
};

export type CommitReport = {
  readonly workers1: WorkersReport;
  readonly workers2: WorkersReport;
  readonly scaling2: number;
  /** The ratio of the two rates as they were, whoever else had the machine. */
  readonly wallScaling2: number;
};

export async function measureCommit({ rounds, warmUps, sliceMs }: Pace): Promise<CommitReport> {
  const groups = randomBytes(PIECE_BYTES);
  const pools = [1, 2].map((workers) => ({ workers, pool: createCommitPool({ workers }) }));
  const slice = ({ workers, pool }: { workers: number; pool: CommitPool }): Promise<ParallelRate> =>
    parallelRate(2 * workers, sliceMs, PIECE_BYTES, () => pool.groupNodes(groups));
  const taken: ParallelRate[][] = [];
  for (let round = 0; round < warmUps + rounds; round++) {
    taken.push([await slice(pools[0]!), await slice(pools[1]!)]);
  }
  await Promise.all(pools.map(({ pool }) => pool.close()));
  const counted = taken.slice(warmUps) as [ParallelRate, ParallelRate][];
  const middle = (of: (pair: [ParallelRate, ParallelRate]) => number): number => median(counted.map(of));
  const perCore = ({ wall, usable }: ParallelRate, workers: number): number => wall / Math.min(workers, usable);
  const report = (i: 0 | 1): WorkersReport => ({
    mbPerSecond: middle((pair) => pair[i].wall),
    mbPerCoreSecond: middle((pair) => pair[i].core),
  });
  return {
    workers1: report(0),
    workers2: report(1),
    scaling2: middle(([one, two]) => (2 * perCore(two, 2)) / perCore(one, 1)),
    wallScaling2: middle(([one, two]) => two.wall / one.wall),
  };
}
