// BN254 scalar field in 9 limbs of 29 bits, integers only: exact on every engine. One hash at a time.
//
// Values are non-negative and below 2.3 p; limbs 0..7 lie in [0, 2^29), limb 8 holds the rest. p / 2^261 < 0.006.
// - A dot product adds 17 * 2.3 * 0.006 p < 0.24 p, less than p from the reduction and an addend below p: below 2.3 p.
// - A product of two such values is below 1.04 p, and the last dot product of a hash, whose addend is 0, below 1.11 p:
//   one conditional subtraction makes it canonical. (test/node/kernels/bounds.test.ts)

// @ts-ignore: decorator
@global const LANES: i32 = 1;
// @ts-ignore: decorator
@global const ELEMENT: usize = 36;
// @ts-ignore: decorator
@global const FACTOR_ROW: usize = 36;
// @ts-ignore: decorator
@global const ADDEND_ROW: usize = 72;

const MASK: u64 = 0x1fffffff;
// @ts-ignore: decorator
@global const LAST_ADDEND: usize = memory.data(72, 16);
const NO_ADDEND: usize = LAST_ADDEND;
const POWER: usize = memory.data(36, 16);

// @ts-ignore: decorator
@inline function limb(row: usize, i: usize): u64 { return <u64>load<u32>(row + 4 * i); }

/**
 * r = (a_0 m_0 + .. + a_{terms-1} m_{terms-1}) / 2^261 + addend, with one Montgomery reduction for all terms.
 * The nine columns t0..t8 are a window that moves up one limb per step. A column starts a step below 2^35 and receives
 * at most 17 + 1 products below 2^58: it stays below 2^63, so nothing overflows.
 */
// @ts-ignore: decorator
@global function dot(r: usize, a: usize, terms: i32, factors: usize, addend: usize): void {
  let t0: u64 = 0, t1: u64 = 0, t2: u64 = 0, t3: u64 = 0, t4: u64 = 0, t5: u64 = 0, t6: u64 = 0, t7: u64 = 0;
  let t8: u64 = 0;
  const end = factors + FACTOR_ROW * terms;
  for (let i = 0; i < 9; i++) {
    for (let p = a + 4 * i, m = factors; m < end; p += ELEMENT, m += FACTOR_ROW) {
      const x = limb(p, 0);
      t0 += x * limb(m, 0);
      t1 += x * limb(m, 1);
      t2 += x * limb(m, 2);
      t3 += x * limb(m, 3);
      t4 += x * limb(m, 4);
      t5 += x * limb(m, 5);
      t6 += x * limb(m, 6);
      t7 += x * limb(m, 7);
      t8 += x * limb(m, 8);
    }
    // The multiple of p that clears the lowest limb.
    const q = (t0 * NEGATIVE_INVERSE) & MASK;
    t0 += q * limb(PRIME_FACTOR, 0);
    t1 += q * limb(PRIME_FACTOR, 1);
    t2 += q * limb(PRIME_FACTOR, 2);
    t3 += q * limb(PRIME_FACTOR, 3);
    t4 += q * limb(PRIME_FACTOR, 4);
    t5 += q * limb(PRIME_FACTOR, 5);
    t6 += q * limb(PRIME_FACTOR, 6);
    t7 += q * limb(PRIME_FACTOR, 7);
    t8 += q * limb(PRIME_FACTOR, 8);
    // Up one limb. Every column hands its carry on, or 17 terms would overflow it in the fourth step.
    t0 = (t1 & MASK) + (t0 >> 29);
    t1 = (t2 & MASK) + (t1 >> 29);
    t2 = (t3 & MASK) + (t2 >> 29);
    t3 = (t4 & MASK) + (t3 >> 29);
    t4 = (t5 & MASK) + (t4 >> 29);
    t5 = (t6 & MASK) + (t5 >> 29);
    t6 = (t7 & MASK) + (t6 >> 29);
    t7 = (t8 & MASK) + (t7 >> 29);
    t8 = t8 >> 29;
  }
  t0 += load<u64>(addend, 0);
  t1 += load<u64>(addend, 8) + (t0 >> 29);
  t2 += load<u64>(addend, 16) + (t1 >> 29);
  t3 += load<u64>(addend, 24) + (t2 >> 29);
  t4 += load<u64>(addend, 32) + (t3 >> 29);
  t5 += load<u64>(addend, 40) + (t4 >> 29);
  t6 += load<u64>(addend, 48) + (t5 >> 29);
  t7 += load<u64>(addend, 56) + (t6 >> 29);
  t8 += load<u64>(addend, 64) + (t7 >> 29);
  store<u32>(r, <u32>(t0 & MASK), 0);
  store<u32>(r, <u32>(t1 & MASK), 4);
  store<u32>(r, <u32>(t2 & MASK), 8);
  store<u32>(r, <u32>(t3 & MASK), 12);
  store<u32>(r, <u32>(t4 & MASK), 16);
  store<u32>(r, <u32>(t5 & MASK), 20);
  store<u32>(r, <u32>(t6 & MASK), 24);
  store<u32>(r, <u32>(t7 & MASK), 28);
  store<u32>(r, <u32>t8, 32);
}

/** r = a^5 / R^4: the S-box, which keeps Montgomery form. A product is a dot product of one term. */
// @ts-ignore: decorator
@global function pow5(r: usize, a: usize): void {
  dot(POWER, a, 1, a, NO_ADDEND);
  dot(POWER, POWER, 1, POWER, NO_ADDEND);
  dot(r, a, 1, POWER, NO_ADDEND);
}

/** Element `lane` of r = the integer w3 w2 w1 w0 plus a constant below p, as plain (not Montgomery) limbs. */
// @ts-ignore: decorator
@global function loadSum(r: usize, lane: i32, w0: u64, w1: u64, w2: u64, w3: u64, constant: usize): void {
  let sum = (w0 & MASK) + load<u64>(constant, 0);
  store<u32>(r, <u32>(sum & MASK), 0);
  sum = (sum >> 29) + ((w0 >> 29) & MASK) + load<u64>(constant, 8);
  store<u32>(r, <u32>(sum & MASK), 4);
  sum = (sum >> 29) + (((w0 >> 58) | (w1 << 6)) & MASK) + load<u64>(constant, 16);
  store<u32>(r, <u32>(sum & MASK), 8);
  sum = (sum >> 29) + ((w1 >> 23) & MASK) + load<u64>(constant, 24);
  store<u32>(r, <u32>(sum & MASK), 12);
  sum = (sum >> 29) + (((w1 >> 52) | (w2 << 12)) & MASK) + load<u64>(constant, 32);
  store<u32>(r, <u32>(sum & MASK), 16);
  sum = (sum >> 29) + ((w2 >> 17) & MASK) + load<u64>(constant, 40);
  store<u32>(r, <u32>(sum & MASK), 20);
  sum = (sum >> 29) + (((w2 >> 46) | (w3 << 18)) & MASK) + load<u64>(constant, 48);
  store<u32>(r, <u32>(sum & MASK), 24);
  sum = (sum >> 29) + ((w3 >> 11) & MASK) + load<u64>(constant, 56);
  store<u32>(r, <u32>(sum & MASK), 28);
  sum = (sum >> 29) + (w3 >> 40) + load<u64>(constant, 64);
  store<u32>(r, <u32>sum, 32);
}

/** Writes the canonical value of element `lane` of a (in [0, 2p)) as 32 big-endian bytes. */
// @ts-ignore: decorator
@global function storeCanonical(out: usize, a: usize, lane: i32): void {
  let borrow: u64 = 0;
  for (let i: usize = 0; i < 9; i++) borrow = (limb(a, i) - load<u64>(PRIME + 8 * i) - borrow) >> 63;
  if (!borrow) {
    for (let i: usize = 0; i < 9; i++) {
      const rest = limb(a, i) - load<u64>(PRIME + 8 * i) - borrow;
      store<u32>(a + 4 * i, <u32>(rest & MASK));
      borrow = rest >> 63;
    }
  }
  const l2 = limb(a, 2), l4 = limb(a, 4), l6 = limb(a, 6);
  store<u64>(out, bswap((l6 >> 18) | (limb(a, 7) << 11) | (limb(a, 8) << 40)), 0);
  store<u64>(out, bswap((l4 >> 12) | (limb(a, 5) << 17) | (l6 << 46)), 8);
  store<u64>(out, bswap((l2 >> 6) | (limb(a, 3) << 23) | (l4 << 52)), 16);
  store<u64>(out, bswap(limb(a, 0) | (limb(a, 1) << 29) | (l2 << 58)), 24);
}
