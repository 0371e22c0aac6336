// Measures the erasure code. Poseidon and commitments are in `npm run bench -- proofs`.

import { randomBytes } from "node:crypto";
import { createReedSolomon } from "../../node/data/kernels/reed-solomon.ts";
import { PIECE_BYTES } from "../../node/data/layout.ts";
import { readCommandLine } from "../lib/command-line.ts";
import { interleave } from "./lib/rates.ts";

/** MB/s per core of data bytes; reconstruct rebuilds min(k, n - k) lost data pieces. */
interface CodeRates {
  encode: number;
  reconstruct: number;
}

function measureReedSolomon(k: number, n: number): CodeRates {
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

const USAGE = `npm run bench -- kernels [--json]

Reed-Solomon in MB (10^6 bytes of data) for each second of CPU, in alternating short slices: a few seconds.

Example: npm run bench -- kernels --json`;

// `npm run bench -- kernels` hands its own word on.
const { values } = readCommandLine(USAGE, { json: { type: "boolean", default: false } }, 1);
const reedSolomon: Record<string, CodeRates> = {
  "3-of-5": measureReedSolomon(3, 5),
  "10-of-30": measureReedSolomon(10, 30),
};
if (values.json) {
  const rounded = (_: string, value: unknown): unknown =>
    typeof value === "number" ? Number(value.toPrecision(4)) : value;
  console.log(JSON.stringify({ reedSolomon }, rounded));
} else {
  for (const [code, rates] of Object.entries(reedSolomon)) {
    for (const [what, rate] of Object.entries(rates)) {
      console.log(`Reed-Solomon ${code} ${what.padEnd(12)}${rate.toFixed(0).padStart(6)} MB/s of data, per core`);
    }
  }
}
