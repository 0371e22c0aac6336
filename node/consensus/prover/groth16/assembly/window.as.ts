// One window of a multi-exponentiation: points sorted by their digit into buckets, buckets summed as trees of additions.
import { batchEnd, clearNothing, finish, isNothing, plan, pointBytes, sawNothing, setPoints } from "./batch.as";
import { loadRow, negate, PAIR, ROW, storeWords, temp } from "./field.as";
import { multiply } from "./field51.as";

/** References in groups: group g holds counts[g] of them from refs + 4 starts[g]. */
let refs: usize = 0;
let starts: usize = 0;
let counts: usize = 0;
/** The next free place for a sum. */
let slots: usize = 0;

// @ts-ignore: decorator
@inline function get(list: usize, i: i32): u32 { return load<u32>(list + 4 * <usize>i); }
// @ts-ignore: decorator
@inline function set(list: usize, i: i32, value: u32): void { store<u32>(list + 4 * <usize>i, value); }

/** Adds up each group until it has one reference left, or none: all groups' pairs of a round are independent. */
function sumGroups(groups: i32): void {
  let more = true;
  while (more) {
    more = false;
    clearNothing();
    for (let g = 0; g < groups; g++) {
      const n = <i32>get(counts, g);
      if (n < 2) continue;
      const first = refs + 4 * <usize>get(starts, g), pairs = n >> 1;
      for (let j = 0; j < pairs; j++) {
        plan(get(first, 2 * j), get(first, 2 * j + 1), slots);
        set(first, j, <u32>slots);
        slots += pointBytes;
      }
      if (n & 1) set(first, pairs, get(first, n - 1));
      const left = pairs + (n & 1);
      set(counts, g, left);
      if (left > 1) more = true;
    }
    finish();
    if (sawNothing) dropNothing(groups);
  }
}

function dropNothing(groups: i32): void {
  for (let g = 0; g < groups; g++) {
    const n = <i32>get(counts, g), first = refs + 4 * <usize>get(starts, g);
    let kept = 0;
    for (let j = 0; j < n; j++) {
      const ref = get(first, j);
      if (!isNothing(<usize>(ref & ~1))) set(first, kept++, ref);
    }
    set(counts, g, kept);
  }
}

/**
 * Of sum_i digit_i P_i, the part of each bit: writes c sums S_0 .. S_{c-1} with sum_b 2^b S_b being the whole, as plain
 * canonical coordinates (32 bytes each, little-endian; zeros for the point at infinity).
 * @param points `count` of them, none at infinity
 * @param wires point i belongs to digit wires[i]: u32, or 0 if digits are in the points' order
 * @param digits i16 in [-2^(c-1), 2^(c-1)]
 */
export function sumWindow(
  overG2: bool, points: usize, wires: usize, count: i32, digits: usize, c: i32, output: usize,
): void {
  setPoints(overG2);
  const m = (1 << (c - 1)) + 1, list = 4 * <usize>(m + 2 * c);
  counts = batchEnd();
  starts = counts + list;
  const buckets = starts + list, odd = buckets + list;
  refs = odd + list;
  slots = (refs + 4 * <usize>max(count, m + c) + 15) & ~15;
  sortByDigit(points, wires, count, digits, m);
  sumGroups(m);
  takeBuckets(buckets, m);
  sumBits(c, buckets, odd);
  for (let bit = 0; bit < c; bit++) {
    const size = overG2 ? 128 : 64, to = output + size * <usize>bit;
    if (get(counts, bit)) writePoint(to, get(refs, <i32>get(starts, bit)));
    else memory.fill(to, 0, size);
  }
}

/** Group d holds the points with digit d, and the negatives of those with digit -d. */
function sortByDigit(points: usize, wires: usize, count: i32, digits: usize, m: i32): void {
  memory.fill(counts, 0, 4 * <usize>m);
  for (let i = 0; i < count; i++) {
    const d = abs(digitOf(wires, digits, i));
    if (d) set(counts, d, get(counts, d) + 1);
  }
  let total: u32 = 0;
  for (let d = 0; d < m; d++) {
    set(starts, d, total);
    total += get(counts, d);
    set(counts, d, 0);
  }
  for (let i = 0; i < count; i++) {
    const digit = digitOf(wires, digits, i);
    if (!digit) continue;
    const d = abs(digit), n = get(counts, d);
    set(refs, get(starts, d) + n, <u32>(points + pointBytes * <usize>i) | (digit < 0 ? 1 : 0));
    set(counts, d, n + 1);
  }
}

// @ts-ignore: decorator
@inline function digitOf(wires: usize, digits: usize, i: i32): i32 {
  return load<i16>(digits + 2 * (wires ? <usize>get(wires, i) : <usize>i));
}

/**
 * sum_j j B_j without a multiplication: bit 0 of all j makes sum_{j odd} B_j; with B'_q = B_2q + B_2q+1 the rest is
 * 2 sum_q q B'_q, the same again for half as many. Leaves c groups: the odd buckets of each level, summed.
 * @param buckets u32 x m: reference of bucket j, or 0
 * @param odd room for m + c references
 */
function sumBits(c: i32, buckets: usize, odd: usize): void {
  let kept = 0;
  const oddCounts = odd + 4 * (<usize>1 << (c - 1)) + 4 * <usize>c;
  for (let level = c - 1; level >= 0; level--) {
    const top = 1 << level, before = kept; // buckets 1 .. top
    for (let j = 1; j <= top; j += 2) {
      if (get(buckets, j)) set(odd, kept++, get(buckets, j));
    }
    set(oddCounts, c - 1 - level, kept - before);
    const next = (top >> 1) + 1;
    let total = 0;
    for (let q = 0; q < next; q++) {
      set(starts, q, total);
      for (let j = max(2 * q, 1); q > 0 && j <= min(2 * q + 1, top); j++) {
        if (get(buckets, j)) set(refs, total++, get(buckets, j));
      }
      set(counts, q, total - get(starts, q));
    }
    sumGroups(next);
    takeBuckets(buckets, next);
  }
  memory.copy(refs, odd, 4 * <usize>kept);
  let total: u32 = 0;
  for (let level = 0; level < c; level++) {
    set(starts, level, total);
    set(counts, level, get(oddCounts, level));
    total += get(oddCounts, level);
  }
  sumGroups(c);
}

/** The references that are left of the first `groups` groups. */
function takeBuckets(buckets: usize, groups: i32): void {
  for (let g = 0; g < groups; g++) set(buckets, g, get(counts, g) ? get(refs, <i32>get(starts, g)) : 0);
}

/** Coordinates, out of Montgomery form. */
function writePoint(to: usize, ref: u32): void {
  const point = <usize>(ref & ~1), value = temp(0), one = temp(1), half = pointBytes >> 1;
  memory.fill(one, 0, PAIR);
  store<f64>(one, 1);
  for (let at: usize = 0; at < pointBytes; at += ROW, to += 32) {
    loadRow(value, 0, point + at);
    if ((ref & 1) && at >= half) negate(value, value);
    multiply(value, value, one);
    storeWords(to, value, 0);
  }
}
