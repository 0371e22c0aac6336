// Downloads segments from whichever providers answer: any k of n, the quick ones first, the dead and the slow ones replaced.

import { HoldfastError } from "../../common/errors.ts";

/** One provider's shard. `fetch` returns a sealed piece that was checked against the chain's dataRoot, or throws. */
export interface Source {
  readonly slot: number;
  fetch(index: number, signal: AbortSignal): Promise<Uint8Array>;
}

export interface FetchedPiece {
  readonly slot: number;
  readonly bytes: Uint8Array;
}

export interface SwarmOptions {
  /** Indices, in the order in which they are yielded. */
  readonly segments: readonly number[];
  /** Pieces that rebuild a segment. */
  readonly k: number;
  /** In order of preference. */
  readonly sources: readonly Source[];
  /** Segments under way at once; bounds memory to about ahead * k pieces. */
  readonly ahead?: number;
  /** After this long without a piece another source is asked as well. */
  readonly patienceMs?: number;
  readonly signal?: AbortSignal;
  /** A failure that no other source would mend: it ends the download as it is. */
  readonly isFinal?: (cause: unknown) => boolean;
  /** Told once per source that failed or was too slow. */
  readonly onTrouble?: (slot: number, cause: unknown) => void;
}

/** Yields the k pieces of each segment in order. Throws `NOT_ENOUGH_PROVIDERS` when fewer than k sources are left. */
export async function* fetchSegments(options: SwarmOptions): AsyncGenerator<FetchedPiece[]> {
  const { segments, k, ahead = 4, signal } = options;
  const standing = createStanding(options);
  const stop = new AbortController();
  const abort = () => stop.abort(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  if (signal?.aborted) abort();
  const waiting: Promise<FetchedPiece[]>[] = [];
  let next = 0;
  try {
    while (next < segments.length || waiting.length > 0) {
      while (next < segments.length && waiting.length < ahead) {
        const { patienceMs = 3_000, isFinal = () => false } = options;
        const segment = fetchSegment(segments[next++]!, { k, standing, patienceMs, isFinal, outer: stop.signal });
        // It is awaited in order; until then a failure must not count as unhandled.
        segment.catch(() => {});
        waiting.push(segment);
      }
      yield await waiting.shift()!;
    }
  } finally {
    signal?.removeEventListener("abort", abort);
    stop.abort();
  }
}

type Standing = {
  /** The best source that is not in `asked`, or undefined. */
  pick(asked: ReadonlySet<Source>): Source | undefined;
  failed(source: Source, cause: unknown): void;
  slow(source: Source): void;
  alive(): number;
};

function createStanding({ sources, onTrouble }: SwarmOptions): Standing {
  let order = [...sources];
  const reported = new Set<Source>();
  const report = (source: Source, cause: unknown) => {
    if (reported.has(source)) return;
    reported.add(source);
    onTrouble?.(source.slot, cause);
  };
  return {
    pick: (asked) => order.find((source) => !asked.has(source)),
    failed(source, cause) {
      order = order.filter((other) => other !== source);
      report(source, cause);
    },
    slow(source) {
      if (!order.includes(source)) return;
      order = [...order.filter((other) => other !== source), source];
      report(
        source,
        new HoldfastError("PEER_SLOW", `The provider of slot ${source.slot} is slow; another one is asked too.`),
      );
    },
    alive: () => order.length,
  };
}

interface SegmentOptions {
  readonly k: number;
  readonly standing: Standing;
  readonly patienceMs: number;
  readonly isFinal: (cause: unknown) => boolean;
  readonly outer: AbortSignal;
}

function fetchSegment(
  index: number,
  { k, standing, patienceMs, isFinal, outer }: SegmentOptions,
): Promise<FetchedPiece[]> {
  return new Promise((resolve, reject) => {
    const asked = new Set<Source>();
    const pieces: FetchedPiece[] = [];
    const timers = new Set<NodeJS.Timeout>();
    const enough = new AbortController();
    let pending = 0;
    let done = false;
    const signal = AbortSignal.any([outer, enough.signal]);

    const finish = (settle: () => void) => {
      if (done) return;
      done = true;
      for (const timer of timers) clearTimeout(timer);
      outer.removeEventListener("abort", aborted);
      enough.abort();
      settle();
    };
    const aborted = () => finish(() => reject(outer.reason));
    const giveUp = () => {
      if (pieces.length + pending >= k) return;
      const details = { segment: index, needed: k, alive: standing.alive() };
      finish(() =>
        reject(
          new HoldfastError(
            "NOT_ENOUGH_PROVIDERS",
            `Only ${standing.alive()} providers can still serve this file and ${k} are needed: try again when more of them are up.`,
            { details },
          ),
        ),
      );
    };
    const ask = () => {
      const source = standing.pick(asked);
      if (source === undefined) return false;
      asked.add(source);
      pending++;
      const timer = setTimeout(() => {
        standing.slow(source);
        ask();
      }, patienceMs);
      timers.add(timer);
      void source
        .fetch(index, signal)
        .then(
          (bytes) => {
            pieces.push({ slot: source.slot, bytes });
            if (pieces.length === k) finish(() => resolve(pieces));
          },
          (cause: unknown) => {
            if (done) return;
            if (isFinal(cause)) return finish(() => reject(cause));
            standing.failed(source, cause);
            ask();
          },
        )
        .finally(() => {
          clearTimeout(timer);
          timers.delete(timer);
          pending--;
          if (!done) giveUp();
        });
      return true;
    };

    outer.addEventListener("abort", aborted, { once: true });
    if (outer.aborted) return aborted();
    for (let i = 0; i < k; i++) if (!ask()) break;
    giveUp();
  });
}
