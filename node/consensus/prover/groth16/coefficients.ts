/**
 * The constraint system of a key as the kernel reads it: rows of (index of a coefficient, wire). A circuit repeats the same
 * few coefficients in all its parts, so each is kept once: 11 MB instead of 61 for a million and a half entries.
 */
import { COEFFICIENT_BYTES, SECTION, type Zkey } from "./zkey.ts";

export type Coefficients = {
  /** Distinct coefficients times 2^512, eight little-endian words each. */
  readonly values: Uint32Array;
  /** Terms of row i: starts[i] .. starts[i + 1] - 1; rows of A come first, then those of B. */
  readonly starts: Uint32Array;
  /** Pairs of (index of the coefficient, wire). */
  readonly terms: Uint32Array;
};

const ENTRY_WORDS = COEFFICIENT_BYTES / 4;
const CHUNK = 16_384 * COEFFICIENT_BYTES;

/** Throws RangeError if an entry points outside of the circuit. */
export function readCoefficients(zkey: Zkey): Coefficients {
  const count = (zkey.length(SECTION.coefficients) - 4) / COEFFICIENT_BYTES;
  const rows = new Uint32Array(count);
  const wires = new Uint32Array(count);
  const indices = new Uint32Array(count);
  const dictionary = createDictionary();
  const starts = new Uint32Array(2 * zkey.domain + 1);
  let entry = 0;
  for (let offset = 4; entry < count; offset += CHUNK) {
    const length = Math.min(CHUNK, zkey.length(SECTION.coefficients) - offset);
    const words = new Uint32Array(zkey.read(SECTION.coefficients, offset, length).buffer);
    for (let at = 0; at < words.length; at += ENTRY_WORDS, entry++) {
      const [matrix, row, wire] = [words[at]!, words[at + 1]!, words[at + 2]!];
      if (matrix > 1 || row >= zkey.domain || wire >= zkey.wires) throw new RangeError(`entry ${entry} is outside`);
      rows[entry] = matrix * zkey.domain + row;
      wires[entry] = wire;
      indices[entry] = dictionary.indexOf(words, at + 3);
      starts[rows[entry]! + 1]!++;
    }
  }
  for (let row = 0; row < 2 * zkey.domain; row++) starts[row + 1]! += starts[row]!;
  const next = starts.slice();
  const terms = new Uint32Array(2 * count);
  for (let i = 0; i < count; i++) {
    const at = 2 * next[rows[i]!]!++;
    terms[at] = indices[i]!;
    terms[at + 1] = wires[i]!;
  }
  return { values: dictionary.values(), starts, terms };
}

/** Eight-word values by open addressing: a Map of strings took ten times as long. */
function createDictionary() {
  let size = 0;
  let values = new Uint32Array(8 * 1024);
  let table = new Int32Array(4096).fill(-1);

  const same = (index: number, words: Uint32Array, at: number): boolean => {
    for (let i = 0; i < 8; i++) if (values[8 * index + i] !== words[at + i]) return false;
    return true;
  };
  // Montgomery form makes even small coefficients look random.
  const place = (words: Uint32Array, at: number): number => {
    let slot = (words[at]! ^ words[at + 3]!) & (table.length - 1);
    while (table[slot]! >= 0 && !same(table[slot]!, words, at)) slot = (slot + 1) & (table.length - 1);
    return slot;
  };
  const grow = () => {
    const larger = new Uint32Array(2 * values.length);
    larger.set(values);
    values = larger;
    table = new Int32Array(2 * table.length).fill(-1);
    for (let index = 0; index < size; index++) table[place(values, 8 * index)] = index;
  };

  return {
    indexOf(words: Uint32Array, at: number): number {
      const slot = place(words, at);
      if (table[slot]! >= 0) return table[slot]!;
      values.set(words.subarray(at, at + 8), 8 * size);
      table[slot] = size++;
      if (8 * size === values.length) grow();
      return size - 1;
    },
    values: () => values.slice(0, 8 * size),
  };
}
