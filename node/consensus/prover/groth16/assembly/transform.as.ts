// Fourier transforms of size 2h over pairs: pair k holds the elements k and k + h, so that after (or before) the one pass
// that crosses the lanes both lanes do the same with the same roots. Interpolation takes values in natural order and leaves
// coefficients in bit-reversed order, evaluation the reverse: nothing is ever permuted.
import { multiply } from "./field51.as";
import { addSettled, loadRow, PAIR, ROW, settle, settlePair, spread, storeRow, subtractRaw, subtractSettled, temp } from "./field.as";

/** Rows first, first q, first q^2, .. */
export function fillPowers(rows: usize, count: i32, first: usize, q: usize): void {
  const value = temp(0), times = temp(1);
  spread(value, first);
  spread(times, q);
  for (let i = 0; i < count; i++) {
    storeRow(rows + ROW * i, value, 0);
    multiply(value, value, times);
    settlePair(value, value);
  }
}

/** Lanes (a, b) of every pair become (a + b, a - b). */
// @ts-ignore: decorator
@inline function crossed(v: v128): v128 {
  return f64x2.add(v128.shuffle<u64>(v, v, 1, 0), f64x2.mul(v, SIGNS));
}
const SIGNS: v128 = f64x2(1, -1);

// @ts-ignore: decorator
@inline function cross(r: usize, a: usize): void {
  // (b, a) + (a, -b)
  settle(
    r,
    crossed(v128.load(a)),
    crossed(v128.load(a, 16)),
    crossed(v128.load(a, 32)),
    crossed(v128.load(a, 48)),
    crossed(v128.load(a, 64)),
  );
}

/** @param roots w^0 .. w^(h-1) for w of order 2h, the inverse of the root that `evaluate` takes */
export function interpolate(pairs: usize, h: i32, roots: usize): void {
  const factor = temp(0), difference = temp(1);
  spread(factor, ONE);
  for (let k = 0; k < h; k++) {
    const pair = pairs + PAIR * k;
    cross(pair, pair);
    loadRow(factor, 1, roots + ROW * k);
    multiply(pair, pair, factor);
    settlePair(pair, pair);
  }
  for (let m = h >> 1; m >= 1; m >>= 1) {
    const stride = ROW * (h / m);
    for (let j = 0; j < m; j++) {
      spread(factor, roots + stride * j);
      for (let k = j; k < h; k += 2 * m) {
        const a = pairs + PAIR * k, b = a + PAIR * m;
        subtractRaw(difference, a, b);
        addSettled(a, a, b);
        multiply(b, difference, factor);
        settlePair(b, b);
      }
    }
  }
}

/** @param roots w^0 .. w^(h-1) for w of order 2h */
export function evaluate(pairs: usize, h: i32, roots: usize): void {
  const factor = temp(0), product = temp(1);
  for (let m = 1; m < h; m <<= 1) {
    const stride = ROW * (h / m);
    for (let j = 0; j < m; j++) {
      spread(factor, roots + stride * j);
      for (let k = j; k < h; k += 2 * m) {
        const a = pairs + PAIR * k, b = a + PAIR * m;
        multiply(product, b, factor);
        subtractSettled(b, a, product);
        addSettled(a, a, product);
      }
    }
  }
  spread(factor, ONE);
  for (let k = 0; k < h; k++) {
    const pair = pairs + PAIR * k;
    loadRow(factor, 1, roots + ROW * k);
    multiply(pair, pair, factor);
    cross(pair, pair);
  }
}

/** Multiplies coefficient i, wherever bit reversal put it, by row i of `factors`. `bits` = log2(2h). */
export function shiftAll(pairs: usize, h: i32, bits: i32, factors: usize): void {
  const factor = temp(0);
  for (let k = 0; k < h; k++) {
    const pair = pairs + PAIR * k, i = reversed(k, bits);
    loadRow(factor, 0, factors + ROW * i);
    loadRow(factor, 1, factors + ROW * (i + 1)); // position k + h differs in the top bit, so its reversal in the lowest
    multiply(pair, pair, factor);
    settlePair(pair, pair);
  }
}

function reversed(k: i32, bits: i32): i32 {
  let result = 0;
  for (let i = 0; i < bits; i++) result |= ((k >> i) & 1) << (bits - 1 - i);
  return result;
}
