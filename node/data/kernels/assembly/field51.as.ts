// BN254 scalar field in 5 limbs of 51 bits held in doubles, two hashes at a time in the lanes of a v128.
//
// A product of limbs a b (|a b| < 2^102) is split exactly with two fused multiply-adds:
//   h = a b + 1.5 * 2^103 rounds to a multiple of 2^51, because numbers in [2^103, 2^104) are that far apart;
//   a b + (1.5 * 2^103 + 1.5 * 2^52 - h) is then exact: the bracket is a multiple of 2^51 below 2^104, and the result,
//   1.5 * 2^52 plus a remainder of at most 2^50, is an integer below 2^53.
// The mantissas hold the high and the low part as signed integers, so columns add up bit patterns with i64x2.add;
// the exponents were subtracted beforehand (scripts/kernels/column-starts.ts). If the engine rounds a b first, low parts
// are lost silently: isFused() tells, and the caller must ask.
//
// Values are signed: limbs 0..3 in [0, 2^51), the top limb takes the sign. Let v be the largest |value| / p.
// Reduction adds at most 0.123 p (four or five reducer steps: a multiplier of at most 2^50 times k p with
// k = -1/p mod 2^51 < 0.245 * 2^51) and 0.5 p (the last step). A product adds v^2 p^2 / 2^255 < 0.3781 v^2 p, a dot
// product 17 v p^2 / 2^306 < 2^-47 p and an addend below p. So dot products lie in (-0.623 p, 1.623 p), and from there
// squares and products stay below 0.3781 * 1.623^2 + 0.623 < 1.623. Sums of input and constant are below 2 p: their
// S-box reaches 2.4 p, whose top limb is still below 2^51. test/node/kernels/bounds.test.ts computes these bounds.
// A column adds at most 17 * 10 + 11 parts below 2^51: below 2^59, far from the bias of 2^62 that keeps it positive.

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
const LOW_BITS: i64 = 0x4338000000000000;
const UNIT: f64 = 4503599627370496.0; // 2^52, where a double's mantissa is an integer
const UNIT_BITS: i64 = 0x4330000000000000;
const MASK: u64 = 0x7ffffffffffff;
const POWER: usize = memory.data(80, 16);

// @ts-ignore: decorator
@inline function madd(a: v128, b: v128, c: v128): v128 { return f64x2.relaxed_madd(a, b, c); }
// @ts-ignore: decorator
@inline function sub(a: v128, b: v128): v128 { return f64x2.sub(a, b); }
// @ts-ignore: decorator
@inline function add(a: v128, b: v128): v128 { return i64x2.add(a, b); }
/** What a column hands to the next one. */
// @ts-ignore: decorator
@inline function carry(t: v128): v128 { return i64x2.shr_u(t, 51); }
/** The low 51 bits of a column as doubles. */
// @ts-ignore: decorator
@inline function unsigned(t: v128): v128 {
  return sub(v128.or(v128.and(t, i64x2.splat(MASK)), i64x2.splat(UNIT_BITS)), f64x2.splat(UNIT));
}
/** The same minus the 2^50 that the column started with: in [-2^50, 2^50). */
// @ts-ignore: decorator
@inline function signed(t: v128): v128 {
  return sub(v128.or(v128.and(t, i64x2.splat(MASK)), i64x2.splat(UNIT_BITS)), f64x2.splat(UNIT + 1125899906842624.0));
}
/** A top column, which is signed and below 2^51 in magnitude, as doubles. */
// @ts-ignore: decorator
@inline function top(t: v128): v128 { return sub(add(t, i64x2.splat(LOW_BITS)), f64x2.splat(LOW)); }

/** r = a b / 2^255. Rows of the product and reducer steps alternate: five multiples of a, then one step down. */
function multiply(r: usize, a: usize, b: usize): void {
  const c1 = f64x2.splat(HIGH), c2 = f64x2.splat(HIGH + LOW), lowBase = f64x2.splat(LOW), inverse = f64x2.splat(NEGATIVE_INVERSE);
  const n0 = v128.load64_splat(REDUCER, 0), n1 = v128.load64_splat(REDUCER, 8), n2 = v128.load64_splat(REDUCER, 16), n3 = v128.load64_splat(REDUCER, 24), n4 = v128.load64_splat(REDUCER, 32);
  const p0 = v128.load64_splat(PRIME_FACTOR, 0), p1 = v128.load64_splat(PRIME_FACTOR, 8), p2 = v128.load64_splat(PRIME_FACTOR, 16), p3 = v128.load64_splat(PRIME_FACTOR, 24), p4 = v128.load64_splat(PRIME_FACTOR, 32);
  let h: v128, s: v128;
  const b0 = v128.load(b, 0), b1 = v128.load(b, 16), b2 = v128.load(b, 32), b3 = v128.load(b, 48), b4 = v128.load(b, 64);
  let t0 = v128.load64_splat(PRODUCT_STARTS, 0), t1 = v128.load64_splat(PRODUCT_STARTS, 8), t2 = v128.load64_splat(PRODUCT_STARTS, 16),
    t3 = v128.load64_splat(PRODUCT_STARTS, 24), t4 = v128.load64_splat(PRODUCT_STARTS, 32), t5 = v128.load64_splat(PRODUCT_STARTS, 40),
    t6 = v128.load64_splat(PRODUCT_STARTS, 48), t7 = v128.load64_splat(PRODUCT_STARTS, 56), t8 = v128.load64_splat(PRODUCT_STARTS, 64),
    t9 = v128.load64_splat(PRODUCT_STARTS, 72);
  let x: v128;

  x = v128.load(a, 0);
  h = madd(x, b0, c1); t1 = add(t1, h); t0 = add(t0, madd(x, b0, sub(c2, h)));
  h = madd(x, b1, c1); t2 = add(t2, h); t1 = add(t1, madd(x, b1, sub(c2, h)));
  h = madd(x, b2, c1); t3 = add(t3, h); t2 = add(t2, madd(x, b2, sub(c2, h)));
  h = madd(x, b3, c1); t4 = add(t4, h); t3 = add(t3, madd(x, b3, sub(c2, h)));
  h = madd(x, b4, c1); t5 = add(t5, h); t4 = add(t4, madd(x, b4, sub(c2, h)));
  s = signed(t0); t1 = add(t1, carry(t0));
  h = madd(s, n0, c1); t2 = add(t2, h); t1 = add(t1, madd(s, n0, sub(c2, h)));
  h = madd(s, n1, c1); t3 = add(t3, h); t2 = add(t2, madd(s, n1, sub(c2, h)));
  h = madd(s, n2, c1); t4 = add(t4, h); t3 = add(t3, madd(s, n2, sub(c2, h)));
  h = madd(s, n3, c1); t5 = add(t5, h); t4 = add(t4, madd(s, n3, sub(c2, h)));
  h = madd(s, n4, c1); t6 = add(t6, h); t5 = add(t5, madd(s, n4, sub(c2, h)));

  x = v128.load(a, 16);
  h = madd(x, b0, c1); t2 = add(t2, h); t1 = add(t1, madd(x, b0, sub(c2, h)));
  h = madd(x, b1, c1); t3 = add(t3, h); t2 = add(t2, madd(x, b1, sub(c2, h)));
  h = madd(x, b2, c1); t4 = add(t4, h); t3 = add(t3, madd(x, b2, sub(c2, h)));
  h = madd(x, b3, c1); t5 = add(t5, h); t4 = add(t4, madd(x, b3, sub(c2, h)));
  h = madd(x, b4, c1); t6 = add(t6, h); t5 = add(t5, madd(x, b4, sub(c2, h)));
  s = signed(t1); t2 = add(t2, carry(t1));
  h = madd(s, n0, c1); t3 = add(t3, h); t2 = add(t2, madd(s, n0, sub(c2, h)));
  h = madd(s, n1, c1); t4 = add(t4, h); t3 = add(t3, madd(s, n1, sub(c2, h)));
  h = madd(s, n2, c1); t5 = add(t5, h); t4 = add(t4, madd(s, n2, sub(c2, h)));
  h = madd(s, n3, c1); t6 = add(t6, h); t5 = add(t5, madd(s, n3, sub(c2, h)));
  h = madd(s, n4, c1); t7 = add(t7, h); t6 = add(t6, madd(s, n4, sub(c2, h)));

  x = v128.load(a, 32);
  h = madd(x, b0, c1); t3 = add(t3, h); t2 = add(t2, madd(x, b0, sub(c2, h)));
  h = madd(x, b1, c1); t4 = add(t4, h); t3 = add(t3, madd(x, b1, sub(c2, h)));
  h = madd(x, b2, c1); t5 = add(t5, h); t4 = add(t4, madd(x, b2, sub(c2, h)));
  h = madd(x, b3, c1); t6 = add(t6, h); t5 = add(t5, madd(x, b3, sub(c2, h)));
  h = madd(x, b4, c1); t7 = add(t7, h); t6 = add(t6, madd(x, b4, sub(c2, h)));
  s = signed(t2); t3 = add(t3, carry(t2));
  h = madd(s, n0, c1); t4 = add(t4, h); t3 = add(t3, madd(s, n0, sub(c2, h)));
  h = madd(s, n1, c1); t5 = add(t5, h); t4 = add(t4, madd(s, n1, sub(c2, h)));
  h = madd(s, n2, c1); t6 = add(t6, h); t5 = add(t5, madd(s, n2, sub(c2, h)));
  h = madd(s, n3, c1); t7 = add(t7, h); t6 = add(t6, madd(s, n3, sub(c2, h)));
  h = madd(s, n4, c1); t8 = add(t8, h); t7 = add(t7, madd(s, n4, sub(c2, h)));

  x = v128.load(a, 48);
  h = madd(x, b0, c1); t4 = add(t4, h); t3 = add(t3, madd(x, b0, sub(c2, h)));
  h = madd(x, b1, c1); t5 = add(t5, h); t4 = add(t4, madd(x, b1, sub(c2, h)));
  h = madd(x, b2, c1); t6 = add(t6, h); t5 = add(t5, madd(x, b2, sub(c2, h)));
  h = madd(x, b3, c1); t7 = add(t7, h); t6 = add(t6, madd(x, b3, sub(c2, h)));
  h = madd(x, b4, c1); t8 = add(t8, h); t7 = add(t7, madd(x, b4, sub(c2, h)));
  s = signed(t3); t4 = add(t4, carry(t3));
  h = madd(s, n0, c1); t5 = add(t5, h); t4 = add(t4, madd(s, n0, sub(c2, h)));
  h = madd(s, n1, c1); t6 = add(t6, h); t5 = add(t5, madd(s, n1, sub(c2, h)));
  h = madd(s, n2, c1); t7 = add(t7, h); t6 = add(t6, madd(s, n2, sub(c2, h)));
  h = madd(s, n3, c1); t8 = add(t8, h); t7 = add(t7, madd(s, n3, sub(c2, h)));
  h = madd(s, n4, c1); t9 = add(t9, h); t8 = add(t8, madd(s, n4, sub(c2, h)));

  x = v128.load(a, 64);
  h = madd(x, b0, c1); t5 = add(t5, h); t4 = add(t4, madd(x, b0, sub(c2, h)));
  h = madd(x, b1, c1); t6 = add(t6, h); t5 = add(t5, madd(x, b1, sub(c2, h)));
  h = madd(x, b2, c1); t7 = add(t7, h); t6 = add(t6, madd(x, b2, sub(c2, h)));
  h = madd(x, b3, c1); t8 = add(t8, h); t7 = add(t7, madd(x, b3, sub(c2, h)));
  h = madd(x, b4, c1); t9 = add(t9, h); t8 = add(t8, madd(x, b4, sub(c2, h)));
  s = unsigned(t4); h = madd(s, inverse, c1); s = sub(madd(s, inverse, sub(c2, h)), lowBase);
  h = madd(s, p0, c1); t5 = add(t5, h); t4 = add(t4, madd(s, p0, sub(c2, h)));
  h = madd(s, p1, c1); t6 = add(t6, h); t5 = add(t5, madd(s, p1, sub(c2, h)));
  h = madd(s, p2, c1); t7 = add(t7, h); t6 = add(t6, madd(s, p2, sub(c2, h)));
  h = madd(s, p3, c1); t8 = add(t8, h); t7 = add(t7, madd(s, p3, sub(c2, h)));
  h = madd(s, p4, c1); t9 = add(t9, h); t8 = add(t8, madd(s, p4, sub(c2, h)));
  t5 = add(t5, carry(t4));

  v128.store(r, unsigned(t5), 0); t6 = add(t6, carry(t5));
  v128.store(r, unsigned(t6), 16); t7 = add(t7, carry(t6));
  v128.store(r, unsigned(t7), 32); t8 = add(t8, carry(t7));
  v128.store(r, unsigned(t8), 48); t9 = add(t9, carry(t8));
  v128.store(r, top(t9), 64);
}

/** r = a a / 2^255: products of different limbs are made once (u) and doubled. */
function square(r: usize, a: usize): void {
  const c1 = f64x2.splat(HIGH), c2 = f64x2.splat(HIGH + LOW), lowBase = f64x2.splat(LOW), inverse = f64x2.splat(NEGATIVE_INVERSE);
  const n0 = v128.load64_splat(REDUCER, 0), n1 = v128.load64_splat(REDUCER, 8), n2 = v128.load64_splat(REDUCER, 16), n3 = v128.load64_splat(REDUCER, 24), n4 = v128.load64_splat(REDUCER, 32);
  const p0 = v128.load64_splat(PRIME_FACTOR, 0), p1 = v128.load64_splat(PRIME_FACTOR, 8), p2 = v128.load64_splat(PRIME_FACTOR, 16), p3 = v128.load64_splat(PRIME_FACTOR, 24), p4 = v128.load64_splat(PRIME_FACTOR, 32);
  let h: v128, s: v128;
  const a0 = v128.load(a, 0), a1 = v128.load(a, 16), a2 = v128.load(a, 32), a3 = v128.load(a, 48), a4 = v128.load(a, 64);
  let t0 = v128.load64_splat(PRODUCT_STARTS, 0), t1 = v128.load64_splat(PRODUCT_STARTS, 8), t2 = v128.load64_splat(PRODUCT_STARTS, 16),
    t3 = v128.load64_splat(PRODUCT_STARTS, 24), t4 = v128.load64_splat(PRODUCT_STARTS, 32), t5 = v128.load64_splat(PRODUCT_STARTS, 40),
    t6 = v128.load64_splat(PRODUCT_STARTS, 48), t7 = v128.load64_splat(PRODUCT_STARTS, 56), t8 = v128.load64_splat(PRODUCT_STARTS, 64),
    t9 = v128.load64_splat(PRODUCT_STARTS, 72);
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

  s = signed(t0); t1 = add(t1, carry(t0));
  h = madd(s, n0, c1); t2 = add(t2, h); t1 = add(t1, madd(s, n0, sub(c2, h)));
  h = madd(s, n1, c1); t3 = add(t3, h); t2 = add(t2, madd(s, n1, sub(c2, h)));
  h = madd(s, n2, c1); t4 = add(t4, h); t3 = add(t3, madd(s, n2, sub(c2, h)));
  h = madd(s, n3, c1); t5 = add(t5, h); t4 = add(t4, madd(s, n3, sub(c2, h)));
  h = madd(s, n4, c1); t6 = add(t6, h); t5 = add(t5, madd(s, n4, sub(c2, h)));

  s = signed(t1); t2 = add(t2, carry(t1));
  h = madd(s, n0, c1); t3 = add(t3, h); t2 = add(t2, madd(s, n0, sub(c2, h)));
  h = madd(s, n1, c1); t4 = add(t4, h); t3 = add(t3, madd(s, n1, sub(c2, h)));
  h = madd(s, n2, c1); t5 = add(t5, h); t4 = add(t4, madd(s, n2, sub(c2, h)));
  h = madd(s, n3, c1); t6 = add(t6, h); t5 = add(t5, madd(s, n3, sub(c2, h)));
  h = madd(s, n4, c1); t7 = add(t7, h); t6 = add(t6, madd(s, n4, sub(c2, h)));

  s = signed(t2); t3 = add(t3, carry(t2));
  h = madd(s, n0, c1); t4 = add(t4, h); t3 = add(t3, madd(s, n0, sub(c2, h)));
  h = madd(s, n1, c1); t5 = add(t5, h); t4 = add(t4, madd(s, n1, sub(c2, h)));
  h = madd(s, n2, c1); t6 = add(t6, h); t5 = add(t5, madd(s, n2, sub(c2, h)));
  h = madd(s, n3, c1); t7 = add(t7, h); t6 = add(t6, madd(s, n3, sub(c2, h)));
  h = madd(s, n4, c1); t8 = add(t8, h); t7 = add(t7, madd(s, n4, sub(c2, h)));

  s = signed(t3); t4 = add(t4, carry(t3));
  h = madd(s, n0, c1); t5 = add(t5, h); t4 = add(t4, madd(s, n0, sub(c2, h)));
  h = madd(s, n1, c1); t6 = add(t6, h); t5 = add(t5, madd(s, n1, sub(c2, h)));
  h = madd(s, n2, c1); t7 = add(t7, h); t6 = add(t6, madd(s, n2, sub(c2, h)));
  h = madd(s, n3, c1); t8 = add(t8, h); t7 = add(t7, madd(s, n3, sub(c2, h)));
  h = madd(s, n4, c1); t9 = add(t9, h); t8 = add(t8, madd(s, n4, sub(c2, h)));

  s = unsigned(t4); h = madd(s, inverse, c1); s = sub(madd(s, inverse, sub(c2, h)), lowBase);
  h = madd(s, p0, c1); t5 = add(t5, h); t4 = add(t4, madd(s, p0, sub(c2, h)));
  h = madd(s, p1, c1); t6 = add(t6, h); t5 = add(t5, madd(s, p1, sub(c2, h)));
  h = madd(s, p2, c1); t7 = add(t7, h); t6 = add(t6, madd(s, p2, sub(c2, h)));
  h = madd(s, p3, c1); t8 = add(t8, h); t7 = add(t7, madd(s, p3, sub(c2, h)));
  h = madd(s, p4, c1); t9 = add(t9, h); t8 = add(t8, madd(s, p4, sub(c2, h)));
  t5 = add(t5, carry(t4));

  v128.store(r, unsigned(t5), 0); t6 = add(t6, carry(t5));
  v128.store(r, unsigned(t6), 16); t7 = add(t7, carry(t6));
  v128.store(r, unsigned(t7), 32); t8 = add(t8, carry(t7));
  v128.store(r, unsigned(t8), 48); t9 = add(t9, carry(t8));
  v128.store(r, top(t9), 64);
}

/** r = (a_0 m_0 + .. + a_{terms-1} m_{terms-1}) / 2^306 + addend: one reduction for all terms, two limbs of a per pass. */
// @ts-ignore: decorator
@global function dot(r: usize, a: usize, terms: i32, factors: usize, addend: usize): void {
  const c1 = f64x2.splat(HIGH), c2 = f64x2.splat(HIGH + LOW), lowBase = f64x2.splat(LOW), inverse = f64x2.splat(NEGATIVE_INVERSE);
  const n0 = v128.load64_splat(REDUCER, 0), n1 = v128.load64_splat(REDUCER, 8), n2 = v128.load64_splat(REDUCER, 16), n3 = v128.load64_splat(REDUCER, 24), n4 = v128.load64_splat(REDUCER, 32);
  const p0 = v128.load64_splat(PRIME_FACTOR, 0), p1 = v128.load64_splat(PRIME_FACTOR, 8), p2 = v128.load64_splat(PRIME_FACTOR, 16), p3 = v128.load64_splat(PRIME_FACTOR, 24), p4 = v128.load64_splat(PRIME_FACTOR, 32);
  let h: v128, s: v128;
  const starts = DOT_STARTS + 88 * terms, end = factors + FACTOR_ROW * terms;
  let t0 = v128.load64_splat(starts, 0), t1 = v128.load64_splat(starts, 8), t2 = v128.load64_splat(starts, 16),
    t3 = v128.load64_splat(starts, 24), t4 = v128.load64_splat(starts, 32), t5 = v128.load64_splat(starts, 40),
    t6 = v128.load64_splat(starts, 48), t7 = v128.load64_splat(starts, 56), t8 = v128.load64_splat(starts, 64),
    t9 = v128.load64_splat(starts, 72), t10 = v128.load64_splat(starts, 80);
  t6 = add(t6, v128.load64_splat(addend, 0));
  t7 = add(t7, v128.load64_splat(addend, 8));
  t8 = add(t8, v128.load64_splat(addend, 16));
  t9 = add(t9, v128.load64_splat(addend, 24));
  t10 = add(t10, v128.load64_splat(addend, 32));
  let x: v128, w: v128, m: v128;

  for (let p = a, f = factors; f < end; p += ELEMENT, f += FACTOR_ROW) {
    x = v128.load(p, 0);
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
  h = madd(s, n0, c1); t2 = add(t2, h); t1 = add(t1, madd(s, n0, sub(c2, h)));
  h = madd(s, n1, c1); t3 = add(t3, h); t2 = add(t2, madd(s, n1, sub(c2, h)));
  h = madd(s, n2, c1); t4 = add(t4, h); t3 = add(t3, madd(s, n2, sub(c2, h)));
  h = madd(s, n3, c1); t5 = add(t5, h); t4 = add(t4, madd(s, n3, sub(c2, h)));
  h = madd(s, n4, c1); t6 = add(t6, h); t5 = add(t5, madd(s, n4, sub(c2, h)));
  s = signed(t1); t2 = add(t2, carry(t1));
  h = madd(s, n0, c1); t3 = add(t3, h); t2 = add(t2, madd(s, n0, sub(c2, h)));
  h = madd(s, n1, c1); t4 = add(t4, h); t3 = add(t3, madd(s, n1, sub(c2, h)));
  h = madd(s, n2, c1); t5 = add(t5, h); t4 = add(t4, madd(s, n2, sub(c2, h)));
  h = madd(s, n3, c1); t6 = add(t6, h); t5 = add(t5, madd(s, n3, sub(c2, h)));
  h = madd(s, n4, c1); t7 = add(t7, h); t6 = add(t6, madd(s, n4, sub(c2, h)));

  for (let p = a, f = factors; f < end; p += ELEMENT, f += FACTOR_ROW) {
    x = v128.load(p, 32);
    w = v128.load(p, 48);
    m = v128.load64_splat(f, 0);
    h = madd(x, m, c1); t3 = add(t3, h); t2 = add(t2, madd(x, m, sub(c2, h)));
    h = madd(w, m, c1); t4 = add(t4, h); t3 = add(t3, madd(w, m, sub(c2, h)));
    m = v128.load64_splat(f, 8);
    h = madd(x, m, c1); t4 = add(t4, h); t3 = add(t3, madd(x, m, sub(c2, h)));
    h = madd(w, m, c1); t5 = add(t5, h); t4 = add(t4, madd(w, m, sub(c2, h)));
    m = v128.load64_splat(f, 16);
    h = madd(x, m, c1); t5 = add(t5, h); t4 = add(t4, madd(x, m, sub(c2, h)));
    h = madd(w, m, c1); t6 = add(t6, h); t5 = add(t5, madd(w, m, sub(c2, h)));
    m = v128.load64_splat(f, 24);
    h = madd(x, m, c1); t6 = add(t6, h); t5 = add(t5, madd(x, m, sub(c2, h)));
    h = madd(w, m, c1); t7 = add(t7, h); t6 = add(t6, madd(w, m, sub(c2, h)));
    m = v128.load64_splat(f, 32);
    h = madd(x, m, c1); t7 = add(t7, h); t6 = add(t6, madd(x, m, sub(c2, h)));
    h = madd(w, m, c1); t8 = add(t8, h); t7 = add(t7, madd(w, m, sub(c2, h)));
  }
  s = signed(t2); t3 = add(t3, carry(t2));
  h = madd(s, n0, c1); t4 = add(t4, h); t3 = add(t3, madd(s, n0, sub(c2, h)));
  h = madd(s, n1, c1); t5 = add(t5, h); t4 = add(t4, madd(s, n1, sub(c2, h)));
  h = madd(s, n2, c1); t6 = add(t6, h); t5 = add(t5, madd(s, n2, sub(c2, h)));
  h = madd(s, n3, c1); t7 = add(t7, h); t6 = add(t6, madd(s, n3, sub(c2, h)));
  h = madd(s, n4, c1); t8 = add(t8, h); t7 = add(t7, madd(s, n4, sub(c2, h)));
  s = signed(t3); t4 = add(t4, carry(t3));
  h = madd(s, n0, c1); t5 = add(t5, h); t4 = add(t4, madd(s, n0, sub(c2, h)));
  h = madd(s, n1, c1); t6 = add(t6, h); t5 = add(t5, madd(s, n1, sub(c2, h)));
  h = madd(s, n2, c1); t7 = add(t7, h); t6 = add(t6, madd(s, n2, sub(c2, h)));
  h = madd(s, n3, c1); t8 = add(t8, h); t7 = add(t7, madd(s, n3, sub(c2, h)));
  h = madd(s, n4, c1); t9 = add(t9, h); t8 = add(t8, madd(s, n4, sub(c2, h)));

  for (let p = a, f = factors; f < end; p += ELEMENT, f += FACTOR_ROW) {
    x = v128.load(p, 64);
    m = v128.load64_splat(f, 0);
    h = madd(x, m, c1); t5 = add(t5, h); t4 = add(t4, madd(x, m, sub(c2, h)));
    m = v128.load64_splat(f, 8);
    h = madd(x, m, c1); t6 = add(t6, h); t5 = add(t5, madd(x, m, sub(c2, h)));
    m = v128.load64_splat(f, 16);
    h = madd(x, m, c1); t7 = add(t7, h); t6 = add(t6, madd(x, m, sub(c2, h)));
    m = v128.load64_splat(f, 24);
    h = madd(x, m, c1); t8 = add(t8, h); t7 = add(t7, madd(x, m, sub(c2, h)));
    m = v128.load64_splat(f, 32);
    h = madd(x, m, c1); t9 = add(t9, h); t8 = add(t8, madd(x, m, sub(c2, h)));
  }
  s = signed(t4); t5 = add(t5, carry(t4));
  h = madd(s, n0, c1); t6 = add(t6, h); t5 = add(t5, madd(s, n0, sub(c2, h)));
  h = madd(s, n1, c1); t7 = add(t7, h); t6 = add(t6, madd(s, n1, sub(c2, h)));
  h = madd(s, n2, c1); t8 = add(t8, h); t7 = add(t7, madd(s, n2, sub(c2, h)));
  h = madd(s, n3, c1); t9 = add(t9, h); t8 = add(t8, madd(s, n3, sub(c2, h)));
  h = madd(s, n4, c1); t10 = add(t10, h); t9 = add(t9, madd(s, n4, sub(c2, h)));

  s = unsigned(t5); h = madd(s, inverse, c1); s = sub(madd(s, inverse, sub(c2, h)), lowBase);
  h = madd(s, p0, c1); t6 = add(t6, h); t5 = add(t5, madd(s, p0, sub(c2, h)));
  h = madd(s, p1, c1); t7 = add(t7, h); t6 = add(t6, madd(s, p1, sub(c2, h)));
  h = madd(s, p2, c1); t8 = add(t8, h); t7 = add(t7, madd(s, p2, sub(c2, h)));
  h = madd(s, p3, c1); t9 = add(t9, h); t8 = add(t8, madd(s, p3, sub(c2, h)));
  h = madd(s, p4, c1); t10 = add(t10, h); t9 = add(t9, madd(s, p4, sub(c2, h)));
  t6 = add(t6, carry(t5));

  v128.store(r, unsigned(t6), 0); t7 = add(t7, carry(t6));
  v128.store(r, unsigned(t7), 16); t8 = add(t8, carry(t7));
  v128.store(r, unsigned(t8), 32); t9 = add(t9, carry(t8));
  v128.store(r, unsigned(t9), 48); t10 = add(t10, carry(t9));
  v128.store(r, top(t10), 64);
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
  let l0 = <u64>load<f64>(p, 0), l1 = <u64>load<f64>(p, 16), l2 = <u64>load<f64>(p, 32), l3 = <u64>load<f64>(p, 48), l4 = <u64>load<f64>(p, 64);
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
