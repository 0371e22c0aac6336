// The command line in a process of its own, watched and killed at a line of its progress.

import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import type { Outcome } from "../../fixtures/run-holdfast.ts";

/** Between two looks at what is waited for. */
const POLL_MS = 4;
const MAIN = path.resolve(import.meta.dirname, "../../../node/application/cli/main.ts");

export interface Watch {
  /** Called with every line of stderr. */
  readonly onLine?: (line: string) => void;
  /** SIGKILL at the first line that contains this. */
  readonly killAt?: string;
  /** SIGKILL once this is so; asked again and again from the start on. */
  readonly killWhen?: () => boolean | Promise<boolean>;
  /** SIGINT at the first line that contains this. */
  readonly interruptAt?: string;
}

/** Runs `holdfast ...args --json`; `code` is -1 when it was killed. */
export async function holdfast(args: readonly string[], watch: Watch = {}): Promise<Outcome & { lines: string[] }> {
  const child = spawn(process.execPath, [MAIN, ...args, "--json"], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env.PATH, HOME: "/nonexistent" },
  });
  const lines: string[] = [];
  createInterface(child.stderr).on("line", (line) => {
    lines.push(line);
    watch.onLine?.(line);
    if (watch.killAt !== undefined && line.includes(watch.killAt)) child.kill("SIGKILL");
    if (watch.interruptAt !== undefined && lines.filter((one) => one.includes(watch.interruptAt!)).length === 1) {
      if (line.includes(watch.interruptAt)) child.kill("SIGINT"); // once: the second one kills
    }
  });
  const [stdout] = await Promise.all([text(child.stdout), once(child, "close"), killWhen()]);
  return { code: child.exitCode ?? -1, stdout, stderr: lines.join("\n"), lines };

  async function killWhen(): Promise<void> {
    if (watch.killWhen === undefined) return;
    const running = () => child.exitCode === null && child.signalCode === null;
    while (running() && !(await watch.killWhen())) await sleep(POLL_MS);
    child.kill("SIGKILL");
  }
}

/** The result of a run that must have succeeded. */
export function resultOf<T>(outcome: Outcome): T {
  expect(outcome.code, outcome.stderr).to.equal(0);
  return JSON.parse(outcome.stdout) as T;
}

/** Holds a failure to its form: exit code 1, one sentence that matches, its code, no stack, JSON with the same. */
export function expectRefusal(outcome: Outcome, code: string, sentence: RegExp): void {
  expect(outcome.code, outcome.stderr).to.equal(1);
  const errors = outcome.stderr.split("\n").filter((line) => line.startsWith("error: "));
  expect(errors, outcome.stderr).to.have.length(1);
  expect(errors[0]!.endsWith(`(${code})`), errors[0]).to.equal(true);
  expect(errors[0]).to.match(sentence);
  expect(outcome.stderr).not.to.match(/\n\s+at /);
  const { error } = JSON.parse(outcome.stdout) as { error: { code: string; message: string } };
  expect(error.code).to.equal(code);
  expect(errors[0]).to.equal(`error: ${error.message} (${code})`);
}
