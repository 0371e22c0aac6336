/** Starts the prover's thread and asks it one thing at a time. */
import { Worker } from "node:worker_threads";
import { HoldfastError } from "../../common/errors.ts";
import type { Answer, ProverKeys, Request } from "./messages.ts";

type AnswerTo<R extends Request> = Extract<
  Answer,
  { type: R["type"] extends "prove" ? "proof" : R["type"] extends "witness" ? "witness" : "verified" }
>;

export type Thread = {
  readonly keyHash: `0x${string}`;
  /** One request at a time: the caller waits for the answer before the next. Throws what the thread throws. */
  ask<R extends Request>(request: R): Promise<AnswerTo<R>>;
  stop(): Promise<void>;
};

/** Resolves when the keys are read and belong together. */
export async function startThread(keys: ProverKeys): Promise<Thread> {
  const worker = new Worker(new URL("worker.ts", import.meta.url), { workerData: keys });
  const first = await answerOf(worker);
  if (first.type !== "ready") {
    await worker.terminate();
    throw unexpected(first);
  }
  return {
    keyHash: first.keyHash,
    async ask<R extends Request>(request: R) {
      const answer = answerOf(worker);
      worker.postMessage(request);
      const received = await answer;
      if (received.type === "failed" || received.type === "ready") throw unexpected(received);
      return received as AnswerTo<R>;
    },
    async stop() {
      await worker.terminate();
    },
  };
}

function answerOf(worker: Worker): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      worker.off("message", answered).off("error", broken).off("exit", exited);
      act();
    };
    const answered = (answer: Answer) => settle(() => resolve(answer));
    const broken = (cause: unknown) => settle(() => reject(stopped(cause)));
    const exited = () => settle(() => reject(stopped(undefined)));
    worker.on("message", answered).on("error", broken).on("exit", exited);
  });
}

function stopped(cause: unknown): HoldfastError {
  return new HoldfastError("PROVER_FAILED", "The prover's thread stopped in the middle of its work; ask again.", {
    cause,
  });
}

function unexpected(answer: Answer): HoldfastError {
  if (answer.type === "failed") return new HoldfastError(answer.code, answer.message);
  return new HoldfastError("PROVER_FAILED", `The prover's thread answered "${answer.type}" out of turn.`);
}
