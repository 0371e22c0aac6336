// Nothing but fused multiply-adds: as many as the processor's units take, none waiting for another or for memory.

/** Steps of `rounds` in twelve independent sums, two lanes each. Factors come as parameters: V8 would make constants anew each time. */
export function chains(rounds: i32, x: f64, y: f64): f64 {
  const p = f64x2.splat(x),
    q = f64x2.splat(y);
  let a = p,
    b = q,
    c = f64x2.add(p, p),
    d = f64x2.add(p, q),
    e = f64x2.add(q, q),
    f = f64x2.add(c, p),
    g = f64x2.add(c, q),
    h = f64x2.add(c, c),
    i = f64x2.add(d, d),
    j = f64x2.add(d, p),
    k = f64x2.add(d, q),
    l = f64x2.add(e, e);
  for (let round = 0; round < rounds; round++) {
    a = f64x2.relaxed_madd(p, q, a);
    b = f64x2.relaxed_madd(p, q, b);
    c = f64x2.relaxed_madd(p, q, c);
    d = f64x2.relaxed_madd(p, q, d);
    e = f64x2.relaxed_madd(p, q, e);
    f = f64x2.relaxed_madd(p, q, f);
    g = f64x2.relaxed_madd(p, q, g);
    h = f64x2.relaxed_madd(p, q, h);
    i = f64x2.relaxed_madd(p, q, i);
    j = f64x2.relaxed_madd(p, q, j);
    k = f64x2.relaxed_madd(p, q, k);
    l = f64x2.relaxed_madd(p, q, l);
  }
  const sum = f64x2.add(f64x2.add(f64x2.add(a, b), f64x2.add(c, d)), f64x2.add(f64x2.add(e, f), f64x2.add(g, h)));
  return f64x2.extract_lane(f64x2.add(sum, f64x2.add(f64x2.add(i, j), f64x2.add(k, l))), 0);
}
