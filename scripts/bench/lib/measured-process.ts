// What one piece of work in a process of its own costs: the child's side, and how a benchmark asks for it.

import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";

/** CPU is user and system time of all threads. */
export type Cost = { readonly cpuSeconds: number; readonly seconds: number };

/** Starts counting; the answer is the cost so far. */
export function startCounting(): () => Cost {
  const cpu = process.cpuUsage();
  const began = performance.now();
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    return { cpuSeconds: (user + system) / 1e6, seconds: (performance.now() - began) / 1e3 };
  };
}

/** The most memory that this process ever had resident: VmHWM, MiB. */
export function peakMiB(): number {
  const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"));
  return Number(line![1]) / 1024;
}

/** In the child: does the one task that the parent sends, answers with its report, and ends. */
export function reportOnce<Task, Report>(work: (task: Task) => Promise<Report>): void {
  process.once("message", async (task) => {
    const report = await work(task as Task);
    process.send!(report, () => process.exit(0));
  });
}

/** In the parent: runs `file` with `task` to its end; its output goes to stderr. Throws when it ends without a report. */
export async function measure<Report>(file: string, task: object): Promise<Report> {
  const child = fork(file, { stdio: ["ignore", 2, 2, "ipc"] });
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`${file} ended with code ${code} and no report; its message is above.`);
  });
  ended.catch(() => {}); // it ends after its report too, when nobody waits any more
  child.send(task);
  const [report] = await Promise.race([once(child, "message"), ended]);
  return report as Report;
}
