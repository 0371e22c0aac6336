/** The exactness arguments of field51.as.ts and field29.as.ts, computed: worst cases in exact integers. */
import { expect } from "chai";
import { columnStarts } from "../../../scripts/kernels/column-starts.ts";
import { negativeInverse, reducer } from "../../../scripts/kernels/poseidon-constants.ts";
import { P } from "./poseidon-reference.ts";

/** Longest dot product of the permutation, in terms. */
const TERMS = 17n;

describe("bounds of the fused field", () => {
  const LIMB = 1n << 51n;
  const HALF_LIMB = 1n << 50n;

  /** The most that `steps` Montgomery steps add, before the division: reducer steps with |s| <= 2^50, last step |m| <= 2^50. */
  function reduction(steps: number): bigint {
    let sum = 0n;
    for (let i = 0; i < steps - 1; i++) sum += HALF_LIMB * (negativeInverse(51) * P) * LIMB ** BigInt(i);
    return sum + HALF_LIMB * P * LIMB ** BigInt(steps - 1);
  }

  /** ceil(value / 2^(51 steps)): magnitudes only shrink by a limb less than this when limbs are rounded. */
  function reduced(value: bigint, steps: number): bigint {
    return (value + reduction(steps)) / LIMB ** BigInt(steps) + 1n;
  }

  const product = (a: bigint, b: bigint): bigint => reduced(a * b, 5);
  /** Largest magnitude of a dot product whose inputs are at most `a`, including an addend below p. */
  const dot = (a: bigint): bigint => reduced(TERMS * a * (P - 1n), 6) + P - 1n;
  const topLimb = (value: bigint): bigint => value / LIMB ** 4n + 1n;
  const pow5 = (a: bigint): bigint => product(a, product(product(a, a), product(a, a)));

  it("keeps every value of the permutation within the figures of the comments", () => {
    const input = 2n * P;
    const first = pow5(input);
    expect(first < (24n * P) / 10n).to.equal(true);
    const state = dot(first);
    expect(state < (1623n * P) / 1000n).to.equal(true);
    // From here on rounds repeat: an S-box never exceeds what a dot product may be, and a dot product stays where it is.
    const square = product(state, state);
    for (const value of [square, product(square, square), pow5(state)]) expect(value < state).to.equal(true);
    expect(dot(state) < (1623n * P) / 1000n).to.equal(true);
  });

  it("keeps every product of limbs below 2^102, where its split is exact", () => {
    const intermediate = product(2n * P, 2n * P);
    for (const value of [2n * P, intermediate, product(intermediate, intermediate), pow5(2n * P), dot(pow5(2n * P))]) {
      expect(topLimb(value) < LIMB).to.equal(true);
    }
    expect(negativeInverse(51) < LIMB).to.equal(true);
    for (const factor of [P, reducer(51)]) expect(topLimb(factor) < LIMB).to.equal(true);
  });

  it("keeps the last dot product, plus p, within (0, 2p), so that one subtraction makes it canonical", () => {
    const magnitude = dot(pow5(2n * P)) - (P - 1n);
    expect(magnitude < (623n * P) / 1000n).to.equal(true);
  });

  it("keeps every column within its bias", () => {
    // Per column: five low and five high parts of each term, five and five of the reducer steps, one and one of the last.
    const parts = 10n * TERMS + 12n;
    const addendAndCarry = LIMB + (1n << 13n);
    expect(parts * LIMB + addendAndCarry + HALF_LIMB < 1n << 62n).to.equal(true);
  });

  it("splits and adds products back to what they were, column by column, for any signs", () => {
    // Doubles carry the patterns: 1.5 * 2^103 + high * 2^51 and 1.5 * 2^52 + low.
    const bits = (value: number): bigint => new BigUint64Array(Float64Array.of(value).buffer)[0]!;
    for (const [terms, steps] of [
      [1, 5],
      [8, 6],
      [9, 6],
      [16, 6],
      [17, 6],
    ] as const) {
      const columns = columnStarts(terms, steps);
      const sums = columns.map(() => 0n);
      const add = (column: number, product: bigint): void => {
        const high = (product + (product < 0n ? -HALF_LIMB : HALF_LIMB)) / LIMB;
        const low = product - high * LIMB;
        sums[column]! += low;
        sums[column + 1]! += high;
        columns[column]! += bits(1.5 * 2 ** 52 + Number(low));
        columns[column + 1]! += bits(1.5 * 2 ** 103 + Number(high) * 2 ** 51);
      };
      const worst = (LIMB - 1n) * (LIMB - 1n);
      for (let term = 0; term < terms; term++) {
        for (let i = 0; i < 5; i++) for (let k = 0; k < 5; k++) add(i + k, (i + k + term) % 3 === 0 ? -worst : worst);
      }
      for (let i = 0; i < steps - 1; i++)
        for (let k = 0; k < 5; k++) add(i + k + 1, -HALF_LIMB * (LIMB - 1n - BigInt(k)));
      for (let k = 0; k < 5; k++) add(steps - 1 + k, HALF_LIMB * (LIMB - 7n));
      columns.forEach((column, c) => {
        const bias = (c < steps - 1 ? HALF_LIMB : 0n) + (c < steps + 4 ? 1n << 62n : 0n) - (c > 0 ? 1n << 11n : 0n);
        expect(BigInt.asIntN(64, column), `column ${c}, ${terms} terms`).to.equal(sums[c]! + bias);
        if (c < steps + 4) expect(BigInt.asIntN(64, column) > 0n).to.equal(true);
      });
    }
  });
});

describe("bounds of the integer field", () => {
  const R = 1n << 261n;
  const LIMB = 1n << 29n;
  const dot = (terms: bigint, a: bigint, m: bigint): bigint => (terms * a * m + (R - 1n) * P) / R;

  it("keeps every value of the permutation below 2.3 p and its top limb below 2^29", () => {
    const limit = (23n * P) / 10n;
    expect(dot(TERMS, limit, P - 1n) + P - 1n < limit).to.equal(true);
    expect(dot(1n, limit, limit) < (104n * P) / 100n).to.equal(true);
    expect(limit / LIMB ** 8n < LIMB).to.equal(true);
  });

  it("keeps the last dot product below 2p, so that one subtraction makes it canonical", () => {
    expect(dot(9n, (104n * P) / 100n, P - 1n) < (111n * P) / 100n).to.equal(true);
  });

  it("keeps every column below 2^63", () => {
    const largest = (LIMB - 1n) * (LIMB - 1n);
    // A fixed point: what a column hands on at this bound is what the next one starts with.
    const column = (1n << 35n) + (TERMS + 1n) * largest;
    expect(column < 1n << 63n).to.equal(true);
    expect(LIMB - 1n + column / LIMB <= 1n << 35n).to.equal(true);
  });
});
