// A real chain in a process of its own, on a port of the loopback interface, for the demo, the devnet and tests.

import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { HoldfastError } from "../../node/common/errors.ts";
import { isFree, ownPort } from "./ports.ts";

/** A running chain. Its accounts are Hardhat's: 40, from the public test mnemonic. */
export interface ChainProcess {
  readonly rpcUrl: string;
  readonly port: number;
  readonly pid: number;
  /** Resolves once the process is gone, stopped or not. */
  readonly exited: Promise<void>;
  stop(): Promise<void>;
}

export interface ChainProcessOptions {
  /** Folder of hardhat.config.ts. */
  root: string;
  /** A fixed port; one that is free unless told. */
  port?: number;
  /** Milliseconds until `CHAIN_START`; 60,000 unless told. */
  timeout?: number;
  /** Every line that the chain prints. */
  onLine?: (line: string) => void;
}

/** The port given if it is free, else one of this process's own. Throws `PORT_TAKEN`. */
async function chainPort(port: number | undefined): Promise<number> {
  if (port === undefined) return await ownPort();
  if (await isFree(port)) return port;
  throw new HoldfastError("PORT_TAKEN", `Port ${port} is used by another program; stop it or choose another port.`, {
    details: { port },
  });
}

async function answers(rpcUrl: string): Promise<boolean> {
  try {
    const response = await fetch(rpcUrl, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}',
      signal: AbortSignal.timeout(2_000),
    });
    return response.ok;
  } catch {
    return false;
  }
}

/** Starts `hardhat node --network node` and waits until it answers. Throws `PORT_TAKEN`, or `CHAIN_START` with its last words. */
export async function startChain(options: ChainProcessOptions): Promise<ChainProcess> {
  const { root, timeout = 60_000, onLine } = options;
  const port = await chainPort(options.port); // another chain that answers there must not be taken for ours
  const rpcUrl = `http://127.0.0.1:${port}`;
  const hardhat = join(root, "node_modules", "hardhat", "dist", "src", "cli.js");
  const child = spawn(
    process.execPath,
    [hardhat, "node", "--network", "node", "--hostname", "127.0.0.1", "--port", String(port)],
    { cwd: root, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, HARDHAT_DISABLE_TELEMETRY_PROMPT: "true" } },
  );
  const lastLines = keepLines(child, onLine);
  const exited = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  // A parent that ends without stopping its chain must not leave it behind.
  const killChild = () => child.kill("SIGKILL");
  process.once("exit", killChild);
  void exited.then(() => process.off("exit", killChild));

  const deadline = Date.now() + timeout;
  while (!(await answers(rpcUrl))) {
    if (child.exitCode !== null || child.pid === undefined || Date.now() > deadline) {
      child.kill("SIGKILL");
      throw new HoldfastError("CHAIN_START", `The chain on port ${port} did not start: ${lastLines().join(" | ")}`, {
        details: { port },
      });
    }
    await sleep(100);
  }
  return {
    rpcUrl,
    port,
    pid: child.pid as number,
    exited,
    async stop() {
      child.kill("SIGTERM");
      const forced = setTimeout(() => child.kill("SIGKILL"), 3_000);
      await exited;
      clearTimeout(forced);
    },
  };
}

function keepLines(child: ChildProcess, onLine?: (line: string) => void): () => string[] {
  const last: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      for (const line of text.split("\n").filter((l) => l.trim() !== "")) {
        last.push(line.trim());
        if (last.length > 5) last.shift();
        onLine?.(line);
      }
    });
  }
  return () => last;
}
