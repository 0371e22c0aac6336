/** Two threads that share the multiplications of a key. */
import { Worker } from "node:worker_threads";
import { AFFINE_BYTES, type Group, JOB_SCALARS, type Job } from "./fixed-base.ts";
import { putScalar } from "./scalar-field.ts";

export type Pool = {
  /** scalars[i] * generator for every i, one affine point after the other. */
  multiply(group: Group, scalars: readonly bigint[]): Promise<Uint8Array>;
  close(): Promise<void>;
};

/** `progress` is told how many points are done, after every job. */
export function openPool(threads: number, progress: (points: number) => void): Pool {
  const workers = Array.from({ length: threads }, () => new Worker(new URL("fixed-base-worker.ts", import.meta.url)));
  let done = 0;
  return {
    async multiply(group, scalars) {
      const size = AFFINE_BYTES[group];
      const points = new Uint8Array(scalars.length * size);
      let next = 0;
      const drain = async (worker: Worker) => {
        while (next < scalars.length) {
          const first = next;
          next += JOB_SCALARS;
          const part = scalars.slice(first, next);
          const bytes = new Uint8Array(32 * part.length);
          const view = new DataView(bytes.buffer);
          part.forEach((scalar, i) => {
            putScalar(view, 32 * i, scalar);
          });
          points.set(await ask(worker, { group, scalars: bytes }), first * size);
          done += part.length;
          progress(done);
        }
      };
      await Promise.all(workers.map(drain));
      return points;
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

function ask(worker: Worker, job: Job): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const settle = () => worker.off("message", answer).off("error", fail);
    const answer = (points: Uint8Array) => {
      settle();
      resolve(points);
    };
    const fail = (error: unknown) => {
      settle();
      reject(error);
    };
    worker.on("message", answer).on("error", fail);
    worker.postMessage(job, [job.scalars.buffer as ArrayBuffer]);
  });
}
