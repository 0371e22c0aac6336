/** The side of a host that asks others. */
import { orAborted } from "../common/abort.ts";
import type { Host } from "./host.ts";

export type Dialer = Pick<Host, "dialProtocol">;

/** Dials end with the signal, and so does every stream that was opened: a peer that is silent holds nobody up who wants to stop. */
export function abortableDialer(dialer: Dialer, signal: AbortSignal): Dialer {
  const open = new Set<Awaited<ReturnType<Dialer["dialProtocol"]>>>();
  const stopped = () => new DOMException("The caller stopped this call.", "AbortError");
  signal.addEventListener("abort", () => {
    for (const stream of open) stream.abort(stopped());
  });
  return {
    dialProtocol: (peer, protocols, options) =>
      orAborted(signal, async () => {
        const either = options?.signal ? AbortSignal.any([signal, options.signal]) : signal;
        const stream = await dialer.dialProtocol(peer, protocols, { ...options, signal: either });
        if (signal.aborted) stream.abort(stopped());
        open.add(stream);
        stream.addEventListener("close", () => open.delete(stream));
        return stream;
      }),
  };
}
