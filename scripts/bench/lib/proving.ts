/** Holdfast's prover and snarkjs's `fullProve` in turns, so that a busy machine slows both alike. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { readProverFolder } from "../../../node/consensus/prover/folder.ts";
import { readCircuitsFile } from "../../lib/circuits-file.ts";
import type { ProofCost } from "./prover-process.ts";

export type ProvingReport = ProofCost & {
  readonly profile: string;
  /** From nothing to a prover that holds its keys. */
  readonly startSeconds: number;
  readonly snarkjs: ProofCost;
  /** How many times snarkjs's wall time and CPU time is ours. */
  readonly ratioToSnarkjs: number;
  readonly cpuRatioToSnarkjs: number;
};

const FOLDER = path.resolve(import.meta.dirname, "../../../build/circuits");
const ROUNDS = 3;

/** Profiles that are built, least K first. */
export function builtProfiles(): { readonly profile: string; readonly K: number }[] {
  if (!existsSync(FOLDER)) return [];
  const { profiles } = readCircuitsFile(path.resolve(FOLDER, "../.."));
  return readdirSync(FOLDER)
    .filter((name) => Object.hasOwn(profiles, name) && existsSync(path.join(FOLDER, name, "manifest.json")))
    .map((profile) => ({ profile, K: readProverFolder(path.join(FOLDER, profile)).K }))
    .sort((a, b) => a.K - b.K);
}

/** Medians of some proofs by each, after one that warms up. */
export async function measureProving(profile: string): Promise<ProvingReport> {
  const started = performance.now();
  const own = await startProcess(profile, "holdfast");
  const startSeconds = (performance.now() - started) / 1e3;
  const theirs = await startProcess(profile, "snarkjs");
  const costs: { own: ProofCost[]; theirs: ProofCost[] } = { own: [], theirs: [] };
  for (let round = 0; round <= ROUNDS; round++) {
    const pair = { own: await proofBy(own), theirs: await proofBy(theirs) };
    if (round === 0) continue;
    costs.own.push(pair.own);
    costs.theirs.push(pair.theirs);
  }
  for (const child of [own, theirs]) child.disconnect();
  const [ours, snarkjs] = [median(costs.own), median(costs.theirs)];
  const ratioToSnarkjs = snarkjs.seconds / ours.seconds;
  return {
    profile,
    ...ours,
    startSeconds,
    snarkjs,
    ratioToSnarkjs,
    cpuRatioToSnarkjs: snarkjs.cpuSeconds / ours.cpuSeconds,
  };
}

async function startProcess(profile: string, program: "holdfast" | "snarkjs"): Promise<ChildProcess> {
  const child = fork(path.join(import.meta.dirname, "prover-process.ts"), [path.join(FOLDER, profile), program]);
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
