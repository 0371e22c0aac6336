/** A provider's daemon as people run it: `holdfast provider ...` in processes of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";

export const ROOT = path.resolve(import.meta.dirname, "../../..");
const CLI = path.join(ROOT, "node/application/cli/main.ts");

export interface Finished {
  code: number | null;
  /** Last line of stdout, as JSON. */
  result: Record<string, unknown>;
  stderr: string;
}

/** Runs `holdfast ...args --json` to its end. */
export async function run(args: readonly string[]): Promise<Finished> {
  const child = spawn(process.execPath, [CLI, ...args, "--json"], { stdio: ["ignore", "pipe", "pipe"] });
  const [stdout, stderr] = [collect(child, "stdout"), collect(child, "stderr")];
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, result: lastLine(stdout()), stderr: stderr() };
}

export interface Running {
  ready: Record<string, unknown>;
  stderr(): string;
  /** Sends the signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null; stdout: string }>;
}

/** Starts `holdfast provider run` and waits for its ready line; rejects with its error when it ends before. */
export async function startProvider(args: readonly string[]): Promise<Running> {
  const child = spawn(process.execPath, [CLI, "provider", "run", ...args, "--json"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr] = [collect(child, "stdout"), collect(child, "stderr")];
  const over = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
  const killed = () => child.kill("SIGKILL");
  process.once("exit", killed);
  void over.then(() => process.off("exit", killed));
  await Promise.race([
    new Promise<void>((resolve) => child.stdout.once("data", () => resolve())),
    over.then(() => {
      throw new Error(`provider run ended: ${stdout()} ${stderr()}`);
    }),
  ]);
  return {
    ready: lastLine(stdout()),
    stderr,
    async end(signal) {
      child.kill(signal);
      return { ...(await over), stdout: stdout() };
    },
  };
}

function collect(child: ChildProcess, name: "stdout" | "stderr"): () => string {
  let text = "";
  child[name]!.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  return () => text;
}

function lastLine(text: string): Record<string, unknown> {
  const line = text.trim().split("\n").at(-1) ?? "";
  return line === "" ? {} : (JSON.parse(line) as Record<string, unknown>);
}

/** Asks `probe` until it gives something, for at most `ms`. */
export async function eventually<T>(what: string, ms: number, probe: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + ms;
  for (;;) {
    const found = await probe();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`waited ${ms / 1000} s in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}
