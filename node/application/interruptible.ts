// What an aborted signal does to a verb.

import { orAborted } from "../common/abort.ts";
import { HoldfastError } from "../common/errors.ts";
import type { CallOptions } from "../interface/client/progress.ts";

/** Ends with `INTERRUPTED` when the signal is aborted, at once even where the work cannot be: a read of the chain, say. */
export async function interruptible<T>(
  { signal }: { readonly signal?: AbortSignal | undefined },
  work: () => Promise<T>,
): Promise<T> {
  if (signal === undefined) return await work();
  try {
    return await orAborted(signal, work);
  } catch (cause) {
    throw interrupted({ signal }, cause);
  }
}

/** The failure of a verb as its caller sees it. */
export function interrupted({ signal }: CallOptions, cause: unknown): unknown {
  if (signal?.aborted !== true) return cause;
  if (cause instanceof HoldfastError && cause.code === "INTERRUPTED") return cause;
  return new HoldfastError("INTERRUPTED", "Interrupted; run the same command again to go on.", { cause });
}
