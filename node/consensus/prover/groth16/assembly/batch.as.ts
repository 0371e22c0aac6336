// Additions of points by their affine formulas, thousands at a time, so that one inversion serves all of them:
//   l = (y2 - y1) / (x2 - x1),   x3 = l^2 - x1 - x2,   y3 = l (x1 - x3) - y1.
// A point is two coordinates, each one row (G1) or two (G2: real, imaginary); a reference is a point's address, plus 1 for
// its negative. Two additions share the lanes of a pair.
//
// The formulas fail where x1 = x2. Then a factor of the batch's product is zero, and so is the product, which has to be
// inverted anyway: nothing is checked until that happens. Then the additions at fault are found, done one by one and
// replaced. The sum of a point and its negative is written as NOTHING, for whoever reads the results to drop.
import { multiply, square } from "./field51.as";
import {
  copy, exchange, invert, isZero, multiplySum, negate, PAIR, scratchEnd, settle, settlePair, subtractRaw, temp,
} from "./field.as";

/** Lane pairs of a batch: what lies in scratch memory for it stays in the second-level cache. */
const LIMIT: i32 = 1024;
export const BATCH: i32 = 2 * LIMIT;

export let pointBytes: usize = 0;
let wide = false;
export function setPoints(overG2: bool): void {
  wide = overG2;
  pointBytes = overG2 ? 160 : 80;
}

/** First limb of a result that is the point at infinity; no limb is not a number. */
const NOTHING: u64 = 0x7ff8000000000000;
// @ts-ignore: decorator
@inline export function isNothing(point: usize): bool { return load<u64>(point) == NOTHING; }
/** Whether a result was NOTHING since `clearNothing`. */
export let sawNothing = false;
export function clearNothing(): void { sawNothing = false; }

// References left + right -> address out, as lists of u32.
// @ts-ignore: decorator
@inline function left(): usize { return scratchEnd(); }
// @ts-ignore: decorator
@inline function right(): usize { return left() + 4 * BATCH; }
// @ts-ignore: decorator
@inline function out(): usize { return right() + 4 * BATCH; }
/** Three points that pad a batch: two with different x, and one to overwrite. */
// @ts-ignore: decorator
@inline function padding(): usize { return out() + 4 * BATCH; }
// x2 - x1 of each lane pair (two pairs for G2), what is to be inverted, and its running products.
// @ts-ignore: decorator
@inline function differences(): usize { return padding() + 480; }
// @ts-ignore: decorator
@inline function norms(): usize { return differences() + 2 * PAIR * LIMIT; }
// @ts-ignore: decorator
@inline function products(): usize { return norms() + PAIR * LIMIT; }
// @ts-ignore: decorator
@inline export function batchEnd(): usize { return products() + PAIR * LIMIT; }

let pending = 0;

/** Plans out = left + right; `finish` does what is planned. The inputs of one batch are never outputs of the same. */
export function plan(a: usize, b: usize, result: usize): void {
  store<u32>(left() + 4 * pending, <u32>a);
  store<u32>(right() + 4 * pending, <u32>b);
  store<u32>(out() + 4 * pending, <u32>result);
  pending++;
  if (pending == BATCH) finish();
}

export function finish(): void {
  if (pending == 0) return;
  if (pending & 1) pad(pending++);
  const lanePairs = pending >> 1, product = temp(0), swapped = temp(1);
  pending = 0;
  multiplyAll(lanePairs);
  const last = products() + PAIR * (lanePairs - 1);
  exchange(swapped, last);
  multiply(product, last, swapped);
  if (isZero(product, 0)) {
    for (let i = 0; i < 2 * lanePairs; i++) resolve(i);
    multiplyAll(lanePairs);
    exchange(swapped, last);
    multiply(product, last, swapped);
  }
  invert(product, product);
  multiply(temp(2), product, swapped); // 1 / (product of a lane) = product of the other lane / product of both
  if (wide) addWide(lanePairs);
  else addNarrow(lanePairs);
}

/** Entry i becomes a sum of two points that nobody wants. */
function pad(i: i32): void {
  const points = padding();
  memory.fill(points, 0, 2 * pointBytes);
  memory.copy(points, ONE, 40); // x = 1 and x = 0
  store<u32>(left() + 4 * i, <u32>points);
  store<u32>(right() + 4 * i, <u32>(points + pointBytes));
  store<u32>(out() + 4 * i, <u32>(points + 2 * pointBytes));
}

/** Limb i of the same coordinate of two points. */
// @ts-ignore: decorator
@inline function lanes(a: usize, b: usize): v128 { return v128.load64_lane(b, v128.load64_zero(a), 1); }
/** Sign bits in both lanes, for y coordinates, of two references. */
// @ts-ignore: decorator
@inline function signs(a: u32, b: u32): v128 {
  return i64x2.replace_lane(i64x2.splat(<u64>(a & 1) << 63), 1, <u64>(b & 1) << 63);
}

/** r = coordinate of b - coordinate of a, for two points in the lanes. */
// @ts-ignore: decorator
@inline function difference(r: usize, a0: usize, a1: usize, b0: usize, b1: usize): void {
  v128.store(r, f64x2.sub(lanes(b0, b1), lanes(a0, a1)));
  v128.store(r, f64x2.sub(lanes(b0 + 8, b1 + 8), lanes(a0 + 8, a1 + 8)), 16);
  v128.store(r, f64x2.sub(lanes(b0 + 16, b1 + 16), lanes(a0 + 16, a1 + 16)), 32);
  v128.store(r, f64x2.sub(lanes(b0 + 24, b1 + 24), lanes(a0 + 24, a1 + 24)), 48);
  v128.store(r, f64x2.sub(lanes(b0 + 32, b1 + 32), lanes(a0 + 32, a1 + 32)), 64);
}

/** r = a coordinate of two points, negated where the signs say so. */
// @ts-ignore: decorator
@inline function gather(r: usize, a0: usize, a1: usize, sign: v128): void {
  v128.store(r, v128.xor(lanes(a0, a1), sign));
  v128.store(r, v128.xor(lanes(a0 + 8, a1 + 8), sign), 16);
  v128.store(r, v128.xor(lanes(a0 + 16, a1 + 16), sign), 32);
  v128.store(r, v128.xor(lanes(a0 + 24, a1 + 24), sign), 48);
  v128.store(r, v128.xor(lanes(a0 + 32, a1 + 32), sign), 64);
}

/** A coordinate of two points = the lanes of a. */
// @ts-ignore: decorator
@inline function scatter(r0: usize, r1: usize, a: usize): void {
  for (let i: usize = 0; i < 5; i++) {
    const v = v128.load(a + 16 * i);
    v128.store64_lane(r0 + 8 * i, v, 0);
    v128.store64_lane(r1 + 8 * i, v, 1);
  }
}

/** r = q - d - 2 x = q - x1 - x2, settled. */
// @ts-ignore: decorator
@inline function thirdX(r: usize, q: usize, d: usize, x: usize): void {
  const x0 = v128.load(x), x1 = v128.load(x, 16), x2 = v128.load(x, 32), x3 = v128.load(x, 48), x4 = v128.load(x, 64);
  settle(
    r,
    f64x2.sub(f64x2.sub(v128.load(q), v128.load(d)), f64x2.add(x0, x0)),
    f64x2.sub(f64x2.sub(v128.load(q, 16), v128.load(d, 16)), f64x2.add(x1, x1)),
    f64x2.sub(f64x2.sub(v128.load(q, 32), v128.load(d, 32)), f64x2.add(x2, x2)),
    f64x2.sub(f64x2.sub(v128.load(q, 48), v128.load(d, 48)), f64x2.add(x3, x3)),
    f64x2.sub(f64x2.sub(v128.load(q, 64), v128.load(d, 64)), f64x2.add(x4, x4)),
  );
}

/** Fills differences, norms and their running products. */
function multiplyAll(lanePairs: i32): void {
  let before: usize = 0;
  for (let k = 0; k < lanePairs; k++) {
    const at = 8 * <usize>k, product = products() + PAIR * k;
    const a0 = <usize>(load<u32>(left() + at) & ~1), a1 = <usize>(load<u32>(left() + at, 4) & ~1);
    const b0 = <usize>(load<u32>(right() + at) & ~1), b1 = <usize>(load<u32>(right() + at, 4) & ~1);
    let d = differences() + 2 * PAIR * k;
    difference(d, a0, a1, b0, b1);
    if (wide) {
      difference(d + PAIR, a0 + 40, a1 + 40, b0 + 40, b1 + 40);
      const norm = norms() + PAIR * k; // zero only if the difference is: -1 is no square
      multiplySum(norm, d, d, d + PAIR, d + PAIR);
      d = norm;
    }
    if (k == 0) copy(product, d);
    else multiply(product, before, d);
    before = product;
  }
}

/** The inverse of lane pair k's difference or norm; temp(2) holds the inverse of the product up to k, and moves down. */
// @ts-ignore: decorator
@inline function takeInverse(r: usize, k: i32, d: usize): void {
  const u = temp(2);
  if (k == 0) return copy(r, u);
  multiply(r, u, products() + PAIR * (k - 1));
  multiply(u, u, d);
}

function addNarrow(lanePairs: i32): void {
  const inverse = temp(3), slope = temp(4), x = temp(5), y = temp(6), t = temp(7), x3 = temp(8);
  for (let k = lanePairs - 1; k >= 0; k--) {
    const at = 8 * <usize>k, d = differences() + 2 * PAIR * k;
    const refA0 = load<u32>(left() + at), refA1 = load<u32>(left() + at, 4);
    const refB0 = load<u32>(right() + at), refB1 = load<u32>(right() + at, 4);
    const a0 = <usize>(refA0 & ~1), a1 = <usize>(refA1 & ~1), b0 = <usize>(refB0 & ~1), b1 = <usize>(refB1 & ~1);
    const r0 = <usize>load<u32>(out() + at), r1 = <usize>load<u32>(out() + at, 4);
    gather(y, a0 + 40, a1 + 40, signs(refA0, refA1));
    gather(t, b0 + 40, b1 + 40, signs(refB0, refB1));
    gather(x, a0, a1, f64x2.splat(0));
    takeInverse(inverse, k, d);
    subtractRaw(t, t, y);
    multiply(slope, t, inverse);
    square(t, slope);
    thirdX(x3, t, d, x);
    scatter(r0, r1, x3);
    subtractRaw(t, x, x3);
    multiply(t, slope, t);
    subtractRaw(t, t, y);
    settlePair(t, t);
    scatter(r0 + 40, r1 + 40, t);
  }
}

function addWide(lanePairs: i32): void {
  for (let k = lanePairs - 1; k >= 0; k--) {
    const at = 8 * <usize>k, d = differences() + 2 * PAIR * k;
    const refA0 = load<u32>(left() + at), refA1 = load<u32>(left() + at, 4);
    const refB0 = load<u32>(right() + at), refB1 = load<u32>(right() + at, 4);
    const a0 = <usize>(refA0 & ~1), a1 = <usize>(refA1 & ~1), b0 = <usize>(refB0 & ~1), b1 = <usize>(refB1 & ~1);
    const re = temp(3), im = temp(4), y = temp(5), yi = temp(6), t = temp(7), ti = temp(8);
    takeInverse(im, k, norms() + PAIR * k);
    multiply(re, d, im);
    multiply(im, d + PAIR, im); // 1 / (d + d' u) = (re - im u) for u^2 = -1
    gather(y, a0 + 80, a1 + 80, signs(refA0, refA1));
    gather(yi, a0 + 120, a1 + 120, signs(refA0, refA1));
    gather(t, b0 + 80, b1 + 80, signs(refB0, refB1));
    gather(ti, b0 + 120, b1 + 120, signs(refB0, refB1));
    subtractRaw(t, t, y);
    subtractRaw(ti, ti, yi);
    const slope = temp(9), slopeI = temp(10);
    multiplySum(slope, t, re, ti, im);
    negate(t, t);
    multiplySum(slopeI, ti, re, t, im);
    gather(re, a0, a1, f64x2.splat(0));
    gather(im, a0 + 40, a1 + 40, f64x2.splat(0));
    finishWide(<usize>load<u32>(out() + at), <usize>load<u32>(out() + at, 4), d);
  }
}

/** From slope in temp(9, 10), x1 in temp(3, 4), y1 in temp(5, 6) and x2 - x1 in d: the third point. */
function finishWide(r0: usize, r1: usize, d: usize): void {
  const x = temp(3), xi = temp(4), y = temp(5), yi = temp(6), t = temp(7), ti = temp(8), slope = temp(9), slopeI = temp(10);
  const sum = temp(11), x3 = temp(12), x3i = temp(13);
  settleSum(sum, slope, slopeI);
  subtractRaw(t, slope, slopeI);
  multiply(t, sum, t);
  settleSum(sum, slopeI, slopeI);
  multiply(ti, slope, sum);
  thirdX(x3, t, d, x);
  thirdX(x3i, ti, d + PAIR, xi);
  scatter(r0, r1, x3);
  scatter(r0 + 40, r1 + 40, x3i);
  subtractRaw(t, x, x3);
  subtractRaw(ti, xi, x3i);
  multiplySum(sum, slope, ti, slopeI, t);
  subtractRaw(sum, sum, yi);
  settlePair(sum, sum);
  scatter(r0 + 120, r1 + 120, sum);
  negate(ti, ti);
  multiplySum(sum, slope, t, slopeI, ti);
  subtractRaw(sum, sum, y);
  settlePair(sum, sum);
  scatter(r0 + 80, r1 + 80, sum);
}

// @ts-ignore: decorator
@inline function settleSum(r: usize, a: usize, b: usize): void {
  settle(
    r,
    f64x2.add(v128.load(a), v128.load(b)),
    f64x2.add(v128.load(a, 16), v128.load(b, 16)),
    f64x2.add(v128.load(a, 32), v128.load(b, 32)),
    f64x2.add(v128.load(a, 48), v128.load(b, 48)),
    f64x2.add(v128.load(a, 64), v128.load(b, 64)),
  );
}

/** Does addition i by itself if both x are the same: a doubling, or NOTHING. */
function resolve(i: i32): void {
  const d = differences() + 2 * PAIR * <usize>(i >> 1), lane = i & 1;
  if (!isZero(d, lane) || (wide && !isZero(d + PAIR, lane))) return;
  const at = 4 * <usize>i, refA = load<u32>(left() + at), refB = load<u32>(right() + at);
  const a = <usize>(refA & ~1), b = <usize>(refB & ~1), result = <usize>load<u32>(out() + at);
  pad(i);
  const y = temp(5), yi = temp(6), t = temp(7);
  const half = pointBytes >> 1;
  gather(y, a + half, a + half, signs(refA, refA));
  gather(t, b + half, b + half, signs(refB, refB));
  subtractRaw(t, t, y);
  let same = isZero(t, 0);
  if (wide) {
    gather(yi, a + half + 40, a + half + 40, signs(refA, refA));
    gather(t, b + half + 40, b + half + 40, signs(refB, refB));
    subtractRaw(t, t, yi);
    same = same && isZero(t, 0);
  }
  if (!same) {
    store<u64>(result, NOTHING);
    sawNothing = true;
  } else if (wide) {
    doubleWide(result, a);
  } else {
    doubleNarrow(result, a);
  }
}

/** The tangent's slope 3 x^2 / 2 y instead of the chord's; y in temp(5). */
function doubleNarrow(result: usize, a: usize): void {
  const inverse = temp(3), slope = temp(4), x = temp(5), y = temp(6), t = temp(7), x3 = temp(8), zero = temp(9);
  copy(y, x); // `resolve` left it in temp(5)
  gather(x, a, a, f64x2.splat(0));
  settleSum(inverse, y, y);
  invert(inverse, inverse);
  square(slope, x);
  triple(slope);
  multiply(slope, slope, inverse);
  square(t, slope);
  memory.fill(zero, 0, PAIR);
  thirdX(x3, t, zero, x);
  scatter(result, result, x3);
  subtractRaw(t, x, x3);
  multiply(t, slope, t);
  subtractRaw(t, t, y);
  settlePair(t, t);
  scatter(result + 40, result + 40, t);
}

/** The same over the extension; y in temp(5, 6). */
function doubleWide(result: usize, a: usize): void {
  const x = temp(3), xi = temp(4), y = temp(5), yi = temp(6), t = temp(7), ti = temp(8), slope = temp(9), slopeI = temp(10);
  const re = temp(11), im = temp(12), inverse = temp(13), zero = temp(14);
  settleSum(re, y, y);
  settleSum(im, yi, yi);
  multiplySum(inverse, re, re, im, im);
  invert(inverse, inverse);
  multiply(re, re, inverse);
  multiply(im, im, inverse); // 1 / 2y = re - im u
  gather(x, a, a, f64x2.splat(0));
  gather(xi, a + 40, a + 40, f64x2.splat(0));
  settleSum(slope, x, xi);
  subtractRaw(slopeI, x, xi);
  multiply(t, slope, slopeI);
  triple(t);
  settleSum(slope, xi, xi);
  multiply(ti, x, slope);
  triple(ti);
  multiplySum(slope, t, re, ti, im);
  negate(t, t);
  multiplySum(slopeI, ti, re, t, im);
  memory.fill(zero, 0, 2 * PAIR);
  finishWide(result, result, zero);
}

/** a = 3 a. */
function triple(a: usize): void {
  const twice = temp(15);
  settleSum(twice, a, a);
  settleSum(a, a, twice);
}
