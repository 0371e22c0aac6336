// Matrix times pieces over GF(2^8), 16 bytes an instruction: a product with a constant c is two look-ups in 16-entry
// tables, c * (low nibble) xor c * (high nibble), and a byte swizzle looks up 16 bytes at once.
//
// relaxed_swizzle differs between machines only for indices above 15; nibbles are not, so it is exact everywhere. On x86
// it saves the instruction that clamps indices.

/** From memory, although a constant: V8 would make it anew where it is used, which costs a fifth of the speed. */
const NIBBLES: usize = memory.data<u64>([0x0f0f0f0f0f0f0f0f, 0x0f0f0f0f0f0f0f0f], 16);

/** Where the caller puts tables, sources and results; free memory up to the end belongs to them. */
export function buffer(): usize { return (__heap_base + 63) & ~63; }

// @ts-ignore: decorator
@inline function product(table: usize, low: v128, high: v128): v128 {
  return v128.xor(i8x16.relaxed_swizzle(v128.load(table), low), i8x16.relaxed_swizzle(v128.load(table, 16), high));
}

/**
 * out_i = sum_j c_ij source_j for `rows` rows at once, each source byte being read and split once. `rows` is a constant
 * of each caller below, so that inlining leaves only the accumulators it needs (two for each row: 32 bytes a turn).
 * tables: for every source `rows` tables of 32 bytes. Sources and results lie `stride` bytes apart; `length` is a
 * multiple of 32.
 */
// @ts-ignore: decorator
@inline function combine(
  rows: i32, tables: usize, sources: usize, count: i32, out: usize, stride: usize, length: usize,
): void {
  const nibble = v128.load(NIBBLES);
  const end = tables + 32 * rows * count;
  for (let at: usize = 0; at < length; at += 32) {
    let a0 = i8x16.splat(0), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
    for (let t = tables, source = sources + at; t < end; t += 32 * rows, source += stride) {
      const x = v128.load(source), y = v128.load(source, 16);
      const xl = v128.and(x, nibble), xh = v128.and(i16x8.shr_u(x, 4), nibble);
      const yl = v128.and(y, nibble), yh = v128.and(i16x8.shr_u(y, 4), nibble);
      a0 = v128.xor(a0, product(t, xl, xh));
      b0 = v128.xor(b0, product(t, yl, yh));
      if (rows > 1) {
        a1 = v128.xor(a1, product(t + 32, xl, xh));
        b1 = v128.xor(b1, product(t + 32, yl, yh));
      }
      if (rows > 2) {
        a2 = v128.xor(a2, product(t + 64, xl, xh));
        b2 = v128.xor(b2, product(t + 64, yl, yh));
        a3 = v128.xor(a3, product(t + 96, xl, xh));
        b3 = v128.xor(b3, product(t + 96, yl, yh));
      }
    }
    const to = out + at;
    v128.store(to, a0);
    v128.store(to, b0, 16);
    if (rows > 1) {
      v128.store(to + stride, a1);
      v128.store(to + stride, b1, 16);
    }
    if (rows > 2) {
      v128.store(to + 2 * stride, a2);
      v128.store(to + 2 * stride, b2, 16);
      v128.store(to + 3 * stride, a3);
      v128.store(to + 3 * stride, b3, 16);
    }
  }
}

export function combine1(tables: usize, sources: usize, count: i32, out: usize, stride: usize, length: usize): void {
  combine(1, tables, sources, count, out, stride, length);
}

export function combine2(tables: usize, sources: usize, count: i32, out: usize, stride: usize, length: usize): void {
  combine(2, tables, sources, count, out, stride, length);
}

export function combine4(tables: usize, sources: usize, count: i32, out: usize, stride: usize, length: usize): void {
  combine(4, tables, sources, count, out, stride, length);
}
