// Our Reed-Solomon beside the npm package with the same job, in one run: the same data lost and rebuilt by both, then their rates.

import { randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import { createReedSolomon } from "../../../node/data/kernels/reed-solomon.ts";
import { PIECE_BYTES } from "../../../node/data/layout.ts";
import { interleave } from "./rates.ts";
import { slowParity } from "./slow-field.ts";

/** MB per CPU second of data encoded. */
export interface ErasureReport {
  readonly encode: number;
  readonly subspace: number;
  readonly ratioToSubspace: number;
  /** Bytes of lost data that both rebuilt and that were compared with each other and with the original. */
  readonly rebuiltBytesCompared: number;
  /** Bytes of parity that equal those of the field's definition. */
  readonly parityBytesCompared: number;
}

/** The package is CommonJS and its types name browser globals. */
interface Subspace {
  encode(shards: Uint8Array, dataShards: number, parityShards: number): number;
  reconstruct(shards: Uint8Array, dataShards: number, parityShards: number, available: boolean[]): number;
}
const load = createRequire(import.meta.url);
const { ReedSolomonErasure } = load("@subspace/reed-solomon-erasure.wasm") as {
  ReedSolomonErasure: { fromCurrentDirectory(): Promise<Subspace> };
};

/**
 * The two codes have different parity (theirs a Vandermonde matrix made systematic, ours Cauchy), so what can be equal is what they
 * rebuild; our parity is compared with the definition instead. Throws when a byte differs.
 */
export async function measureErasure(k: number, n: number): Promise<ErasureReport> {
  const subspace = await ReedSolomonErasure.fromCurrentDirectory();
  const code = createReedSolomon(k, n);
  const data = Array.from({ length: k }, () => new Uint8Array(randomBytes(PIECE_BYTES)));
  const parity = code.encode(data);
  const [sample, length] = [PIECE_BYTES - 1_024, 1_024];
  const some = (pieces: readonly Uint8Array[]) => pieces.map((piece) => piece.subarray(sample, sample + length));
  expectEqual(some(parity), slowParity(some(data), n), "our parity and the definition's");

  const theirs = new Uint8Array(n * PIECE_BYTES);
  for (const [i, piece] of data.entries()) theirs.set(piece, i * PIECE_BYTES);
  const encodeTheirs = () => expectOk(subspace.encode(theirs, k, n - k));
  encodeTheirs();
  const lost = Math.min(k, n - k);
  const patterns = [Array.from({ length: lost }, (_, i) => i), Array.from({ length: lost }, (_, i) => k - 1 - i)];
  for (const pattern of patterns) {
    const survivors = [...data, ...parity]
      .map((bytes, index) => ({ index, bytes }))
      .filter(({ index }) => !pattern.includes(index));
    const ours = code.reconstruct(survivors.slice(-k), pattern);
    const damaged = theirs.slice();
    for (const index of pattern) damaged.fill(0, index * PIECE_BYTES, (index + 1) * PIECE_BYTES);
    const available = Array.from({ length: n }, (_, index) => !pattern.includes(index));
    expectOk(subspace.reconstruct(damaged, k, n - k, available));
    const rebuilt = pattern.map((index) => damaged.subarray(index * PIECE_BYTES, (index + 1) * PIECE_BYTES));
    expectEqual(ours, rebuilt, "what both rebuilt");
    expectEqual(
      ours,
      pattern.map((index) => data[index]!),
      "what was rebuilt and the data",
    );
  }
  const bytes = k * PIECE_BYTES;
  const rates = interleave({
    encode: { bytes, run: () => code.encode(data) },
    subspace: { bytes, run: encodeTheirs },
  });
  return {
    ...rates,
    ratioToSubspace: rates.encode / rates.subspace,
    rebuiltBytesCompared: patterns.length * lost * PIECE_BYTES,
    parityBytesCompared: (n - k) * length,
  };
}

function expectOk(result: number): void {
  if (result !== 0) throw new Error(`@subspace/reed-solomon-erasure.wasm failed with ${result}`);
}

function expectEqual(found: readonly Uint8Array[], expected: readonly Uint8Array[], what: string): void {
  const same = found.length === expected.length && found.every((piece, i) => Buffer.compare(piece, expected[i]!) === 0);
  if (!same) throw new Error(`${what} differ`);
}
