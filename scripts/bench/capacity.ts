// What it takes to pass for an empty disk without having one.

import { createSectorFiller } from "../../node/data/capacity-sector.ts";
import { createPoseidon8 } from "../../node/data/kernels/poseidon.ts";
import { positive, readCommandLine } from "../lib/command-line.ts";
import { type Attack, greedyAttack, patientAttack, sectorGraph } from "./lib/label-attack.ts";

const LABEL_BYTES = 32;
/** CapacityProofs.MAX_SECTORS over CHALLENGES. */
const SECTORS_PER_CHALLENGE = 16;
const HASHES = [10, 100, 1_000];
/** Up to here the better attack takes seconds. */
const PATIENCE = 100;
const MEASURED = 2_048;
const ID = 20_261_121n;

const USAGE = `npm run bench -- capacity [--json] [options]

  --m 16                 labels of a sector, as a power of two
  --core-hour 0.02       price of a core for an hour
  --terabyte-month 1.5   price of a disk of 10^12 bytes for 30 days, in the same money
  --period-hours 24      from one window to the next

Prints how many labels an attacker keeps that answers any challenge after at most 10, 100, 1,000 hashes (the better of two attacks on
the real graph), and what the hashes of a window cost beside the disk that it saves, for a provider with as many sectors as
the contract takes: 16 for each challenge.

Example: npm run bench -- capacity --core-hour 0.01`;

const { values } = readCommandLine(
  USAGE,
  {
    json: { type: "boolean", default: false },
    m: { type: "string", default: "16" },
    "core-hour": { type: "string", default: "0.02" },
    "terabyte-month": { type: "string", default: "1.5" },
    "period-hours": { type: "string", default: "24" },
  },
  1, // `npm run bench -- capacity` hands its own word on
);
const price = (option: "core-hour" | "terabyte-month" | "period-hours") =>
  positive(option, values[option], { fraction: true });
const m = positive("m", values.m);
const perHash = price("core-hour") / 3600 / measureLabels();
const perBytePeriod = (price("terabyte-month") / 1e12) * (price("period-hours") / 720);

/** Labels that one core makes in a second; each waits for the one before. */
function measureLabels(): number {
  const hash = createPoseidon8();
  const labels = new Uint8Array(4 * MEASURED * LABEL_BYTES);
  const filler = createSectorFiller(hash, ID, labels);
  filler.fill(MEASURED); // warms up
  const rates = [1, 2, 3].map(() => {
    const before = process.cpuUsage();
    filler.fill(MEASURED);
    const { user, system } = process.cpuUsage(before);
    return (MEASURED * 1e6) / (user + system);
  });
  return rates.sort((a, b) => a - b)[1]!;
}

type Line = {
  /** Of the labels. */
  readonly keptShare: number;
  readonly keptLabels: number;
  readonly meanHashes: number;
  /** Price of a challenge's hashes over the price of the disk that is saved for it. */
  readonly costOverSaving: number;
};

function line(keptLabels: number, meanHashes: number): Line {
  const saved = (2 ** m - keptLabels) * SECTORS_PER_CHALLENGE * LABEL_BYTES * perBytePeriod;
  return {
    ...{ keptShare: keptLabels / 2 ** m, keptLabels, meanHashes },
    costOverSaving: (meanHashes * perHash) / saved,
  };
}

const graph = sectorGraph(m, ID);
const attacks: Record<string, Line> = {};
let least: Attack = { kept: 2 ** m, meanHashes: 0 };
for (const most of HASHES) {
  // What answers within fewer hashes answers within these too.
  const found = [greedyAttack(graph, most), ...(most <= PATIENCE ? [patientAttack(graph, most)] : [])];
  least = found.reduce((best, other) => (other.kept < best.kept ? other : best), least);
  attacks[`hashes${most}`] = line(least.kept, least.meanHashes);
}
// Every label from the first to the one that is asked for, half of them on average.
const nothing = line(0, 2 ** m / 2);
const report = {
  m,
  labelsPerCoreSecond: price("core-hour") / 3600 / perHash,
  attacks,
  nothingKept: nothing,
  /** Price of a core for an hour below which keeping nothing is cheaper than the disk. */
  breakEvenCoreHour: price("core-hour") / nothing.costOverSaving,
};

if (values.json) {
  const rounded = (_: string, value: unknown): unknown =>
    typeof value === "number" ? Number(value.toPrecision(4)) : value;
  console.log(JSON.stringify({ capacity: report }, rounded));
} else {
  const percent = (share: number): string => `${(100 * share).toPrecision(3)} %`;
  console.log(`a sector of 2^${m} labels, ${Math.round(report.labelsPerCoreSecond)} labels a second and core`);
  for (const most of HASHES) {
    const { keptLabels, keptShare, meanHashes, costOverSaving } = attacks[`hashes${most}`]!;
    console.log(
      `at most ${String(most).padStart(5)} hashes a challenge: keeps ${keptLabels} labels (${percent(keptShare)}), ` +
        `${meanHashes.toFixed(1)} hashes on average, which cost ${percent(costOverSaving)} of the disk that is saved`,
    );
  }
  console.log(
    `nothing kept: ${2 ** m / 2} hashes on average, which cost ${percent(nothing.costOverSaving)} of the disk that is saved; ` +
      `as much as the disk if a core costs ${report.breakEvenCoreHour.toPrecision(3)} an hour`,
  );
}
