// What the prover needs of a BN254 field beyond the products of node/data/kernels/assembly/field51.as.ts, which says how
// 51-bit limbs in doubles multiply exactly. A pair is two elements in the lanes of five v128 (80 bytes), a row is one
// element as five doubles (40 bytes). Elements are in Montgomery form, R = 2^255, unless a comment says "plain".
//
// Bounds. A settled element lies in [-p/2, p/2] (plus 2^-40 p) with limbs in [-2^50, 2^50]. A product adds less than 0.627 p
// (0.127 p by the reducer steps, 0.5 p by the last) to 0.3781 v w p for factors of v p and w p. Factors may be raw sums of
// two settled limbs (at most 2^51), because a product of limbs is exact up to 2^102; top limbs stay below 2^51 up to 2.6 p.
import {
  add, both, carry, madd, MASK, multiplier, multiply, signed, SPLITTERS, square, sub, top, unsigned,
} from "./field51.as";

export const PAIR: usize = 80;
export const ROW: usize = 40;

/** Each thread has its own instance, and scratch memory that no other thread touches. */
let scratch: usize = 0;
export function setScratch(base: usize): void { scratch = base; }
/** Scratch pairs by number: 0 .. 15 belong to whoever runs, 16 and up to `invert`. */
// @ts-ignore: decorator
@inline export function temp(i: usize): usize { return scratch + PAIR * i; }
/** Where scratch memory behind the pairs begins. */
// @ts-ignore: decorator
@inline export function scratchEnd(): usize { return scratch + 4096; }

/** Stores the value less its nearest multiple of p, carries done. Limbs below 3 * 2^51 in magnitude, values below 4 p. */
// @ts-ignore: decorator
@inline export function settle(r: usize, v0: v128, v1: v128, v2: v128, v3: v128, v4: v128): void {
  const high = both(SETTLING, 0), low = both(SETTLING, 1), down = both(SETTLING, 3);
  const q = sub(f64x2.add(f64x2.mul(v4, both(SETTLING, 2)), low), low);
  v0 = madd(q, both(MINUS_PRIME, 0), v0);
  v1 = madd(q, both(MINUS_PRIME, 1), v1);
  v2 = madd(q, both(MINUS_PRIME, 2), v2);
  v3 = madd(q, both(MINUS_PRIME, 3), v3);
  v4 = madd(q, both(MINUS_PRIME, 4), v4);
  let k = sub(f64x2.add(v0, high), high);
  v128.store(r, sub(v0, k), 0); v1 = madd(k, down, v1); k = sub(f64x2.add(v1, high), high);
  v128.store(r, sub(v1, k), 16); v2 = madd(k, down, v2); k = sub(f64x2.add(v2, high), high);
  v128.store(r, sub(v2, k), 32); v3 = madd(k, down, v3); k = sub(f64x2.add(v3, high), high);
  v128.store(r, sub(v3, k), 48); v128.store(r, madd(k, down, v4), 64);
}

/** r = a, settled. */
export function settlePair(r: usize, a: usize): void {
  settle(r, v128.load(a), v128.load(a, 16), v128.load(a, 32), v128.load(a, 48), v128.load(a, 64));
}

/** r = a + b, settled. */
export function addSettled(r: usize, a: usize, b: usize): void {
  settle(
    r,
    f64x2.add(v128.load(a), v128.load(b)),
    f64x2.add(v128.load(a, 16), v128.load(b, 16)),
    f64x2.add(v128.load(a, 32), v128.load(b, 32)),
    f64x2.add(v128.load(a, 48), v128.load(b, 48)),
    f64x2.add(v128.load(a, 64), v128.load(b, 64)),
  );
}

/** r = a - b, settled. */
export function subtractSettled(r: usize, a: usize, b: usize): void {
  settle(
    r,
    sub(v128.load(a), v128.load(b)),
    sub(v128.load(a, 16), v128.load(b, 16)),
    sub(v128.load(a, 32), v128.load(b, 32)),
    sub(v128.load(a, 48), v128.load(b, 48)),
    sub(v128.load(a, 64), v128.load(b, 64)),
  );
}

/** r = a - b, limb by limb: a factor of a product, nothing else. */
// @ts-ignore: decorator
@inline export function subtractRaw(r: usize, a: usize, b: usize): void {
  v128.store(r, sub(v128.load(a), v128.load(b)));
  v128.store(r, sub(v128.load(a, 16), v128.load(b, 16)), 16);
  v128.store(r, sub(v128.load(a, 32), v128.load(b, 32)), 32);
  v128.store(r, sub(v128.load(a, 48), v128.load(b, 48)), 48);
  v128.store(r, sub(v128.load(a, 64), v128.load(b, 64)), 64);
}

/** r = -a. */
// @ts-ignore: decorator
@inline export function negate(r: usize, a: usize): void {
  v128.store(r, f64x2.neg(v128.load(a)));
  v128.store(r, f64x2.neg(v128.load(a, 16)), 16);
  v128.store(r, f64x2.neg(v128.load(a, 32)), 32);
  v128.store(r, f64x2.neg(v128.load(a, 48)), 48);
  v128.store(r, f64x2.neg(v128.load(a, 64)), 64);
}

/** r = a. */
// @ts-ignore: decorator
@inline export function copy(r: usize, a: usize): void {
  v128.store(r, v128.load(a));
  v128.store(r, v128.load(a, 16), 16);
  v128.store(r, v128.load(a, 32), 32);
  v128.store(r, v128.load(a, 48), 48);
  v128.store(r, v128.load(a, 64), 64);
}

/** r = a with its lanes exchanged. */
export function exchange(r: usize, a: usize): void {
  for (let i: usize = 0; i < PAIR; i += 16) {
    const v = v128.load(a + i);
    v128.store(r + i, v128.shuffle<u64>(v, v, 1, 0));
  }
}

/** Both lanes of r = the row. */
export function spread(r: usize, row: usize): void {
  for (let i: usize = 0; i < 5; i++) v128.store(r + 16 * i, both(row, i));
}

/**
 * r = (a b + c d) / 2^255 with one reduction: the product of field51.as.ts with two terms a row. Adds less than 0.627 p to
 * 0.3781 (v_a v_b + v_c v_d) p.
 */
export function multiplySum(r: usize, a: usize, b: usize, c: usize, d: usize): void {
  const c1 = both(SPLITTERS, 0), c2 = both(SPLITTERS, 1);
  let h: v128, s: v128, m: v128, x: v128, w: v128;
  let t0 = both(SUM_STARTS, 0), t1 = both(SUM_STARTS, 1), t2 = both(SUM_STARTS, 2), t3 = both(SUM_STARTS, 3),
    t4 = both(SUM_STARTS, 4), t5 = both(SUM_STARTS, 5), t6 = both(SUM_STARTS, 6);
  for (let i: usize = 0; i < 4; i++) {
    x = v128.load(a + 16 * i);
    w = v128.load(c + 16 * i);
    m = v128.load(b); h = madd(x, m, c1); t1 = add(t1, h); t0 = add(t0, madd(x, m, sub(c2, h)));
    m = v128.load(d); h = madd(w, m, c1); t1 = add(t1, h); t0 = add(t0, madd(w, m, sub(c2, h)));
    m = v128.load(b, 16); h = madd(x, m, c1); t2 = add(t2, h); t1 = add(t1, madd(x, m, sub(c2, h)));
    m = v128.load(d, 16); h = madd(w, m, c1); t2 = add(t2, h); t1 = add(t1, madd(w, m, sub(c2, h)));
    m = v128.load(b, 32); h = madd(x, m, c1); t3 = add(t3, h); t2 = add(t2, madd(x, m, sub(c2, h)));
    m = v128.load(d, 32); h = madd(w, m, c1); t3 = add(t3, h); t2 = add(t2, madd(w, m, sub(c2, h)));
    m = v128.load(b, 48); h = madd(x, m, c1); t4 = add(t4, h); t3 = add(t3, madd(x, m, sub(c2, h)));
    m = v128.load(d, 48); h = madd(w, m, c1); t4 = add(t4, h); t3 = add(t3, madd(w, m, sub(c2, h)));
    m = v128.load(b, 64); h = madd(x, m, c1); t5 = add(t5, h); t4 = add(t4, madd(x, m, sub(c2, h)));
    m = v128.load(d, 64); h = madd(w, m, c1); t5 = add(t5, h); t4 = add(t4, madd(w, m, sub(c2, h)));
    s = signed(t0); t1 = add(t1, carry(t0));
    m = both(REDUCER, 0); h = madd(s, m, c1); t2 = add(t2, h); t1 = add(t1, madd(s, m, sub(c2, h)));
    m = both(REDUCER, 1); h = madd(s, m, c1); t3 = add(t3, h); t2 = add(t2, madd(s, m, sub(c2, h)));
    m = both(REDUCER, 2); h = madd(s, m, c1); t4 = add(t4, h); t3 = add(t3, madd(s, m, sub(c2, h)));
    m = both(REDUCER, 3); h = madd(s, m, c1); t5 = add(t5, h); t4 = add(t4, madd(s, m, sub(c2, h)));
    m = both(REDUCER, 4); h = madd(s, m, c1); t6 = add(t6, h); t5 = add(t5, madd(s, m, sub(c2, h)));
    t0 = t1; t1 = t2; t2 = t3; t3 = t4; t4 = t5; t5 = t6; t6 = both(SUM_STARTS, i + 7);
  }
  x = v128.load(a, 64);
  w = v128.load(c, 64);
  m = v128.load(b); h = madd(x, m, c1); t1 = add(t1, h); t0 = add(t0, madd(x, m, sub(c2, h)));
  m = v128.load(d); h = madd(w, m, c1); t1 = add(t1, h); t0 = add(t0, madd(w, m, sub(c2, h)));
  m = v128.load(b, 16); h = madd(x, m, c1); t2 = add(t2, h); t1 = add(t1, madd(x, m, sub(c2, h)));
  m = v128.load(d, 16); h = madd(w, m, c1); t2 = add(t2, h); t1 = add(t1, madd(w, m, sub(c2, h)));
  m = v128.load(b, 32); h = madd(x, m, c1); t3 = add(t3, h); t2 = add(t2, madd(x, m, sub(c2, h)));
  m = v128.load(d, 32); h = madd(w, m, c1); t3 = add(t3, h); t2 = add(t2, madd(w, m, sub(c2, h)));
  m = v128.load(b, 48); h = madd(x, m, c1); t4 = add(t4, h); t3 = add(t3, madd(x, m, sub(c2, h)));
  m = v128.load(d, 48); h = madd(w, m, c1); t4 = add(t4, h); t3 = add(t3, madd(w, m, sub(c2, h)));
  m = v128.load(b, 64); h = madd(x, m, c1); t5 = add(t5, h); t4 = add(t4, madd(x, m, sub(c2, h)));
  m = v128.load(d, 64); h = madd(w, m, c1); t5 = add(t5, h); t4 = add(t4, madd(w, m, sub(c2, h)));
  s = multiplier(t0, c1, c2);
  m = both(PRIME_FACTOR, 0); h = madd(s, m, c1); t1 = add(t1, h); t0 = add(t0, madd(s, m, sub(c2, h)));
  m = both(PRIME_FACTOR, 1); h = madd(s, m, c1); t2 = add(t2, h); t1 = add(t1, madd(s, m, sub(c2, h)));
  m = both(PRIME_FACTOR, 2); h = madd(s, m, c1); t3 = add(t3, h); t2 = add(t2, madd(s, m, sub(c2, h)));
  m = both(PRIME_FACTOR, 3); h = madd(s, m, c1); t4 = add(t4, h); t3 = add(t3, madd(s, m, sub(c2, h)));
  m = both(PRIME_FACTOR, 4); h = madd(s, m, c1); t5 = add(t5, h); t4 = add(t4, madd(s, m, sub(c2, h)));
  t1 = add(t1, carry(t0));
  v128.store(r, unsigned(t1), 0); t2 = add(t2, carry(t1));
  v128.store(r, unsigned(t2), 16); t3 = add(t3, carry(t2));
  v128.store(r, unsigned(t3), 32); t4 = add(t4, carry(t3));
  v128.store(r, unsigned(t4), 48); t5 = add(t5, carry(t4));
  v128.store(r, top(t5), 64);
}

/** r = 1 / a in both lanes by Fermat, four bits of p - 2 at a time: 25 us, so callers share one among thousands. 1 / 0 = 0. */
export function invert(r: usize, a: usize): void {
  const powers = temp(16), result = temp(32);
  spread(powers, ONE);
  for (let i: usize = 1; i < 16; i++) multiply(powers + PAIR * i, powers + PAIR * (i - 1), a);
  copy(result, powers);
  for (let nibble = 63; nibble >= 0; nibble--) {
    for (let i = 0; i < 4; i++) square(result, result);
    const digit = (load<u64>(EXPONENT + 8 * (nibble >> 4)) >> (4 * (nibble & 15))) & 15;
    multiply(result, result, powers + PAIR * <usize>digit);
  }
  copy(r, result);
}

/** Writes lane `lane` of a pair (below 3 p in magnitude) as a canonical integer, 32 bytes little-endian. */
export function storeWords(out: usize, a: usize, lane: i32): void {
  const p = a + 8 * lane;
  let l0 = <i64>load<f64>(p, 0) + 3 * load<i64>(PRIME, 0), l1 = <i64>load<f64>(p, 16) + 3 * load<i64>(PRIME, 8);
  let l2 = <i64>load<f64>(p, 32) + 3 * load<i64>(PRIME, 16), l3 = <i64>load<f64>(p, 48) + 3 * load<i64>(PRIME, 24);
  let l4 = <i64>load<f64>(p, 64) + 3 * load<i64>(PRIME, 32);
  l1 += l0 >> 51; l0 &= MASK;
  l2 += l1 >> 51; l1 &= MASK;
  l3 += l2 >> 51; l2 &= MASK;
  l4 += l3 >> 51; l3 &= MASK;
  while (true) {
    const d0 = l0 - load<i64>(PRIME, 0);
    const d1 = l1 - load<i64>(PRIME, 8) + (d0 >> 51);
    const d2 = l2 - load<i64>(PRIME, 16) + (d1 >> 51);
    const d3 = l3 - load<i64>(PRIME, 24) + (d2 >> 51);
    const d4 = l4 - load<i64>(PRIME, 32) + (d3 >> 51);
    if (d4 < 0) break;
    l0 = d0 & MASK; l1 = d1 & MASK; l2 = d2 & MASK; l3 = d3 & MASK; l4 = d4;
  }
  store<u64>(out, l0 | (l1 << 51), 0);
  store<u64>(out, (l1 >> 13) | (l2 << 38), 8);
  store<u64>(out, (l2 >> 26) | (l3 << 25), 16);
  store<u64>(out, (l3 >> 39) | (l4 << 12), 24);
}

/** Whether lane `lane` is a multiple of p. */
export function isZero(a: usize, lane: i32): bool {
  const out = temp(48);
  storeWords(out, a, lane);
  return (load<u64>(out) | load<u64>(out, 8) | load<u64>(out, 16) | load<u64>(out, 24)) == 0;
}

/** Lane `lane` of a pair = the 32 bytes little-endian at `words`, plain. */
export function loadWords(r: usize, lane: i32, words: usize): void {
  const out = r + 8 * lane;
  const w0 = load<u64>(words), w1 = load<u64>(words, 8), w2 = load<u64>(words, 16), w3 = load<u64>(words, 24);
  store<f64>(out, <f64>(w0 & MASK), 0);
  store<f64>(out, <f64>(((w0 >> 51) | (w1 << 13)) & MASK), 16);
  store<f64>(out, <f64>(((w1 >> 38) | (w2 << 26)) & MASK), 32);
  store<f64>(out, <f64>(((w2 >> 25) | (w3 << 39)) & MASK), 48);
  store<f64>(out, <f64>(w3 >> 12), 64);
}

/** The row `out` = lane `lane` of a pair. */
export function storeRow(out: usize, a: usize, lane: i32): void {
  for (let i: usize = 0; i < 5; i++) store<f64>(out + 8 * i, load<f64>(a + 8 * lane + 16 * i));
}

/** Lane `lane` of a pair = the row. */
export function loadRow(r: usize, lane: i32, row: usize): void {
  for (let i: usize = 0; i < 5; i++) store<f64>(r + 8 * lane + 16 * i, load<f64>(row + 8 * i));
}

/** `count` settled rows at `rows` = the 32-byte integers at `words` times `factor` (a 32-byte integer) / 2^255. */
export function convert(rows: usize, words: usize, count: i32, factor: usize): void {
  const value = temp(0), times = temp(1);
  loadWords(times, 0, factor);
  loadWords(times, 1, factor);
  for (let i = 0; i < count; i += 2) {
    const last = min(i + 1, count - 1);
    loadWords(value, 0, words + 32 * i);
    loadWords(value, 1, words + 32 * last);
    multiply(value, value, times);
    settlePair(value, value);
    storeRow(rows + ROW * i, value, 0);
    storeRow(rows + ROW * last, value, 1);
  }
}
