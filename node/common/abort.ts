/** Waiting that ends when the caller's signal is aborted. */

/** What `work` comes to, or an AbortError at once; the work goes on unheard then. */
export async function orAborted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(new DOMException("The caller stopped this call.", "AbortError"));
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    if (signal.aborted) stop();
    return await Promise.race([signal.aborted ? aborted : work(), aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
