/** The report of `bench -- proofs`, and as lines for people. */
import type { ConstraintCounts } from "../../lib/constraint-counts.ts";
import type { CommitReport } from "./commit.ts";
import type { PoseidonReport } from "./poseidon.ts";
import type { ProvingReport } from "./proving.ts";
import type { SetupReport } from "./setup.ts";

/** What was measured; parts that were not wanted are missing. Keys of `prove` and `setup` are K4, K16, ... */
export type ProofsReport = {
  readonly machine: { readonly processor: string; readonly cores: number };
  poseidon?: PoseidonReport;
  /** `afterLastByteSeconds`: from the arrival of an upload's last piece to its durable commitment. */
  commit?: CommitReport & { readonly afterLastByteSeconds: number; readonly uploadMebibytes: number };
  prove?: Readonly<Record<string, ProvingReport>>;
  setup?: Readonly<Record<string, SetupReport>>;
  /** Templates as git has them; a test compiles and compares each. */
  constraints?: ConstraintCounts;
  /** Of whole transactions, measured with real proofs. */
  gas?: {
    readonly verifyOne: number;
    readonly proofsInBatch: number;
    readonly verifyBatch: number;
    readonly verifyBatchEach: number;
  };
};

export function formatProofs(report: ProofsReport): string {
  const { machine, poseidon, commit, prove = {}, setup = {}, constraints, gas } = report;
  const lines = [`${machine.processor}, ${machine.cores} cores`];
  if (poseidon !== undefined) lines.push(...poseidonLines(poseidon));
  if (commit !== undefined) lines.push(...commitLines(commit));
  for (const [K, one] of Object.entries(prove)) lines.push(...provingLines(K, one));
  for (const [K, { seconds, cpuSeconds }] of Object.entries(setup)) {
    lines.push(`development key ${K}: ${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} CPU s`);
  }
  if (constraints !== undefined) lines.push(...constraintLines(constraints));
  if (gas !== undefined) {
    const { verifyOne, proofsInBatch, verifyBatch, verifyBatchEach } = gas;
    lines.push(
      `gas: one proof ${verifyOne}; ${proofsInBatch} in a batch ${verifyBatch}, ${Math.round(verifyBatchEach)} each`,
    );
  }
  return lines.join("\n");
}

function constraintLines({ profiles, templates, built }: ConstraintCounts): string[] {
  const line = ([name, count]: [string, number], note = ""): string =>
    `constraints of ${name}: ${count.toLocaleString("en")}${note}`;
  const noteOf = (profile: string): string =>
    built.includes(profile) ? ", as built" : ", as git says; not built here";
  return [
    ...Object.entries(profiles).map((entry) => line(entry, noteOf(entry[0]))),
    ...Object.entries(templates).map((entry) => line(entry)),
  ];
}

function poseidonLines({ limit, ...poseidon }: PoseidonReport): string[] {
  const rate = (name: string, value: number, note = ""): string =>
    `Poseidon(8) ${name.padEnd(18)}${value.toFixed(2).padStart(7)} MB/s per core  ${note}`;
  const { circomlibjs, poseidonLite, integer } = poseidon;
  const others = `${poseidon.ratioToCircomlibjs.toFixed(1)} x circomlibjs, ${poseidon.ratioToPoseidonLite.toFixed(1)} x poseidon-lite`;
  return [
    rate("fused", poseidon.mbPerSecondPerCore, others),
    rate("integer", integer.mbPerSecondPerCore, `${integer.ratioToCircomlibjs.toFixed(1)} x circomlibjs`),
    rate("circomlibjs", circomlibjs),
    rate("poseidon-lite", poseidonLite),
    rate("group nodes", poseidon.groupNodes, "of file bytes"),
    rate("limit", limit.mbPerSecond, `the kernel reaches ${percent(limit.share)} of what its multiply-adds alone take`),
    `  ${limit.multiplyAddsPerHash} multiply-adds a hash in two lanes, ${(limit.multiplyAddsPerSecond / 1e9).toFixed(2)} * 10^9 a second measured`,
  ];
}

function commitLines(report: NonNullable<ProofsReport["commit"]>): string[] {
  const { workers1, workers2, scaling2, wallScaling2, afterLastByteSeconds, uploadMebibytes } = report;
  const one = (workers: number, { mbPerSecond, mbPerCoreSecond }: CommitReport["workers1"]): string =>
    `commit, ${workers} worker${workers === 1 ? " " : "s"}: ${mbPerSecond.toFixed(2)} MB/s, ${mbPerCoreSecond.toFixed(2)} per core`;
  const scaling = `two workers do ${scaling2.toFixed(2)} x one, for the cores they had; ${wallScaling2.toFixed(2)} x by the clock`;
  const upload = `commitment ${afterLastByteSeconds.toFixed(3)} s after the last byte of ${uploadMebibytes} MiB`;
  return [one(1, workers1), one(2, workers2), scaling, upload];
}

function provingLines(K: string, { snarkjs, external, ...own }: ProvingReport): string[] {
  const line = (name: string, cost: typeof snarkjs, note: string): string => {
    const [seconds, cpu] = [cost.seconds, cost.cpuSeconds].map((value) => value.toFixed(2).padStart(6));
    return `${K.padEnd(4)}${name.padEnd(9)}${seconds} s  ${cpu} CPU s  ${cost.peakMegabytes.toFixed(0)} MB  ${note}`;
  };
  const ratio = `${own.ratioToSnarkjs.toFixed(1)} x the time, ${own.cpuRatioToSnarkjs.toFixed(1)} x the CPU time`;
  const lines = [line("Holdfast", own, `start ${own.startSeconds.toFixed(1)} s`), line("snarkjs", snarkjs, ratio)];
  if (external === undefined) return lines;
  const { seconds, aloneSeconds, secondsOverAlone, ownOverAlone } = external;
  const times = `${seconds.toFixed(2)} s configured, ${aloneSeconds.toFixed(2)} s alone`;
  return [
    ...lines,
    `${K} external ${times}: ${secondsOverAlone.toFixed(2)} x; Holdfast's own ${ownOverAlone.toFixed(2)} x`,
  ];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
