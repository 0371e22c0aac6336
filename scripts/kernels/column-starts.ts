/**
 * Start values of the columns of the FMA field (node/data/kernels/assembly/field51.as.ts).
 *
 * A product of two limbs is split into high * 2^51 + low by two fused multiply-adds, which leave high and low in the
 * mantissas of numbers near 1.5 * 2^103 and 1.5 * 2^52. Columns add up the bit patterns as 64-bit integers; how often
 * each pattern's exponent enters a column is known beforehand, so it is subtracted once, at the start.
 */

/** Bit patterns of 1.5 * 2^103 and 1.5 * 2^52. */
const HIGH_PATTERN = (BigInt(1023 + 103) << 52n) | (1n << 51n);
const LOW_PATTERN = (BigInt(1023 + 52) << 52n) | (1n << 51n);

/** How many limb pairs (i, k) with i < rows and k < 5 have i + k = column. */
function pairs(column: number, rows: number): number {
  return Math.max(0, Math.min(column, 4) - Math.max(0, column - rows + 1) + 1);
}

/**
 * @param terms products of two elements
 * @param steps Montgomery steps: all but the last add reducer products one column higher, the last adds p
 * @returns `steps + 5` columns as unsigned 64-bit numbers
 */
export function columnStarts(terms: number, steps: number): bigint[] {
  return Array.from({ length: steps + 5 }, (_, column) => {
    const lows = terms * pairs(column, 5) + pairs(column - 1, steps - 1) + pairs(column - steps + 1, 1);
    const highs = terms * pairs(column - 1, 5) + pairs(column - 2, steps - 1) + pairs(column - steps, 1);
    let start = -BigInt(highs) * HIGH_PATTERN - BigInt(lows) * LOW_PATTERN;
    // Makes the low 51 bits, read as unsigned, a signed remainder plus 2^50: the multiplier of a reducer step.
    if (column < steps - 1) start += 1n << 50n;
    // Keeps every column but the top one non-negative, so that a logical shift carries; the carry is 2^11 too much.
    if (column < steps + 4) start += 1n << 62n;
    if (column > 0) start -= 1n << 11n;
    return BigInt.asUintN(64, start);
  });
}

/** AssemblyScript for the start columns of one product (5 steps) and of dot products of 0 .. 17 terms (6 steps, 11 columns each). */
export function columnStartsSource(): string {
  const define = (name: string, rows: bigint[][]): string => {
    const lines = rows.map((row) => row.map((value) => `0x${value.toString(16)}`).join(", "));
    return `// @ts-ignore: decorator\n@global const ${name}: usize = memory.data<u64>([\n  ${lines.join(",\n  ")},\n], 16);\n`;
  };
  const dots = Array.from({ length: 18 }, (_, terms) => columnStarts(terms, 6));
  return define("PRODUCT_STARTS", [columnStarts(1, 5)]) + define("DOT_STARTS", dots);
}
