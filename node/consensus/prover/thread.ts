/** Starts the prover's thread and asks it one thing at a time. */
import { Worker } from "node:worker_threads";
import { HoldfastError } from "../../common/errors.ts";
import { siblingModule } from "../../common/sibling-module.ts";
import type { Answer, EngineName, Request, ThreadParameters } from "./messages.ts";

type AnswerTo<R extends Request> = Extract<
  Answer,
  { type: R["type"] extends "prove" ? "proof" : R["type"] extends "witness" ? "witness" : "verified" }
>;

export type Thread = {
  readonly keyHash: `0x${string}`;
  /** The one that runs, which is not always the one that was asked for. */
  readonly engine: EngineName;
  /** One request at a time: the caller waits for the answer before the next. Throws what the thread throws. */
  ask<R extends Request>(request: R): Promise<AnswerTo<R>>;
  stop(): Promise<void>;
};

/** Resolves when the keys are read and belong together. */
export async function startThread(keys: ThreadParameters): Promise<Thread> {
  const worker = new Worker(siblingModule(import.meta.url, "worker"), { workerData: keys });
  let answer = Promise.withResolvers<Answer>();
  let gone = false;
  // Listeners stay for the thread's whole life: one that dies between two requests must not take the process along,
  // nor leave the next request waiting for ever.
  const die = (cause?: unknown) => {
    gone = true;
    answer.reject(
      new HoldfastError("PROVER_FAILED", "The prover's thread stopped in the middle of its work; ask again.", {
        cause,
      }),
    );
  };
  answer.promise.catch(() => {});
  worker
    .on("message", (message: Answer) => answer.resolve(message))
    .on("error", die)
    .on("exit", die);

  const first = await answer.promise;
  if (first.type !== "ready") {
    await worker.terminate();
    throw unexpected(first);
  }
  return {
    keyHash: first.keyHash,
    engine: first.engine,
    async ask<R extends Request>(request: R) {
      answer = Promise.withResolvers<Answer>();
      answer.promise.catch(() => {}); // it may be given up before it is awaited
      if (gone) die();
      else worker.postMessage(request);
      const received = await answer.promise;
      if (received.type === "failed" || received.type === "ready") throw unexpected(received);
      return received as AnswerTo<R>;
    },
    async stop() {
      await worker.terminate();
    },
  };
}

function unexpected(answer: Answer): HoldfastError {
  if (answer.type === "failed") return new HoldfastError(answer.code, answer.message, { details: answer.details });
  return new HoldfastError("PROVER_FAILED", `The prover's thread answered "${answer.type}" out of turn.`);
}
