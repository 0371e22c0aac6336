// The three polynomials of Groth16's quotient: A and B by rows of the constraint system, C = A B, and A B - C on the coset.
import { multiply } from "./field51.as";
import { loadRow, loadWords, PAIR, ROW, settle, storeWords, subtractSettled, temp } from "./field.as";

/**
 * Values of A, B and C at the points from .. to - 1 and the same plus h. Terms of row i: starts[i] .. starts[i + 1] - 1,
 * each a pair of u32 (index of the coefficient, wire). Rows of A are 0 .. 2h - 1, of B 2h .. 4h - 1.
 * @param values rows: coefficients times R^2
 * @param witness wires as plain 32-byte integers: a product with a coefficient is in Montgomery form
 */
export function evaluateRows(
  a: usize, b: usize, c: usize, h: i32, from: i32, to: i32, starts: usize, terms: usize, values: usize, witness: usize,
): void {
  for (let k = from; k < to; k++) {
    const at = PAIR * k;
    row(a + at, 0, starts + 4 * k, terms, values, witness);
    row(a + at, 1, starts + 4 * (k + h), terms, values, witness);
    row(b + at, 0, starts + 4 * (k + 2 * h), terms, values, witness);
    row(b + at, 1, starts + 4 * (k + 3 * h), terms, values, witness);
    multiply(c + at, a + at, b + at);
  }
}

/** One row's sum, two terms at a time; a last single term gets a zero beside it. */
function row(out: usize, lane: i32, starts: usize, terms: usize, values: usize, witness: usize): void {
  const sum = temp(0), coefficient = temp(1), wire = temp(2);
  for (let i: usize = 0; i < PAIR; i += 16) v128.store(sum + i, f64x2.splat(0));
  const end = terms + 8 * <usize>load<u32>(starts, 4);
  for (let term = terms + 8 * <usize>load<u32>(starts); term < end; term += 16) {
    loadRow(coefficient, 0, values + ROW * load<u32>(term));
    loadWords(wire, 0, witness + 32 * load<u32>(term, 4));
    if (term + 8 < end) {
      loadRow(coefficient, 1, values + ROW * load<u32>(term, 8));
      loadWords(wire, 1, witness + 32 * load<u32>(term, 12));
    } else {
      for (let i: usize = 0; i < PAIR; i += 16) store<f64>(wire + i, 0, 8);
    }
    multiply(wire, wire, coefficient);
    settle(
      sum,
      f64x2.add(v128.load(sum), v128.load(wire)),
      f64x2.add(v128.load(sum, 16), v128.load(wire, 16)),
      f64x2.add(v128.load(sum, 32), v128.load(wire, 32)),
      f64x2.add(v128.load(sum, 48), v128.load(wire, 48)),
      f64x2.add(v128.load(sum, 64), v128.load(wire, 64)),
    );
  }
  // Sums of two settled values are factors only: every use of A and B is a product or a settled sum.
  for (let i: usize = 0; i < PAIR; i += 16) store<f64>(out + 8 * lane + i, load<f64>(sum + i) + load<f64>(sum + i, 8));
}

/** Canonical plain integers a b - c at `words`, in natural order. */
export function joinQuotient(words: usize, a: usize, b: usize, c: usize, h: i32): void {
  const value = temp(0), one = temp(1);
  memory.fill(one, 0, PAIR);
  store<f64>(one, 1);
  store<f64>(one, 1, 8);
  for (let k = 0; k < h; k++) {
    const at = PAIR * k;
    multiply(value, a + at, b + at);
    subtractSettled(value, value, c + at);
    multiply(value, value, one); // plain: times 1 / R
    storeWords(words + 32 * k, value, 0);
    storeWords(words + 32 * (k + h), value, 1);
  }
}

/**
 * Signed digits of base 2^c, in [-2^(c-1), 2^(c-1)], of `count` integers below 2^254. Digit w of integer i goes to
 * digits + 2 (w count + i) as an i16; c windows >= 255, so that the last digit takes the last carry.
 */
export function writeDigits(digits: usize, words: usize, count: i32, c: i32, windows: i32): void {
  const base = 1 << c, half = base >> 1;
  for (let i = 0; i < count; i++) {
    const scalar = words + 32 * i;
    let carried = 0;
    for (let w = 0; w < windows; w++) {
      const bit = w * c, word = bit >> 6, shift = bit & 63;
      let bits: u64 = 0;
      if (word < 4) {
        bits = load<u64>(scalar + 8 * word) >> shift;
        if (shift + c > 64 && word < 3) bits |= load<u64>(scalar + 8 * word, 8) << (64 - shift);
      }
      let digit = <i32>(bits & (base - 1)) + carried;
      carried = 0;
      if (digit > half) {
        digit -= base;
        carried = 1;
      }
      store<i16>(digits + 2 * (<usize>w * count + i), <i16>digit);
    }
  }
}
