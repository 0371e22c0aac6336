// What an aborted signal does to a verb.

import { HoldfastError } from "../common/errors.ts";
import type { CallOptions } from "../interface/client/progress.ts";

/** Ends with `INTERRUPTED` when the signal is aborted, at once even where the work cannot be: a read of the chain, say. */
export async function interruptible<T>({ signal }: CallOptions, work: () => Promise<T>): Promise<T> {
  if (signal === undefined) return await work();
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    signal.throwIfAborted();
    return await Promise.race([work(), aborted]);
  } catch (cause) {
    throw interrupted({ signal }, cause);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** The failure of a verb as its caller sees it. */
export function interrupted({ signal }: CallOptions, cause: unknown): unknown {
  if (signal?.aborted !== true) return cause;
  return new HoldfastError("INTERRUPTED", "Interrupted; run the same command again to go on.", { cause });
}
