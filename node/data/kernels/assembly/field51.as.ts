// BN254 scalar field in 5 limbs of 51 bits held in doubles, two hashes at a time in the lanes of a v128.
//
// A product of limbs a b (|a b| < 2^102) is split exactly with two fused multiply-adds:
//   h = a b + 1.5 * 2^103 rounds to a multiple of 2^51, because numbers in [2^103, 2^104) are that far apart;
//   a b + (1.5 * 2^103 + 1.5 * 2^52 - h) is then exact: the bracket is a multiple of 2^51 below 2^104, and the result,
//   1.5 * 2^52 plus a remainder of at most 2^50, is an integer below 2^53.
// The mantissas hold the high and the low part as signed integers, so columns add up bit patterns with i64x2.add;
// the exponents were subtracted beforehand (scripts/kernels/column-starts.ts).
// If the engine rounds a b first, low parts are lost without any error: the caller must ask isFused() first.
//
// Values are signed: limbs 0..3 lie in [0, 2^51), the top limb takes the sign.
// - Reduction adds less than 0.123 p (the reducer steps: multipliers of at most 2^50 times k p, k = -1/p mod 2^51 being
//   less than 0.245 * 2^51) plus 0.5 p (the last step).
// - A dot product adds 17 v p^2 / 2^306 < 2^-46 p and an addend in [0, p): it lies in (-0.623 p, 1.623 p).
// - A product of two values below v p adds 0.3781 v^2 p: from 1.623 p it stays below 1.623 p.
// - The sum of an input and its constant is below 2 p; its S-box stays below 2.4 p, with a top limb below 2^51.
// A column adds at most 17 * 10 + 12 parts of at most 2^51: below 2^59, so that a bias of 2^62 keeps it positive.
// test/node/kernels/bounds.test.ts computes these figures and follows the worst case through them.

// @ts-ignore: decorator
@global const LANES: i32 = 2;
// @ts-ignore: decorator
@global const ELEMENT: usize = 80;
// @ts-ignore: decorator
@global const FACTOR_ROW: usize = 40;
// @ts-ignore: decorator
@global const ADDEND_ROW: usize = 40;
/** The last dot product lies in (-0.623 p, 0.623 p); adding p makes it positive. */
// @ts-ignore: decorator
@global const LAST_ADDEND: usize = PRIME;

const HIGH: f64 = 15211807202738752817960438464512.0; // 1.5 * 2^103
const LOW: f64 = 6755399441055744.0; // 1.5 * 2^52
/**
 * Read from memory although they are constants: V8 would make a constant anew, with three instructions, at each of the
 * products that consume it.
 */
export const SPLITTERS: usize = memory.data<f64>([HIGH, HIGH + LOW], 16);
const LOW_BITS: i64 = 0x4338000000000000;
const UNIT: f64 = 4503599627370496.0; // 2^52, where a double's mantissa is an integer
const UNIT_BITS: i64 = 0x4330000000000000;
export const MASK: u64 = 0x7ffffffffffff;
const POWER: usize = memory.data(80, 16);

// @ts-ignore: decorator
@inline export function madd(a: v128, b: v128, c: v128): v128 { return f64x2.relaxed_madd(a, b, c); }
// @ts-ignore: decorator
@inline export function sub(a: v128, b: v128): v128 { return f64x2.sub(a, b); }
// @ts-ignore: decorator
@inline export function add(a: v128, b: v128): v128 { return i64x2.add(a, b); }
/** What a column hands to the next one. */
// @ts-ignore: decorator
@inline export function carry(t: v128): v128 { return i64x2.shr_u(t, 51); }
/** The low 51 bits of a column as doubles. */
// @ts-ignore: decorator
@inline export function unsigned(t: v128): v128 {
  return sub(v128.or(v128.and(t, i64x2.splat(MASK)), i64x2.splat(UNIT_BITS)), f64x2.splat(UNIT));
}
/** The same minus the 2^50 that the column started with: in [-2^50, 2^50). */
// @ts-ignore: decorator
@inline export function signed(t: v128): v128 {
  return sub(v128.or(v128.and(t, i64x2.splat(MASK)), i64x2.splat(UNIT_BITS)), f64x2.splat(UNIT + 1125899906842624.0));
}
/** A top column, which is signed and below 2^51 in magnitude, as doubles. */
// @ts-ignore: decorator
@inline export function top(t: v128): v128 { return sub(add(t, i64x2.splat(LOW_BITS)), f64x2.splat(LOW)); }

/** The multiplier of the last reduction step: the low part of t * (-1 / p), in [-2^50, 2^50]. */
// @ts-ignore: decorator
@inline export function multiplier(t: v128, c1: v128, c2: v128): v128 {
  const s = unsigned(t), inverse = f64x2.splat(NEGATIVE_INVERSE);
  return sub(madd(s, inverse, sub(c2, madd(s, inverse, c1))), f64x2.splat(LOW));
}
/** The i-th 64-bit word of a row in both lanes. */
// @ts-ignore: decorator
@inline export function both(row: usize, i: usize): v128 { return v128.load64_splat(row + 8 * i); }

// The three functions below are written out in full: AssemblyScript cannot pass accumulators by reference, and an array
// of them would live in memory. Each line splits one product x y and adds its parts to two neighbouring columns; a
// window of columns t0, t1, .. moves up as the lowest is cleared. Fully unrolled, 100 lines longer, it was 4 % slower.
//
// Reducer step: N = k p = -1 (mod 2^51) makes the lowest limb its own multiplier, and since N + 1 = 2^51 n, adding
// s N to s + 2^51 carry leaves carry + s n one column up: five products, and no multiplication to find s.
// Last step: an ordinary Montgomery step with p, with a signed multiplier (see above): it adds at most p / 2.

/** r = a b / 2^255. */
export function multiply(r: usize, a: usize, b: usize): void {
  const c1 = both(SPLITTERS, 0), c2 = both(SPLITTERS, 1);
  let h: v128, s: v128, m: v128;
  const b0 = v128.load(b), b1 = v128.load(b, 16), b2 = v128.load(b, 32), b3 = v128.load(b, 48), b4 = v128.load(b, 64);
  let t0 = both(PRODUCT_STARTS, 0), t1 = both(PRODUCT_STARTS, 1), t2 = both(PRODUCT_STARTS, 2),
    t3 = both(PRODUCT_STARTS, 3), t4 = both(PRODUCT_STARTS, 4), t5 = both(PRODUCT_STARTS, 5),
    t6 = both(PRODUCT_STARTS, 6);
  let x: v128;
  for (let i: usize = 0; i < 4; i++) {
    x = v128.load(a + 16 * i);
    h = madd(x, b0, c1); t1 = add(t1, h); t0 = add(t0, madd(x, b0, sub(c2, h)));
    h = madd(x, b1, c1); t2 = add(t2, h); t1 = add(t1, madd(x, b1, sub(c2, h)));
    h = madd(x, b2, c1); t3 = add(t3, h); t2 = add(t2, madd(x, b2, sub(c2, h)));
    h = madd(x, b3, c1); t4 = add(t4, h); t3 = add(t3, madd(x, b3, sub(c2, h)));
    h = madd(x, b4, c1); t5 = add(t5, h); t4 = add(t4, madd(x, b4, sub(c2, h)));
    s = signed(t0); t1 = add(t1, carry(t0));
    m = both(REDUCER, 0); h = madd(s, m, c1); t2 = add(t2, h); t1 = add(t1, madd(s, m, sub(c2, h)));
    m = both(REDUCER, 1); h = madd(s, m, c1); t3 = add(t3, h); t2 = add(t2, madd(s, m, sub(c2, h)));
    m = both(REDUCER, 2); h = madd(s, m, c1); t4 = add(t4, h); t3 = add(t3, madd(s, m, sub(c2, h)));
    m = both(REDUCER, 3); h = madd(s, m, c1); t5 = add(t5, h); t4 = add(t4, madd(s, m, sub(c2, h)));
    m = both(REDUCER, 4); h = madd(s, m, c1); t6 = add(t6, h); t5 = add(t5, madd(s, m, sub(c2, h)));
    t0 = t1; t1 = t2; t2 = t3; t3 = t4; t4 = t5; t5 = t6; t6 = both(PRODUCT_STARTS, i + 7);
  }
  x = v128.load(a, 64);
  h = madd(x, b0, c1); t1 = add(t1, h); t0 = add(t0, madd(x, b0, sub(c2, h)));
  h = madd(x, b1, c1); t2 = add(t2, h); t1 = add(t1, madd(x, b1, sub(c2, h)));
  h = madd(x, b2, c1); t3 = add(t3, h); t2 = add(t2, madd(x, b2, sub(c2, h)));
  h = madd(x, b3, c1); t4 = add(t4, h); t3 = add(t3, madd(x, b3, sub(c2, h)));
  h = madd(x, b4, c1); t5 = add(t5, h); t4 = add(t4, madd(x, b4, sub(c2, h)));
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

/** r = a a / 2^255: products of different limbs are made once, in the columns u, and doubled. */
export function square(r: usize, a: usize): void {
  const c1 = both(SPLITTERS, 0), c2 = both(SPLITTERS, 1);
  let h: v128, s: v128, m: v128;
  const a0 = v128.load(a), a1 = v128.load(a, 16), a2 = v128.load(a, 32), a3 = v128.load(a, 48), a4 = v128.load(a, 64);
  let t0 = both(PRODUCT_STARTS, 0), t1 = both(PRODUCT_STARTS, 1), t2 = both(PRODUCT_STARTS, 2),
    t3 = both(PRODUCT_STARTS, 3), t4 = both(PRODUCT_STARTS, 4), t5 = both(PRODUCT_STARTS, 5),
    t6 = both(PRODUCT_STARTS, 6), t7 = both(PRODUCT_STARTS, 7), t8 = both(PRODUCT_STARTS, 8),
    t9 = both(PRODUCT_STARTS, 9);
  let u1 = i64x2.splat(0), u2 = i64x2.splat(0), u3 = i64x2.splat(0), u4 = i64x2.splat(0),
    u5 = i64x2.splat(0), u6 = i64x2.splat(0), u7 = i64x2.splat(0), u8 = i64x2.splat(0);

  h = madd(a0, a0, c1); t1 = add(t1, h); t0 = add(t0, madd(a0, a0, sub(c2, h)));
  h = madd(a0, a1, c1); u2 = add(u2, h); u1 = add(u1, madd(a0, a1, sub(c2, h)));
  h = madd(a0, a2, c1); u3 = add(u3, h); u2 = add(u2, madd(a0, a2, sub(c2, h)));
  h = madd(a0, a3, c1); u4 = add(u4, h); u3 = add(u3, madd(a0, a3, sub(c2, h)));
  h = madd(a0, a4, c1); u5 = add(u5, h); u4 = add(u4, madd(a0, a4, sub(c2, h)));

  h = madd(a1, a1, c1); t3 = add(t3, h); t2 = add(t2, madd(a1, a1, sub(c2, h)));
  h = madd(a1, a2, c1); u4 = add(u4, h); u3 = add(u3, madd(a1, a2, sub(c2, h)));
  h = madd(a1, a3, c1); u5 = add(u5, h); u4 = add(u4, madd(a1, a3, sub(c2, h)));
  h = madd(a1, a4, c1); u6 = add(u6, h); u5 = add(u5, madd(a1, a4, sub(c2, h)));

  h = madd(a2, a2, c1); t5 = add(t5, h); t4 = add(t4, madd(a2, a2, sub(c2, h)));
  h = madd(a2, a3, c1); u6 = add(u6, h); u5 = add(u5, madd(a2, a3, sub(c2, h)));
  h = madd(a2, a4, c1); u7 = add(u7, h); u6 = add(u6, madd(a2, a4, sub(c2, h)));

  h = madd(a3, a3, c1); t7 = add(t7, h); t6 = add(t6, madd(a3, a3, sub(c2, h)));
  h = madd(a3, a4, c1); u8 = add(u8, h); u7 = add(u7, madd(a3, a4, sub(c2, h)));

  h = madd(a4, a4, c1); t9 = add(t9, h); t8 = add(t8, madd(a4, a4, sub(c2, h)));

  t1 = add(t1, i64x2.shl(u1, 1));
  t2 = add(t2, i64x2.shl(u2, 1));
  t3 = add(t3, i64x2.shl(u3, 1));
  t4 = add(t4, i64x2.shl(u4, 1));
  t5 = add(t5, i64x2.shl(u5, 1));
  t6 = add(t6, i64x2.shl(u6, 1));
  t7 = add(t7, i64x2.shl(u7, 1));
  t8 = add(t8, i64x2.shl(u8, 1));
  for (let i = 0; i < 4; i++) {
    s = signed(t0); t1 = add(t1, carry(t0));
    m = both(REDUCER, 0); h = madd(s, m, c1); t2 = add(t2, h); t1 = add(t1, madd(s, m, sub(c2, h)));
    m = both(REDUCER, 1); h = madd(s, m, c1); t3 = add(t3, h); t2 = add(t2, madd(s, m, sub(c2, h)));
    m = both(REDUCER, 2); h = madd(s, m, c1); t4 = add(t4, h); t3 = add(t3, madd(s, m, sub(c2, h)));
    m = both(REDUCER, 3); h = madd(s, m, c1); t5 = add(t5, h); t4 = add(t4, madd(s, m, sub(c2, h)));
    m = both(REDUCER, 4); h = madd(s, m, c1); t6 = add(t6, h); t5 = add(t5, madd(s, m, sub(c2, h)));
    t0 = t1; t1 = t2; t2 = t3; t3 = t4; t4 = t5; t5 = t6; t6 = t7; t7 = t8; t8 = t9;
  }
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

/**
 * r = (a_0 m_0 + .. + a_{terms-1} m_{terms-1}) / 2^306 + addend, with one reduction for all terms. A pass takes two
 * limbs of every a, whose products meet in seven columns: with the factors at hand that fills the sixteen registers.
 */
// @ts-ignore: decorator
@global function dot(r: usize, a: usize, terms: i32, factors: usize, addend: usize): void {
  const c1 = both(SPLITTERS, 0), c2 = both(SPLITTERS, 1);
  let h: v128, s: v128, m: v128;
  const starts = DOT_STARTS + 88 * terms, end = factors + FACTOR_ROW * terms;
  let t0 = both(starts, 0), t1 = both(starts, 1), t2 = both(starts, 2), t3 = both(starts, 3), t4 = both(starts, 4),
    t5 = both(starts, 5), t6 = both(starts, 6), t7 = both(starts, 7);
  let x: v128, w: v128;
  for (let i: usize = 0; i < 4; i += 2) {
    for (let p = a + 16 * i, f = factors; f < end; p += ELEMENT, f += FACTOR_ROW) {
      x = v128.load(p);
      w = v128.load(p, 16);
      m = v128.load64_splat(f, 0);
      h = madd(x, m, c1); t1 = add(t1, h); t0 = add(t0, madd(x, m, sub(c2, h)));
      h = madd(w, m, c1); t2 = add(t2, h); t1 = add(t1, madd(w, m, sub(c2, h)));
      m = v128.load64_splat(f, 8);
      h = madd(x, m, c1); t2 = add(t2, h); t1 = add(t1, madd(x, m, sub(c2, h)));
      h = madd(w, m, c1); t3 = add(t3, h); t2 = add(t2, madd(w, m, sub(c2, h)));
      m = v128.load64_splat(f, 16);
      h = madd(x, m, c1); t3 = add(t3, h); t2 = add(t2, madd(x, m, sub(c2, h)));
      h = madd(w, m, c1); t4 = add(t4, h); t3 = add(t3, madd(w, m, sub(c2, h)));
      m = v128.load64_splat(f, 24);
      h = madd(x, m, c1); t4 = add(t4, h); t3 = add(t3, madd(x, m, sub(c2, h)));
      h = madd(w, m, c1); t5 = add(t5, h); t4 = add(t4, madd(w, m, sub(c2, h)));
      m = v128.load64_splat(f, 32);
      h = madd(x, m, c1); t5 = add(t5, h); t4 = add(t4, madd(x, m, sub(c2, h)));
      h = madd(w, m, c1); t6 = add(t6, h); t5 = add(t5, madd(w, m, sub(c2, h)));
    }
    s = signed(t0); t1 = add(t1, carry(t0));
    m = both(REDUCER, 0); h = madd(s, m, c1); t2 = add(t2, h); t1 = add(t1, madd(s, m, sub(c2, h)));
    m = both(REDUCER, 1); h = madd(s, m, c1); t3 = add(t3, h); t2 = add(t2, madd(s, m, sub(c2, h)));
    m = both(REDUCER, 2); h = madd(s, m, c1); t4 = add(t4, h); t3 = add(t3, madd(s, m, sub(c2, h)));
    m = both(REDUCER, 3); h = madd(s, m, c1); t5 = add(t5, h); t4 = add(t4, madd(s, m, sub(c2, h)));
    m = both(REDUCER, 4); h = madd(s, m, c1); t6 = add(t6, h); t5 = add(t5, madd(s, m, sub(c2, h)));
    s = signed(t1); t2 = add(t2, carry(t1));
    m = both(REDUCER, 0); h = madd(s, m, c1); t3 = add(t3, h); t2 = add(t2, madd(s, m, sub(c2, h)));
    m = both(REDUCER, 1); h = madd(s, m, c1); t4 = add(t4, h); t3 = add(t3, madd(s, m, sub(c2, h)));
    m = both(REDUCER, 2); h = madd(s, m, c1); t5 = add(t5, h); t4 = add(t4, madd(s, m, sub(c2, h)));
    m = both(REDUCER, 3); h = madd(s, m, c1); t6 = add(t6, h); t5 = add(t5, madd(s, m, sub(c2, h)));
    m = both(REDUCER, 4); h = madd(s, m, c1); t7 = add(t7, h); t6 = add(t6, madd(s, m, sub(c2, h)));
    t0 = t2; t1 = t3; t2 = t4; t3 = t5; t4 = t6; t5 = t7; t6 = both(starts, i + 8); t7 = both(starts, i + 9);
  }
  for (let p = a, f = factors; f < end; p += ELEMENT, f += FACTOR_ROW) {
    x = v128.load(p, 64);
    m = v128.load64_splat(f, 0); h = madd(x, m, c1); t1 = add(t1, h); t0 = add(t0, madd(x, m, sub(c2, h)));
    m = v128.load64_splat(f, 8); h = madd(x, m, c1); t2 = add(t2, h); t1 = add(t1, madd(x, m, sub(c2, h)));
    m = v128.load64_splat(f, 16); h = madd(x, m, c1); t3 = add(t3, h); t2 = add(t2, madd(x, m, sub(c2, h)));
    m = v128.load64_splat(f, 24); h = madd(x, m, c1); t4 = add(t4, h); t3 = add(t3, madd(x, m, sub(c2, h)));
    m = v128.load64_splat(f, 32); h = madd(x, m, c1); t5 = add(t5, h); t4 = add(t4, madd(x, m, sub(c2, h)));
  }
  s = signed(t0); t1 = add(t1, carry(t0));
  m = both(REDUCER, 0); h = madd(s, m, c1); t2 = add(t2, h); t1 = add(t1, madd(s, m, sub(c2, h)));
  m = both(REDUCER, 1); h = madd(s, m, c1); t3 = add(t3, h); t2 = add(t2, madd(s, m, sub(c2, h)));
  m = both(REDUCER, 2); h = madd(s, m, c1); t4 = add(t4, h); t3 = add(t3, madd(s, m, sub(c2, h)));
  m = both(REDUCER, 3); h = madd(s, m, c1); t5 = add(t5, h); t4 = add(t4, madd(s, m, sub(c2, h)));
  m = both(REDUCER, 4); h = madd(s, m, c1); t6 = add(t6, h); t5 = add(t5, madd(s, m, sub(c2, h)));
  s = multiplier(t1, c1, c2);
  m = both(PRIME_FACTOR, 0); h = madd(s, m, c1); t2 = add(t2, h); t1 = add(t1, madd(s, m, sub(c2, h)));
  m = both(PRIME_FACTOR, 1); h = madd(s, m, c1); t3 = add(t3, h); t2 = add(t2, madd(s, m, sub(c2, h)));
  m = both(PRIME_FACTOR, 2); h = madd(s, m, c1); t4 = add(t4, h); t3 = add(t3, madd(s, m, sub(c2, h)));
  m = both(PRIME_FACTOR, 3); h = madd(s, m, c1); t5 = add(t5, h); t4 = add(t4, madd(s, m, sub(c2, h)));
  m = both(PRIME_FACTOR, 4); h = madd(s, m, c1); t6 = add(t6, h); t5 = add(t5, madd(s, m, sub(c2, h)));
  t2 = add(t2, carry(t1));
  t2 = add(t2, both(addend, 0));
  t3 = add(t3, both(addend, 1));
  t4 = add(t4, both(addend, 2));
  t5 = add(t5, both(addend, 3));
  t6 = add(t6, both(addend, 4));

  v128.store(r, unsigned(t2), 0); t3 = add(t3, carry(t2));
  v128.store(r, unsigned(t3), 16); t4 = add(t4, carry(t3));
  v128.store(r, unsigned(t4), 32); t5 = add(t5, carry(t4));
  v128.store(r, unsigned(t5), 48); t6 = add(t6, carry(t5));
  v128.store(r, top(t6), 64);
}

/** r = a^5 / R^4: the S-box, which keeps Montgomery form (R = 2^255). */
// @ts-ignore: decorator
@global function pow5(r: usize, a: usize): void {
  square(POWER, a);
  square(POWER, POWER);
  multiply(r, a, POWER);
}

/** Lane `lane` of element r = the integer w3 w2 w1 w0 plus a constant below p, as plain (not Montgomery) limbs. */
// @ts-ignore: decorator
@global function loadSum(r: usize, lane: i32, w0: u64, w1: u64, w2: u64, w3: u64, constant: usize): void {
  const out = r + 8 * lane;
  let sum = (w0 & MASK) + load<u64>(constant, 0);
  store<f64>(out, <f64>(sum & MASK), 0);
  sum = (sum >> 51) + (((w0 >> 51) | (w1 << 13)) & MASK) + load<u64>(constant, 8);
  store<f64>(out, <f64>(sum & MASK), 16);
  sum = (sum >> 51) + (((w1 >> 38) | (w2 << 26)) & MASK) + load<u64>(constant, 16);
  store<f64>(out, <f64>(sum & MASK), 32);
  sum = (sum >> 51) + (((w2 >> 25) | (w3 << 39)) & MASK) + load<u64>(constant, 24);
  store<f64>(out, <f64>(sum & MASK), 48);
  sum = (sum >> 51) + (w3 >> 12) + load<u64>(constant, 32);
  store<f64>(out, <f64>sum, 64);
}

/** Writes the canonical value of lane `lane` of element a (in [0, 2p)) as 32 big-endian bytes. */
// @ts-ignore: decorator
@global function storeCanonical(out: usize, a: usize, lane: i32): void {
  const p = a + 8 * lane;
  let l0 = <u64>load<f64>(p, 0), l1 = <u64>load<f64>(p, 16), l2 = <u64>load<f64>(p, 32);
  let l3 = <u64>load<f64>(p, 48), l4 = <u64>load<f64>(p, 64);
  const d0 = l0 - load<u64>(PRIME, 0);
  const d1 = l1 - load<u64>(PRIME, 8) - (d0 >> 63);
  const d2 = l2 - load<u64>(PRIME, 16) - (d1 >> 63);
  const d3 = l3 - load<u64>(PRIME, 24) - (d2 >> 63);
  const d4 = l4 - load<u64>(PRIME, 32) - (d3 >> 63);
  if (!(d4 >> 63)) {
    l0 = d0 & MASK;
    l1 = d1 & MASK;
    l2 = d2 & MASK;
    l3 = d3 & MASK;
    l4 = d4;
  }
  store<u64>(out, bswap((l3 >> 39) | (l4 << 12)), 0);
  store<u64>(out, bswap((l2 >> 26) | (l3 << 25)), 8);
  store<u64>(out, bswap((l1 >> 13) | (l2 << 38)), 16);
  store<u64>(out, bswap(l0 | (l1 << 51)), 24);
}

/** Whether relaxed_madd rounds once: the product and the addend arrive at run time, so that no compiler folds them. */
export function isFused(x: f64, addend: f64): bool {
  const result = f64x2.relaxed_madd(f64x2.splat(x), f64x2.splat(x), f64x2.splat(addend));
  return f64x2.extract_lane(result, 0) != 0 && f64x2.extract_lane(result, 1) != 0;
}
