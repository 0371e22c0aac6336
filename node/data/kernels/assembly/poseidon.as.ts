// Poseidon(8) over the BN254 scalar field in the form that scripts/kernels/poseidon-form.ts derives, for either field.
// Imported after a field (field51 or field29) and its constants, whose global names it uses; LANES hashes at a time.

const PARTIAL_ROUNDS: i32 = 63;
const WORDS: usize = 32; // bytes of a big-endian element between levels

const STATE: usize = memory.data(9 * ELEMENT, 16);
const BOXED: usize = memory.data(9 * ELEMENT, 16);
/** y_n and x_n = y_n^5 for n = -8 .. 63, interleaved; y_n for n <= 0 is the virtual past. */
const HISTORY: usize = memory.data(2 * 72 * ELEMENT, 16);

// @ts-ignore: decorator
@inline function y(n: i32): usize { return HISTORY + ELEMENT * (2 * (n + 8)); }
// @ts-ignore: decorator
@inline function x(n: i32): usize { return HISTORY + ELEMENT * (2 * (n + 8) + 1); }

/** `rows` dot products over `terms` consecutive elements. */
function applyMatrix(r: usize, a: usize, terms: i32, rows: i32, factors: usize, addends: usize): void {
  for (let i = 0; i < rows; i++) {
    dot(r + ELEMENT * i, a, terms, factors + FACTOR_ROW * terms * i, addends + ADDEND_ROW * i);
  }
}

function boxAll(): void {
  for (let i = 0; i < 9; i++) pow5(BOXED + ELEMENT * i, STATE + ELEMENT * i);
}

/** From the S-box outputs of the eight inputs (BOXED 0..7) to lane 0 of the last state (STATE 0). */
function permute(): void {
  applyMatrix(STATE, BOXED, 8, 9, FIRST_MATRIX, FIRST_CONSTANTS);
  for (let r = 0; r < 2; r++) {
    boxAll();
    applyMatrix(STATE, BOXED, 9, 9, MATRIX, ROUND_CONSTANTS + 9 * ADDEND_ROW * r);
  }
  boxAll();

  dot(STATE, BOXED, 9, ENTRY_MATRIX, ENTRY_CONSTANTS);
  for (let k = 0; k < 8; k++) {
    dot(y(-k), BOXED, 9, ENTRY_MATRIX + 9 * FACTOR_ROW * (1 + k), ENTRY_CONSTANTS + ADDEND_ROW * (1 + k));
  }
  for (let n = -8; n < 0; n++) memory.fill(x(n), 0, ELEMENT);
  pow5(x(0), STATE);
  for (let n = 1; n <= PARTIAL_ROUNDS; n++) {
    dot(y(n), x(n - 9), 17, RECURRENCE, KAPPA + ADDEND_ROW * (n - 1));
    if (n < PARTIAL_ROUNDS) pow5(x(n), y(n));
  }
  memory.copy(STATE, y(PARTIAL_ROUNDS), ELEMENT);
  applyMatrix(STATE + ELEMENT, x(PARTIAL_ROUNDS - 8), 16, 8, EXIT_MATRIX, EXIT_CONSTANTS);

  for (let r = 2; r < 5; r++) {
    boxAll();
    applyMatrix(STATE, BOXED, 9, 9, MATRIX, ROUND_CONSTANTS + 9 * ADDEND_ROW * r);
  }
  boxAll();
  dot(STATE, BOXED, 9, LAST_ROW, LAST_ADDEND);
}

/**
 * Hashes `count` consecutive 8-tuples of big-endian elements of `width` (31 or 32) bytes, each below p, into 32-byte
 * big-endian elements. With two lanes and an odd count the last tuple fills both.
 */
function hashTuples(input: usize, width: usize, count: i32, output: usize): void {
  const topShift = 8 * (32 - <u64>width);
  for (let first = 0; first < count; first += LANES) {
    for (let lane = 0; lane < LANES; lane++) {
      const tuple = input + 8 * width * min(first + lane, count - 1);
      for (let j = 0; j < 8; j++) {
        const end = tuple + width * (j + 1);
        loadSum(
          STATE + ELEMENT * j, lane,
          bswap(load<u64>(end - 8)), bswap(load<u64>(end - 16)), bswap(load<u64>(end - 24)),
          bswap(load<u64>(end - width)) >> topShift, // 31 bytes: one byte of the third word comes along and is dropped
          INPUT_CONSTANTS + ADDEND_ROW * j,
        );
      }
    }
    for (let j = 0; j < 8; j++) pow5(BOXED + ELEMENT * j, STATE + ELEMENT * j);
    permute();
    for (let lane = 0; lane < min(LANES, count - first); lane++) {
      storeCanonical(output + WORDS * (first + lane), STATE, lane);
    }
  }
}

/** Where the caller puts its input; free memory up to the end belongs to the buffers. */
export function buffer(): usize { return (__heap_base + 15) & ~15; }

/** Index of the first of `count` 32-byte elements in the buffer that is p or more, or -1. */
export function firstOutside(count: i32): i32 {
  const P = memory.data<u64>([0x30644e72e131a029, 0xb85045b68181585d, 0x2833e84879b97091, 0x43e1f593f0000001]);
  for (let i = 0; i < count; i++) {
    const element = buffer() + WORDS * i;
    let word: usize = 0;
    while (word < 24 && bswap(load<u64>(element + word)) == load<u64>(P + word)) word += 8;
    if (bswap(load<u64>(element + word)) >= load<u64>(P + word)) return i;
  }
  return -1;
}

/** Parents of `count` 8-tuples of 32-byte elements in the buffer, written to `output`. */
export function parents(count: i32, output: usize): void {
  hashTuples(buffer(), 32, count, output);
}

/**
 * Roots of `count` groups in the buffer, 512 elements of 31 bytes and 64 + 8 + 1 hashes each, written to `output`.
 * `nodes` has room for the 72 inner nodes of every group.
 */
export function groupNodes(count: i32, nodes: usize, output: usize): void {
  const middle = nodes + 64 * WORDS * count;
  hashTuples(buffer(), 31, 64 * count, nodes);
  hashTuples(nodes, 32, 8 * count, middle);
  hashTuples(middle, 32, count, output);
}
