/** The thread's side of worker-pool.ts, and the messages that answer a task. */
import { parentPort } from "node:worker_threads";
import { HoldfastError } from "./errors.ts";

/** An error class does not survive the way between threads, so a HoldfastError travels as its parts. */
export type TaskReply =
  | { kind: "value"; value: unknown }
  | { kind: "holdfast"; code: string; message: string; details: Readonly<Record<string, unknown>> }
  | { kind: "error"; error: unknown };

/** What a task gives back, and which of its buffers move instead of being copied. */
export interface TaskValue<Result> {
  value: Result;
  transfer?: ArrayBuffer[];
}

/** Makes this thread answer the tasks of a worker pool with `handle`, one after the other. */
export function serveTasks<Task, Result>(handle: (task: Task) => TaskValue<Result> | Promise<TaskValue<Result>>): void {
  if (!parentPort) throw new HoldfastError("NOT_A_WORKER", "This module runs only as a thread of a worker pool.");
  const port = parentPort;
  port.on("message", async (task: Task) => {
    try {
      const { value, transfer } = await handle(task);
      port.postMessage({ kind: "value", value } satisfies TaskReply, transfer);
    } catch (error) {
      port.postMessage(packError(error));
    }
  });
}

function packError(error: unknown): TaskReply {
  if (!(error instanceof HoldfastError)) return { kind: "error", error };
  return { kind: "holdfast", code: error.code, message: error.message, details: error.details };
}

/** The value of a reply; throws the error it carries. */
export function unpackReply(reply: TaskReply): unknown {
  if (reply.kind === "value") return reply.value;
  if (reply.kind === "holdfast") throw new HoldfastError(reply.code, reply.message, { details: { ...reply.details } });
  const message = reply.error instanceof Error ? reply.error.message : String(reply.error);
  throw new HoldfastError("WORKER_TASK_FAILED", `A task failed in its thread: ${message}`, { cause: reply.error });
}
