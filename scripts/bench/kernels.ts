/**
 * Measures the kernels: `node scripts/bench/kernels.ts [--json]`, about 20 seconds.
 * Per-core figures use CPU time and alternate short slices of the compared programs, so that a busy machine slows all of
 * them alike. MB are 10^6 bytes.
 */
import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { buildPoseidon } from "circomlibjs";
import { createCommitPool } from "../../node/data/kernels/commit-pool.ts";
import { createPoseidon8 } from "../../node/data/kernels/poseidon.ts";
import { createReedSolomon } from "../../node/data/kernels/reed-solomon.ts";
import { GROUP_BYTES, PIECE_BYTES } from "../../node/data/layout.ts";
import { interleave, type ParallelRate, parallelRate } from "./lib/rates.ts";

/** What one hash takes in: eight elements of 31 bytes. */
const TUPLE_BYTES = 8 * 31;

interface Report {
  /** MB/s per core of hash input, and how many times circomlibjs that is in the same run. */
  poseidon: { fma: number; integer: number; circomlibjs: number; fmaRatio: number; integerRatio: number };
  /** MB/s per core of file bytes turned into group nodes (73 hashes for 64 tuples). */
  groupNodes: number;
  commitPool: { workers1: ParallelRate; workers2: ParallelRate };
  /** MB/s per core of data bytes; reconstruct rebuilds min(k, n - k) lost data pieces. */
  reedSolomon: Record<"3-of-5" | "10-of-30", { encode: number; reconstruct: number }>;
}

async function measurePoseidon(): Promise<Pick<Report, "poseidon" | "groupNodes">> {
  const groups = randomBytes(PIECE_BYTES);
  const fused = createPoseidon8();
  const integer = createPoseidon8({ integer: true });
  const reference = await buildPoseidon();
  const tuples = fused.groupNodes(randomBytes(256 * GROUP_BYTES)); // nodes are as good as random field elements
  const bytes = (tuples.length / 256) * TUPLE_BYTES;
  // Elements in circomlibjs' own form, as it returns them: the fastest way to call it, without conversions.
  const inputs = Array.from({ length: 8 }, (_, i) => reference([BigInt(i)]));
  const rates = interleave({
    fma: { bytes, run: () => fused.parents(tuples) },
    integer: { bytes, run: () => integer.parents(tuples) },
    circomlibjs: { bytes: TUPLE_BYTES, run: () => reference(inputs) },
    groupNodes: { bytes: PIECE_BYTES, run: () => fused.groupNodes(groups) },
  });
  const { groupNodes, ...poseidon } = rates;
  const ratio = (rate: number): number => rate / rates.circomlibjs;
  return { poseidon: { ...poseidon, fmaRatio: ratio(rates.fma), integerRatio: ratio(rates.integer) }, groupNodes };
}

async function measureCommitPool(workers: number): Promise<ParallelRate> {
  const pool = createCommitPool({ workers });
  const groups = randomBytes(PIECE_BYTES);
  const hash = (): Promise<Uint8Array> => pool.groupNodes(groups);
  await parallelRate(2 * workers, 500, PIECE_BYTES, hash); // threads started, code optimised
  const rate = await parallelRate(2 * workers, 2_000, PIECE_BYTES, hash);
  await pool.close();
  return rate;
}

function measureReedSolomon(k: number, n: number): { encode: number; reconstruct: number } {
  const code = createReedSolomon(k, n);
  const data = Array.from({ length: k }, () => randomBytes(PIECE_BYTES));
  const lost = Math.min(k, n - k);
  const survivors = [...data, ...code.encode(data)].map((bytes, index) => ({ index, bytes })).slice(lost, lost + k);
  const wanted = Array.from({ length: lost }, (_, i) => i);
  return interleave({
    encode: { bytes: k * PIECE_BYTES, run: () => code.encode(data) },
    reconstruct: { bytes: k * PIECE_BYTES, run: () => code.reconstruct(survivors, wanted) },
  });
}

function print({ poseidon, groupNodes, commitPool, reedSolomon }: Report): void {
  const line = (name: string, rate: number, note: string): void => {
    console.log(`${name.padEnd(32)}${rate.toFixed(rate < 100 ? 2 : 0).padStart(8)} MB/s  ${note}`);
  };
  line("Poseidon(8) fused", poseidon.fma, `per core, ${poseidon.fmaRatio.toFixed(1)} x circomlibjs`);
  line("Poseidon(8) integer", poseidon.integer, `per core, ${poseidon.integerRatio.toFixed(1)} x circomlibjs`);
  line("Poseidon(8) circomlibjs", poseidon.circomlibjs, "per core");
  line("group nodes", groupNodes, "of file bytes, per core");
  for (const [name, { wall, core }] of Object.entries(commitPool)) {
    line(`commit pool, ${name}`, wall, `wall, ${core.toFixed(2)} per core`);
  }
  for (const [name, { encode, reconstruct }] of Object.entries(reedSolomon)) {
    line(`Reed-Solomon ${name} encode`, encode, "of data, per core");
    line(`Reed-Solomon ${name} reconstruct`, reconstruct, "of data, per core");
  }
}

// `npm run bench -- kernels` hands its own word on.
const { values } = parseArgs({ options: { json: { type: "boolean", default: false } }, allowPositionals: true });
const report: Report = {
  ...(await measurePoseidon()),
  commitPool: { workers1: await measureCommitPool(1), workers2: await measureCommitPool(2) },
  reedSolomon: { "3-of-5": measureReedSolomon(3, 5), "10-of-30": measureReedSolomon(10, 30) },
};
if (values.json) {
  const rounded = (_: string, value: unknown): unknown =>
    typeof value === "number" ? Number(value.toPrecision(4)) : value;
  console.log(JSON.stringify(report, rounded));
} else {
  print(report);
}
process.exit(0); // circomlibjs keeps its threads
