/** Linear combinations of byte pieces over GF(2^8), by the WASM kernel, in a fixed half megabyte of memory. */
import { type GfMatrix, gfMultiply } from "./gf256.ts";
import { instantiateKernel } from "./wasm.ts";

const TABLE_BYTES = 32;
const MAX_TABLES_BYTES = 4 * 255 * TABLE_BYTES;
/** All sources of one block: half of a common 512 KiB L2 cache. */
const SOURCES_BYTES = 256 * 1024;
/** Of one source in a block. */
const MAX_BLOCK_LINES = 127;
const LINE_BYTES = 64;

type Combine = (tables: number, sources: number, count: number, out: number, stride: number, length: number) => void;

interface ReedSolomonExports {
  buffer(): number;
  combine1: Combine;
  combine2: Combine;
  combine4: Combine;
}

/** The tables of one to four rows of a matrix: for each column, for each row, c * 0..15 and c * 0x00..0xf0. */
interface RowGroup {
  rows: number;
  width: 1 | 2 | 4;
  tables: Uint8Array;
}

/** A matrix made ready for `combine`. */
export interface CombinerPlan {
  columns: number;
  rows: number;
  groups: RowGroup[];
}

/** Rows go in groups of four, the last group in the narrowest kernel that holds it (missing rows count as zeros). */
export function planCombination(matrix: GfMatrix, columns: number): CombinerPlan {
  const groups: RowGroup[] = [];
  for (let first = 0; first < matrix.length; first += 4) {
    const rows = matrix.slice(first, first + 4);
    const width = rows.length > 2 ? 4 : rows.length === 2 ? 2 : 1;
    const tables = new Uint8Array(columns * width * TABLE_BYTES);
    rows.forEach((row, i) => {
      row.forEach((factor, j) => {
        const table = tables.subarray((j * width + i) * TABLE_BYTES);
        for (let nibble = 0; nibble < 16; nibble++) {
          table[nibble] = gfMultiply(factor, nibble);
          table[16 + nibble] = gfMultiply(factor, nibble << 4);
        }
      });
    });
    groups.push({ rows: rows.length, width, tables });
  }
  return { columns, rows: matrix.length, groups };
}

/** An odd number of cache lines: pieces a power of two apart would share lines and evict each other beyond eight. */
function blockLines(columns: number): number {
  const lines = Math.min(MAX_BLOCK_LINES, Math.floor(SOURCES_BYTES / columns / LINE_BYTES));
  return lines % 2 === 0 ? lines - 1 : lines;
}

/** Computes plan x sources; sources are `plan.columns` pieces of one length, results are new arrays of that length. */
export function createCombiner(): (plan: CombinerPlan, sources: Uint8Array[]) => Uint8Array[] {
  const kernel = instantiateKernel<ReedSolomonExports>("reed-solomon");
  const combine = { 1: kernel.combine1, 2: kernel.combine2, 4: kernel.combine4 };
  const memory = new Uint8Array(kernel.memory.buffer);
  const tablesAt = kernel.buffer();
  const sourcesAt = tablesAt + MAX_TABLES_BYTES;
  const outAt = sourcesAt + SOURCES_BYTES;

  return (plan, sources) => {
    const length = sources[0]!.length;
    const results = Array.from({ length: plan.rows }, () => new Uint8Array(length));
    const stride = LINE_BYTES * blockLines(plan.columns);
    for (let start = 0; start < length; start += stride) {
      const size = Math.min(stride, length - start);
      sources.forEach((source, j) => {
        memory.set(source.subarray(start, start + size), sourcesAt + j * stride);
      });
      // The kernel rounds the tail up to 32 bytes; what it makes of the bytes behind the tail is not copied out.
      const whole = Math.ceil(size / 32) * 32;
      plan.groups.forEach((group, g) => {
        memory.set(group.tables, tablesAt);
        combine[group.width](tablesAt, sourcesAt, plan.columns, outAt, stride, whole);
        for (let i = 0; i < group.rows; i++) {
          const at = outAt + i * stride;
          results[4 * g + i]!.set(memory.subarray(at, at + size), start);
        }
      });
    }
    return results;
  };
}
