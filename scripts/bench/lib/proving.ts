/** Holdfast's prover and snarkjs's `fullProve` in turns, so that a busy machine slows both alike. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import type { ProgramName, ProofCost } from "./prover-process.ts";

export type ProvingReport = ProofCost & {
  /** From nothing to a prover that holds its keys. */
  readonly startSeconds: number;
  readonly snarkjs: ProofCost;
  /** How many times snarkjs's wall time and CPU time is ours. */
  readonly ratioToSnarkjs: number;
  readonly cpuRatioToSnarkjs: number;
  /** Our peak memory over snarkjs's. */
  readonly memoryOfSnarkjs: number;
  readonly external?: ExternalReport;
};

/** A program that was given with --external. */
export type ExternalReport = {
  /** Of a proof by the node that is configured to use it, and by the program itself on a witness that is there. */
  readonly seconds: number;
  readonly aloneSeconds: number;
  readonly secondsOverAlone: number;
  /** How many times as long the node's own kernels take, witness and verification included. */
  readonly ownOverAlone: number;
};

/** Medians of `rounds` proofs by each, after one that warms up. `folder` is the built profile's. */
export async function measureProving(folder: string, rounds: number, external?: string): Promise<ProvingReport> {
  const started = performance.now();
  const own = await startProcess(folder, "holdfast");
  const startSeconds = (performance.now() - started) / 1e3;
  const [ours, snarkjs] = await inTurns([own, await startProcess(folder, "snarkjs")], rounds);
  const other = external === undefined ? undefined : await measureExternal(folder, external, rounds);
  return {
    ...ours!,
    startSeconds,
    snarkjs: snarkjs!,
    ratioToSnarkjs: snarkjs!.seconds / ours!.seconds,
    cpuRatioToSnarkjs: snarkjs!.cpuSeconds / ours!.cpuSeconds,
    memoryOfSnarkjs: ours!.peakMegabytes / snarkjs!.peakMegabytes,
    ...(other === undefined ? {} : { external: { ...other, ownOverAlone: ours!.seconds / other.aloneSeconds } }),
  };
}

async function measureExternal(
  folder: string,
  external: string,
  rounds: number,
): Promise<Omit<ExternalReport, "ownOverAlone">> {
  const programs = ["configured", "alone"] as const;
  const children = await Promise.all(programs.map((program) => startProcess(folder, program, external)));
  const [configured, alone] = await inTurns(children, rounds);
  return {
    seconds: configured!.seconds,
    aloneSeconds: alone!.seconds,
    secondsOverAlone: configured!.seconds / alone!.seconds,
  };
}

/** Medians of `rounds` proofs by each process, which ends then. */
async function inTurns(children: readonly ChildProcess[], rounds: number): Promise<ProofCost[]> {
  const costs: ProofCost[][] = children.map(() => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [i, child] of children.entries()) {
      const cost = await proofBy(child);
      if (round > 0) costs[i]!.push(cost);
    }
  }
  for (const child of children) child.disconnect();
  return costs.map(median);
}

async function startProcess(folder: string, program: ProgramName, external?: string): Promise<ChildProcess> {
  const file = path.join(import.meta.dirname, "prover-process.ts");
  const child = fork(file, [folder, program, ...(external === undefined ? [] : [external])]);
  await answerOf(child);
  return child;
}

async function proofBy(child: ChildProcess): Promise<ProofCost> {
  child.send("prove");
  return (await answerOf(child)) as ProofCost;
}

async function answerOf(child: ChildProcess): Promise<unknown> {
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`A prover process ended with code ${code}; its message is above.`);
  });
  ended.catch(() => {}); // it ends at last, when nobody waits any more
  const [message] = await Promise.race([once(child, "message"), ended]);
  return message;
}

function median(costs: readonly ProofCost[]): ProofCost {
  const middle = (of: (cost: ProofCost) => number): number =>
    costs.map(of).sort((a, b) => a - b)[Math.floor(costs.length / 2)]!;
  return {
    seconds: middle(({ seconds }) => seconds),
    cpuSeconds: middle(({ cpuSeconds }) => cpuSeconds),
    peakMegabytes: Math.max(...costs.map(({ peakMegabytes }) => peakMegabytes)),
  };
}
