// Rounds of put, get and the bare transfers of as many bytes, in turns, each in a process of its own.

import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, rm } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { fileLayout, PIECE_BYTES } from "../../../node/data/layout.ts";
import { type Direction, startTransferServer } from "./bare-transfer.ts";
import { clientOf, startBenchNetwork } from "./client-network.ts";
import type { ClientReport, ClientTask } from "./client-process.ts";
import type { CpuShares } from "./cpu-shares.ts";
import { type Cost, measure } from "./measured-process.ts";

export interface RoundsOptions {
  readonly folder: string;
  readonly sizeMiB: number;
  readonly rounds: number;
  readonly k: number;
  readonly n: number;
  readonly tell: (text: string) => void;
}

/** CPU seconds per GB are per 10^9 bytes of the file. */
export interface VerbReport {
  readonly perGB: number;
  /** The client's side of a bare pull of as many bytes as the verb sends or receives. */
  readonly transferPerGB: number;
  /** Median of the rounds' own ratios. */
  readonly ratioToTransfer: number;
  /** Of a put: the same against a bare push of as many bytes, which costs its sender less than a pull costs its receiver. */
  readonly ratioToPush?: number;
  /** Wall seconds of the verb. */
  readonly seconds: number;
  /** The most of any round. */
  readonly rssMiB: number;
  /** Until the client is connected: modules, key, chain. In no ratio. */
  readonly startCpuSeconds: number;
  /** Of one more, sampled round; its samples' shares of its CPU time. */
  readonly stages: CpuShares;
}

const CLIENT = path.join(import.meta.dirname, "client-process.ts");
const TRANSFER = path.join(import.meta.dirname, "bare-transfer.ts");

/** One put and get of the file, and what they and the bare transfers cost. */
type Round = (profile: boolean) => Promise<{ put: Pair; get: Pair }>;

/** Starts the network, hands out what measures a round, and ends everything. */
async function onNetwork<T>(options: Omit<RoundsOptions, "rounds">, work: (round: Round) => Promise<T>): Promise<T> {
  const { folder, sizeMiB, k, n, tell } = options;
  const source = path.join(folder, "source");
  const output = path.join(folder, "output");
  const digest = await writeRandomFile(source, sizeMiB);
  const network = await startBenchNetwork(path.join(folder, "network"), n, tell);
  const server = await startTransferServer(PIECE_BYTES);
  try {
    const { segments } = fileLayout(sizeMiB * 2 ** 20, k);
    const bare = (direction: Direction, pieces: number) =>
      measure<Cost>(TRANSFER, { server: server.address, direction, pieces, pieceBytes: PIECE_BYTES });
    const run = (verb: ClientTask["verb"], profile: boolean) =>
      measure<ClientReport>(CLIENT, { client: clientOf(network), verb, profile });
    return await work(async (profile: boolean) => {
      const [push, same] = [await bare("push", n * segments), await bare("pull", n * segments)];
      const put = await run({ put: source, k, n }, profile);
      tell(`put ${seconds(put.verb)}, bare pull ${seconds(same)}, bare push ${seconds(push)}`);
      const pull = await bare("pull", k * segments);
      const get = await run({ get: put.capability!, output }, profile);
      tell(`get ${seconds(get.verb)}, bare pull ${seconds(pull)}`);
      if ((await digestOf(output)) !== digest) throw new Error("get brought back other bytes than were put");
      await rm(output);
      return { put: { own: put, bare: same, push }, get: { own: get, bare: pull } };
    });
  } finally {
    await server.host.stop();
    await network.stop();
  }
}

/** For the memory of large files: nothing else of one round means much. */
export async function measureOnce(options: Omit<RoundsOptions, "rounds">) {
  const { put, get } = await onNetwork(options, (round) => round(false));
  return { put: put.own, get: get.own };
}

export async function measureRounds({ rounds, ...options }: RoundsOptions) {
  const { sizeMiB, tell } = options;
  return await onNetwork(options, async (round) => {
    const found: { put: Pair[]; get: Pair[] } = { put: [], get: [] };
    for (let i = 1; i <= rounds; i++) {
      tell(`round ${i} of ${rounds}`);
      const { put, get } = await round(false);
      found.put.push(put);
      found.get.push(get);
    }
    tell("one more round, sampled for its stages");
    const sampled = await round(true);
    const gigabytes = (sizeMiB * 2 ** 20) / 1e9;
    return {
      put: {
        ...reportOf(found.put, sampled.put, gigabytes),
        ratioToPush: median(found.put.map(({ own, push }) => own.verb.cpuSeconds / push!.cpuSeconds)),
        recomputePerGB: median(found.put.map(({ own }) => own.recompute.cpuSeconds)) / gigabytes,
      },
      get: reportOf(found.get, sampled.get, gigabytes),
    };
  });
}

interface Pair {
  readonly own: ClientReport;
  readonly bare: Cost;
  readonly push?: Cost;
}

function seconds({ cpuSeconds }: Cost): string {
  return `${cpuSeconds.toFixed(2)} CPU s`;
}

function reportOf(pairs: readonly Pair[], sampled: Pair, gigabytes: number): VerbReport {
  const shares = Object.entries(sampled.own.shares!);
  const sum = shares.reduce((total, [, seconds]) => total + seconds, 0);
  const scale = sampled.own.verb.cpuSeconds / sum / gigabytes;
  return {
    perGB: median(pairs.map(({ own }) => own.verb.cpuSeconds)) / gigabytes,
    transferPerGB: median(pairs.map(({ bare }) => bare.cpuSeconds)) / gigabytes,
    ratioToTransfer: median(pairs.map(({ own, bare }) => own.verb.cpuSeconds / bare.cpuSeconds)),
    seconds: median(pairs.map(({ own }) => own.verb.seconds)),
    rssMiB: Math.max(...pairs.map(({ own }) => own.peakMiB)),
    startCpuSeconds: median(pairs.map(({ own }) => own.start.cpuSeconds)),
    stages: Object.fromEntries(shares.map(([stage, seconds]) => [stage, seconds * scale])) as CpuShares,
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** Writes random bytes and returns their SHA-256. */
async function writeRandomFile(file: string, sizeMiB: number): Promise<string> {
  const hash = createHash("sha256");
  const handle = await open(file, "wx", 0o600);
  for (let written = 0; written < sizeMiB; written++) {
    const chunk = randomBytes(2 ** 20);
    hash.update(chunk);
    await handle.write(chunk);
  }
  await handle.close();
  return hash.digest("hex");
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}
