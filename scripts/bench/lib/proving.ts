/** Holdfast's prover and snarkjs's `fullProve` in turns, so that a busy machine slows both alike. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import type { ProofCost } from "./prover-process.ts";

export type ProvingReport = ProofCost & {
  /** From nothing to a prover that holds its keys. */
  readonly startSeconds: number;
  readonly snarkjs: ProofCost;
  /** How many times snarkjs's wall time and CPU time is ours. */
  readonly ratioToSnarkjs: number;
  readonly cpuRatioToSnarkjs: number;
  /** Our peak memory over snarkjs's. */
  readonly memoryOfSnarkjs: number;
};

/** Medians of `rounds` proofs by each, after one that warms up. `folder` is the built profile's. */
export async function measureProving(folder: string, rounds: number): Promise<ProvingReport> {
  const started = performance.now();
  const own = await startProcess(folder, "holdfast");
  const startSeconds = (performance.now() - started) / 1e3;
  const theirs = await startProcess(folder, "snarkjs");
  const costs: { own: ProofCost[]; theirs: ProofCost[] } = { own: [], theirs: [] };
  for (let round = 0; round <= rounds; round++) {
    const pair = { own: await proofBy(own), theirs: await proofBy(theirs) };
    if (round === 0) continue;
    costs.own.push(pair.own);
    costs.theirs.push(pair.theirs);
  }
  for (const child of [own, theirs]) child.disconnect();
  const [ours, snarkjs] = [median(costs.own), median(costs.theirs)];
  const ratioToSnarkjs = snarkjs.seconds / ours.seconds;
  return {
    ...ours,
    startSeconds,
    snarkjs,
    ratioToSnarkjs,
    cpuRatioToSnarkjs: snarkjs.cpuSeconds / ours.cpuSeconds,
    memoryOfSnarkjs: ours.peakMegabytes / snarkjs.peakMegabytes,
  };
}

async function startProcess(folder: string, program: "holdfast" | "snarkjs"): Promise<ChildProcess> {
  const child = fork(path.join(import.meta.dirname, "prover-process.ts"), [folder, program]);
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
