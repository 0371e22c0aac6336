/** How benchmarks count: work per CPU second for one thread, work per wall second for several. */
import { cpus } from "node:os";

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
  /** Cores that were there for this process: those that it used and those that nobody used. */
  usable: number;
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

export function median(values: number[]): number {
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

/** How long a measurement takes: rounds that count, after those that warm up, and milliseconds of a slice of several threads. */
export interface Pace {
  rounds: number;
  warmUps: number;
  sliceMs: number;
}

export const FULL_PACE: Pace = { rounds: 9, warmUps: 2, sliceMs: 1_500 };
export const QUICK_PACE: Pace = { rounds: 3, warmUps: 1, sliceMs: 400 };

/** Median MB per CPU second of each program over alternating slices. */
export function interleave<Name extends string>(
  programs: Record<Name, Program>,
  { rounds, warmUps } = FULL_PACE,
): Record<Name, number> {
  const names = Object.keys(programs) as Name[];
  const taken = Array.from({ length: warmUps + rounds }, () => names.map((name) => slice(programs[name])));
  const counted = taken.slice(warmUps);
  return Object.fromEntries(names.map((name, i) => [name, median(counted.map((round) => round[i]!))])) as Record<
    Name,
    number
  >;
}

/** With `parallel` calls of `bytes` each under way at any time for `milliseconds`. */
export async function parallelRate(
  parallel: number,
  milliseconds: number,
  bytes: number,
  run: () => Promise<unknown>,
): Promise<ParallelRate> {
  const start = performance.now();
  const cpu = cpuSeconds();
  const idle = idleSeconds();
  let runs = 0;
  const lane = async (): Promise<void> => {
    while (performance.now() - start < milliseconds) {
      await run();
      runs++;
    }
  };
  await Promise.all(Array.from({ length: parallel }, lane));
  const megabytes = (runs * bytes) / 1e6;
  const seconds = (performance.now() - start) / 1e3;
  const spent = cpuSeconds() - cpu;
  const usable = Math.min(spent + idleSeconds() - idle, seconds * cpus().length);
  return { wall: megabytes / seconds, core: megabytes / spent, usable: usable / seconds };
}

/** Of all cores together. */
function idleSeconds(): number {
  return cpus().reduce((sum, { times }) => sum + times.idle, 0) / 1e3;
}
