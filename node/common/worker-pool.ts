/**
 * A few worker threads that run one TypeScript file and answer one task at a time each.
 * The file calls `serveTasks` of worker-tasks.ts; what travels is the message format below.
 */
import { Worker } from "node:worker_threads";
import { HoldfastError } from "./errors.ts";
import { type TaskReply, unpackReply } from "./worker-tasks.ts";

export interface WorkerPoolOptions {
  /** The module that every thread runs. */
  file: URL;
  /** Threads at most, one or more; they start when there is work for them. */
  workers: number;
  /** Tasks that may wait for a thread (default 256): a bound on memory, since a waiting task holds its input. */
  queueLimit?: number;
  /** Handed to every thread as `workerData`. */
  workerData?: unknown;
}

export interface TaskOptions {
  /** Buffers that move to the thread instead of being copied; the caller's views of them become empty. */
  transfer?: ArrayBuffer[];
  /** Ends the task: a waiting one leaves the queue, a running one takes its thread with it, which is replaced. */
  signal?: AbortSignal;
}

export interface WorkerPool<Task, Result> {
  /**
   * Runs one task in the next free thread.
   * @throws HoldfastError `WORKER_POOL_FULL`, `WORKER_POOL_CLOSED`, `WORKER_DIED`; what the task itself throws arrives as a
   *   HoldfastError with its own code, or as `WORKER_TASK_FAILED` around any other error; the signal's reason when aborted
   */
  run(task: Task, options?: TaskOptions): Promise<Result>;
  /** Ends all threads at once; unfinished tasks fail with `WORKER_POOL_CLOSED`. */
  close(): Promise<void>;
}

interface Job {
  task: unknown;
  transfer: ArrayBuffer[];
  settle(reply: () => unknown): void;
}

interface Seat {
  worker: Worker;
  job: Job | undefined;
}

/** @throws HoldfastError `WORKER_POOL_SIZE`: with no thread, or no room to wait for one, tasks would hang */
export function createWorkerPool<Task, Result>(options: WorkerPoolOptions): WorkerPool<Task, Result> {
  const { file, workers, queueLimit = 256, workerData } = options;
  for (const size of [workers, queueLimit]) {
    if (Number.isInteger(size) && size >= 1) continue;
    throw new HoldfastError(
      "WORKER_POOL_SIZE",
      `A worker pool needs one thread and one place to wait or more, not ${size}.`,
      {
        details: { workers, queueLimit },
      },
    );
  }
  const queue: Job[] = [];
  const seats = new Set<Seat>();
  let closed = false;

  function finish(seat: Seat, reply: () => unknown): void {
    const job = seat.job;
    seat.job = undefined;
    job?.settle(reply);
  }

  function hire(): Seat {
    const seat: Seat = { worker: new Worker(file, { workerData }), job: undefined };
    seats.add(seat);
    let failure: unknown;
    seat.worker.on("message", (reply: TaskReply) => {
      seat.worker.unref(); // an idle thread keeps no process alive
      finish(seat, () => unpackReply(reply));
      assign();
    });
    seat.worker.on("error", (error) => {
      failure = error;
    });
    seat.worker.on("exit", (exitCode) => {
      seats.delete(seat);
      finish(seat, () => {
        throw died(file, exitCode, failure);
      });
      assign();
    });
    return seat;
  }

  /** A free thread, a new one, none, or why there can be no new one (the system may refuse another thread). */
  function findSeat(): Seat | HoldfastError | undefined {
    const idle = [...seats].find((seat) => !seat.job);
    if (idle || seats.size >= workers) return idle;
    try {
      return hire();
    } catch (error) {
      return died(file, undefined, error);
    }
  }

  function assign(): void {
    while (queue.length > 0) {
      const idle = findSeat();
      if (!idle) return;
      const job = queue.shift()!;
      if (idle instanceof HoldfastError) {
        job.settle(() => {
          throw idle;
        });
        continue;
      }
      idle.job = job;
      idle.worker.ref();
      try {
        idle.worker.postMessage(job.task, job.transfer);
      } catch (error) {
        finish(idle, () => {
          throw error; // a task that cannot be cloned is the caller's mistake; the thread has not seen it
        });
      }
    }
  }

  /** Takes a job away from wherever it is. Its thread cannot be interrupted otherwise, so it ends. */
  async function drop(job: Job): Promise<void> {
    const waiting = queue.indexOf(job);
    if (waiting >= 0) queue.splice(waiting, 1);
    const seat = [...seats].find((candidate) => candidate.job === job);
    if (!seat) return;
    seat.job = undefined;
    seats.delete(seat);
    await seat.worker.terminate();
  }

  function run(task: Task, { transfer = [], signal }: TaskOptions = {}): Promise<Result> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      if (closed) throw poolClosed();
      if (queue.length >= queueLimit) {
        throw new HoldfastError("WORKER_POOL_FULL", `${queueLimit} tasks wait already: let some finish first.`, {
          details: { queueLimit },
        });
      }
      const job: Job = {
        task,
        transfer,
        settle: (reply) => {
          signal?.removeEventListener("abort", abort);
          try {
            resolve(reply() as Result);
          } catch (error) {
            reject(error);
          }
        },
      };
      const abort = (): void => {
        reject(signal?.reason);
        drop(job).then(assign, reject);
      };
      signal?.addEventListener("abort", abort, { once: true });
      queue.push(job);
      assign();
    });
  }

  async function close(): Promise<void> {
    closed = true;
    const unfinished = [...queue.splice(0), ...[...seats].flatMap((seat) => seat.job ?? [])];
    for (const job of unfinished) {
      job.settle(() => {
        throw poolClosed();
      });
    }
    await Promise.all([...seats].map((seat) => seat.worker.terminate()));
  }

  return { run, close };
}

function poolClosed(): HoldfastError {
  return new HoldfastError("WORKER_POOL_CLOSED", "The worker pool is closed: the node is shutting down.");
}

function died(file: URL, exitCode: number | undefined, cause: unknown): HoldfastError {
  const name = file.pathname.split("/").pop();
  const what = exitCode === undefined ? "could not start" : `ended with code ${exitCode} before it answered`;
  return new HoldfastError("WORKER_DIED", `A thread of ${name} ${what}: free memory or threads and try again.`, {
    details: { file: file.href, exitCode },
    cause,
  });
}
