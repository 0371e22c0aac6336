// What a put and a get cost their client. A real chain and real provider processes; every put, get and bare libp2p transfer is a
// process of its own, and they take turns. CPU is user and system time of all threads: it counts what the client does, whatever
// else runs.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { positive, readCommandLine } from "../lib/command-line.ts";
import { measureOnce, measureRounds } from "./lib/client-rounds.ts";
import { measureErasure } from "./lib/erasure-rates.ts";
import { measureCrypto } from "./lib/raw-rates.ts";
import { pinnedVersions } from "./lib/versions.ts";

const USAGE = `npm run bench -- client [--json] [options]

  --size 256     MiB of the file
  --rounds 5     of each; figures are medians
  --data 3       pieces that rebuild a segment
  --total 5      providers
  --memory       one round, only for the resident memory: for files so large that a second round costs an hour

Needs about seven times the file's size of disk for each round, and minutes for each: the providers, and the client in the
background, compute Poseidon commitments of every byte.

Example: npm run bench -- client --size 64 --rounds 1`;

const { values } = readCommandLine(
  USAGE,
  {
    json: { type: "boolean", default: false },
    size: { type: "string", default: "256" },
    rounds: { type: "string", default: "5" },
    data: { type: "string", default: "3" },
    total: { type: "string", default: "5" },
    memory: { type: "boolean", default: false },
  },
  1, // `npm run bench -- client` hands its own word on
);
const whole = (option: "size" | "rounds" | "data" | "total") => positive(option, values[option]);
const [sizeMiB, rounds, k, n] = [whole("size"), whole("rounds"), whole("data"), whole("total")];
const tell = (text: string): void => console.error(text);

const folder = mkdtempSync(path.join(tmpdir(), "holdfast-bench-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
process.once("SIGINT", () => process.exit(130)).once("SIGTERM", () => process.exit(143));
if (values.memory) {
  const { put, get } = await measureOnce({ folder, sizeMiB, k, n, tell });
  console.log(JSON.stringify({ sizeMiB, k, n, put: { rssMiB: put.peakMiB }, get: { rssMiB: get.peakMiB } }));
  process.exit(0);
}
const measured = await measureRounds({ folder, sizeMiB, rounds, k, n, tell });
tell("measuring node:crypto and Reed-Solomon");
report({ ...measured, rs: await measureErasure(10, 30), crypto: measureCrypto(k), versions: pinnedVersions() });
process.exit(0);

type Report = Awaited<ReturnType<typeof measureRounds>> & {
  readonly rs: Awaited<ReturnType<typeof measureErasure>>;
  readonly crypto: ReturnType<typeof measureCrypto>;
  readonly versions: ReturnType<typeof pinnedVersions>;
};

function report({ put, get, rs, crypto, versions }: Report): void {
  if (values.json) {
    const rounded = (_: string, value: unknown): unknown =>
      typeof value === "number" ? Number(value.toPrecision(4)) : value;
    console.log(JSON.stringify({ sizeMiB, rounds, k, n, put, get, rs, crypto, versions }, rounded, 1));
    return;
  }
  console.log(`${sizeMiB} MiB, ${k}-of-${n}, medians of ${rounds}; CPU seconds per GB of the file`);
  for (const [name, { perGB, transferPerGB, ratioToTransfer, rssMiB, stages }] of Object.entries({ put, get })) {
    console.log(
      `${name}  ${perGB.toFixed(2)}, ${ratioToTransfer.toFixed(2)} x a bare pull's ${transferPerGB.toFixed(2)}, ${rssMiB.toFixed(0)} MiB at most`,
    );
    console.log(
      `     ${Object.entries(stages)
        .map(([stage, seconds]) => `${stage} ${seconds.toFixed(2)}`)
        .join(", ")}`,
    );
  }
  console.log(`recomputation in the background  ${put.recomputePerGB.toFixed(2)}`);
  console.log(
    `node:crypto  ${Object.entries(crypto)
      .map(([name, rate]) => `${name} ${rate.toFixed(2)}`)
      .join(", ")}`,
  );
  console.log(
    `Reed-Solomon 10-of-30  ${rs.encode.toFixed(0)} MB/s, ${rs.ratioToSubspace.toFixed(1)} x @subspace/reed-solomon-erasure.wasm`,
  );
}
