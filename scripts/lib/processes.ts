// Child processes of the demo and the devnet: the command line as people use it, daemons that are stopped whatever happens.

import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import path from "node:path";

/** A parent that ends without stopping its daemons must not leave them behind. */
const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

const CLI = path.resolve(import.meta.dirname, "../../node/application/cli/main.ts");

/** Runs `holdfast ...args --json` to its end; its stderr goes to `onLine`. Rejects with its own sentence when it fails. */
export async function holdfast<T>(args: readonly string[], onLine: (line: string) => void = () => {}): Promise<T> {
  const child = spawn(process.execPath, [CLI, ...args, "--json"], { stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
    for (const line of text.split("\n")) if (line.trim() !== "") onLine(line.trim());
  });
  const code = await exited(child);
  const last = out.trim().split("\n").at(-1) ?? "";
  if (code !== 0) throw new Error(`holdfast ${args.slice(0, 2).join(" ")} failed: ${last || errors.trim()}`);
  return JSON.parse(last) as T;
}

/** A daemon whose output goes to a log file. */
export type Daemon = {
  readonly process: ChildProcess;
  readonly log: string;
  /** Resolves once the log holds `text`; rejects with the log's end when the process stops first. */
  ready(text: string, timeoutMs: number): Promise<void>;
  stop(signal?: NodeJS.Signals): Promise<void>;
};

/** Starts a daemon in a process of its own. */
export function startDaemon(command: string, args: readonly string[], log: string, cwd?: string): Daemon {
  const fd = openSync(log, "w", 0o600);
  const child = spawn(command, args, { stdio: ["ignore", fd, fd], ...(cwd === undefined ? {} : { cwd }) });
  closeSync(fd);
  running.add(child);
  const over = exited(child).finally(() => running.delete(child));
  over.catch(() => {}); // one that could not be started has no exit code, and `ready` says so
  return {
    process: child,
    log,
    async ready(text, timeoutMs) {
      const deadline = Date.now() + timeoutMs;
      for (;;) {
        const written = readFileSync(log, "utf8");
        if (written.includes(text)) return;
        const tail = written.trim().split("\n").slice(-5).join("\n");
        if (child.exitCode !== null || child.signalCode !== null)
          throw new Error(`${path.basename(log)} stopped:\n${tail}`);
        if (Date.now() > deadline)
          throw new Error(`${path.basename(log)} was not ready in ${timeoutMs / 1000} s:\n${tail}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
    async stop(signal = "SIGTERM") {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill(signal);
        const forced = setTimeout(() => child.kill("SIGKILL"), 10_000);
        await over;
        clearTimeout(forced);
      }
    },
  };
}

/** Runs `npm run -s holdfast`'s daemon form. */
export function startHoldfast(args: readonly string[], log: string): Daemon {
  return startDaemon(process.execPath, [CLI, ...args], log);
}

function exited(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code));
  });
}
