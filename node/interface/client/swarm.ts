// Downloads segments from whichever providers answer: any k of n, the quick ones first, the dead and the slow ones replaced.

import { HoldfastError } from "../../common/errors.ts";
import { release } from "../../common/release.ts";
import { segmentsInRun } from "./encode-file.ts";

/** One provider's shard. `fetch` returns `count` unsealed pieces that were checked, the caller's own, or throws. */
export interface Source {
  readonly slot: number;
  fetch(first: number, count: number, signal: AbortSignal): Promise<Uint8Array[]>;
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
  /** Runs of segments under way at once; bounds memory to some eighty pieces. */
  readonly ahead?: number;
  /**
   * A source that takes so long for each piece of a run is not waited for alone: another one is asked as well; sooner, when the
   * others' pieces come much faster.
   */
  readonly patienceMs?: number;
  readonly signal?: AbortSignal;
  /** A failure that no other source would mend: it ends the download as it is. */
  readonly isFinal?: (cause: unknown) => boolean;
  /** Told once per source that failed or was too slow. */
  readonly onTrouble?: (slot: number, cause: unknown) => void;
}

/** Yields the k pieces of each segment in order. Throws `NOT_ENOUGH_PROVIDERS` when fewer than k sources are left. */
export async function* fetchSegments(options: SwarmOptions): AsyncGenerator<FetchedPiece[]> {
  const { segments, k, ahead = 2, signal } = options;
  const runs = runsOf(segments, segmentsInRun(k));
  const standing = createStanding(options);
  const stop = new AbortController();
  const abort = () => stop.abort(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  if (signal?.aborted) abort();
  const waiting: { readonly run: Run; readonly fetched: Promise<FetchedRun[]> }[] = [];
  let next = 0;
  try {
    while (next < runs.length || waiting.length > 0) {
      while (next < runs.length && waiting.length < ahead) {
        const { isFinal = () => false } = options;
        const run = runs[next++]!;
        const fetched = fetchRun(run, { k, standing, isFinal, outer: stop.signal });
        // It is awaited in order; until then a failure must not count as unhandled.
        fetched.catch(() => {});
        waiting.push({ run, fetched });
      }
      const { run, fetched } = waiting.shift()!;
      const found = await fetched;
      for (let i = 0; i < run.count; i++) {
        signal?.throwIfAborted();
        yield found.map(({ slot, pieces }) => ({ slot, bytes: pieces[i]! }));
      }
    }
  } finally {
    signal?.removeEventListener("abort", abort);
    stop.abort();
  }
}

/** Segments that follow each other and are asked for together. */
interface Run {
  readonly first: number;
  readonly count: number;
}

interface FetchedRun {
  readonly slot: number;
  readonly pieces: readonly Uint8Array[];
}

/** The first is of one segment: who is quick shows soonest. */
function runsOf(segments: readonly number[], most: number): Run[] {
  const runs: { first: number; count: number }[] = [];
  for (const segment of segments) {
    const last = runs.at(-1);
    const follows = last !== undefined && segment === last.first + last.count;
    if (follows && runs.length > 1 && last.count < most) last.count++;
    else runs.push({ first: segment, count: 1 });
  }
  return runs;
}

/** A piece that takes this many times as long as most is late, but never before this many milliseconds. */
const LATE_FACTOR = 4;
const LEAST_PATIENCE_MS = 750;
/** Pieces that "most" is judged by, the last ones. */
const REMEMBERED = 15;
/** How often a source that has not answered is looked at again. */
const LOOK_MS = 100;

type Standing = {
  /** The best source that is not in `asked`, or undefined. */
  pick(asked: ReadonlySet<Source>): Source | undefined;
  failed(source: Source, cause: unknown): void;
  slow(source: Source): void;
  alive(): number;
  /** A run of pieces came after so many milliseconds. */
  served(ms: number, pieces: number): void;
  /** How long a run may take now before another source is asked. */
  patience(pieces: number): number;
};

function createStanding({ sources, onTrouble, patienceMs = 3_000 }: SwarmOptions): Standing {
  const latest: number[] = [];
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
    served(ms, pieces) {
      latest.push(ms / pieces);
      if (latest.length > REMEMBERED) latest.shift();
    },
    patience(pieces) {
      if (latest.length === 0) return patienceMs * pieces;
      const median = latest.toSorted((a, b) => a - b)[latest.length >> 1]!;
      return Math.min(patienceMs * pieces, Math.max(LEAST_PATIENCE_MS, LATE_FACTOR * median * pieces));
    },
  };
}

/** Why the others of a run are called off: an error of its own for each would be made with its stack. */
const ENOUGH = new Error("The run has its pieces.");

interface RunOptions {
  readonly k: number;
  readonly standing: Standing;
  readonly isFinal: (cause: unknown) => boolean;
  readonly outer: AbortSignal;
}

function fetchRun({ first, count }: Run, { k, standing, isFinal, outer }: RunOptions): Promise<FetchedRun[]> {
  return new Promise((resolve, reject) => {
    const asked = new Set<Source>();
    const found: FetchedRun[] = [];
    const timers = new Set<NodeJS.Timeout>();
    const enough = new AbortController();
    let pending = 0;
    let done = false;
    const signal = AbortSignal.any([outer, enough.signal]);

    const finish = (settle: () => void) => {
      if (done) return;
      done = true;
      for (const timer of timers) clearInterval(timer);
      outer.removeEventListener("abort", aborted);
      enough.abort(ENOUGH);
      settle();
    };
    const aborted = () => finish(() => reject(outer.reason));
    const giveUp = () => {
      if (found.length + pending >= k) return;
      const details = { segment: first, needed: k, alive: standing.alive() };
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
      const began = Date.now();
      // Patience may shrink while this one waits: the first answers say what is usual.
      const timer = setInterval(() => {
        if (Date.now() - began < standing.patience(count)) return;
        clearInterval(timer);
        standing.slow(source);
        ask();
      }, LOOK_MS);
      timers.add(timer);
      void source
        .fetch(first, count, signal)
        .then(
          (pieces) => {
            // It came after others had: they are being read already.
            if (done) return pieces.forEach(release);
            standing.served(Date.now() - began, count);
            found.push({ slot: source.slot, pieces });
            if (found.length === k) finish(() => resolve(found));
          },
          (cause: unknown) => {
            if (done) return;
            if (isFinal(cause)) return finish(() => reject(cause));
            standing.failed(source, cause);
            ask();
          },
        )
        .finally(() => {
          clearInterval(timer);
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
