/** How benchmarks count: work per CPU second for one thread, work per wall second for several. */

/** A program to measure and the bytes that one run of it handles. */
export interface Program {
  bytes: number;
  run(): unknown;
}

/** What a number of threads did together, in MB (10^6 bytes) per second. */
export interface ParallelRate {
  /** Per second of wall time: meaningful on an idle machine only. */
  wall: number;
  /** Per second of CPU time of all threads: what each core delivers; stays level if the threads do not disturb each other. */
  core: number;
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** MB per CPU second of one slice of at least 0.1 s. */
function slice({ bytes, run }: Program): number {
  const start = cpuSeconds();
  let runs = 0;
  let spent = 0;
  while (spent < 0.1) {
    run();
    runs++;
    spent = cpuSeconds() - start;
  }
  return (runs * bytes) / spent / 1e6;
}

/** Median MB per CPU second of each program over nine alternating slices, after two rounds of warming up. */
export function interleave<Name extends string>(programs: Record<Name, Program>): Record<Name, number> {
  const names = Object.keys(programs) as Name[];
  const rounds = Array.from({ length: 11 }, () => names.map((name) => slice(programs[name]))).slice(2);
  return Object.fromEntries(names.map((name, i) => [name, median(rounds.map((round) => round[i]!))])) as Record<
    Name,
    number
  >;
}

/** Rates with `parallel` calls of `bytes` each under way at any time for `milliseconds`. */
export async function parallelRate(
  parallel: number,
  milliseconds: number,
  bytes: number,
  run: () => Promise<unknown>,
): Promise<ParallelRate> {
  const start = performance.now();
  const cpu = cpuSeconds();
  let runs = 0;
  const lane = async (): Promise<void> => {
    while (performance.now() - start < milliseconds) {
      await run();
      runs++;
    }
  };
  await Promise.all(Array.from({ length: parallel }, lane));
  const megabytes = (runs * bytes) / 1e6;
  return { wall: megabytes / ((performance.now() - start) / 1e3), core: megabytes / (cpuSeconds() - cpu) };
}
