/** The exactness arguments of the prover's field.as.ts and batch.as.ts, computed: worst cases in exact integers. */
import { expect } from "chai";
import { columnStarts } from "../../../scripts/kernels/column-starts.ts";
import { COORDINATE_ORDER, SCALAR_ORDER } from "../../../scripts/kernels/groth16-constants.ts";
import { negativeInverse, reducer } from "../../../scripts/kernels/poseidon-constants.ts";

const LIMB = 1n << 51n;
const HALF_LIMB = 1n << 50n;
/** Doubles hold all integers up to here. */
const EXACT = 1n << 53n;
const FIELDS = { coordinates: COORDINATE_ORDER, scalars: SCALAR_ORDER };

for (const [name, P] of Object.entries(FIELDS)) {
  /** The most that the five steps of a reduction add, divided by 2^255. */
  const reduction = (): bigint => {
    let sum = HALF_LIMB * P * LIMB ** 4n;
    for (let i = 0n; i < 4n; i++) sum += HALF_LIMB * negativeInverse(51, P) * P * LIMB ** i;
    return sum / LIMB ** 5n + 1n;
  };
  /** Largest magnitude of a sum of products of magnitudes. */
  const product = (...factors: readonly (readonly [bigint, bigint])[]): bigint =>
    factors.reduce((sum, [a, b]) => sum + a * b, 0n) / LIMB ** 5n + reduction() + 1n;
  const topLimb = (value: bigint): bigint => value / LIMB ** 4n + 2n;
  /** What `settle` leaves: half of p, and the error of a quotient from a top limb that carries have not reached. */
  const settled = P / 2n + P / 2n ** 40n;
  const difference = 2n * settled;

  describe(`bounds of the prover's field of ${name}`, () => {
    it("adds less than 0.627 p in a reduction", () => {
      expect(reduction() < (627n * P) / 1000n).to.equal(true);
    });

    it("has multiples of p, up to the fourth, that limbs below three times 2^51 take without rounding", () => {
      let carried = 0n;
      const limbs = [0n, 51n, 102n, 153n].map((shift) => {
        const limb = ((P >> shift) % LIMB) + carried;
        carried = limb < HALF_LIMB ? 0n : 1n;
        return limb - carried * LIMB;
      });
      for (const limb of limbs) {
        const magnitude = limb < 0n ? -limb : limb;
        expect(magnitude * 3n + 3n * LIMB < EXACT, `${limb}`).to.equal(true);
        expect(magnitude * 4n < EXACT).to.equal(true);
      }
    });

    it("keeps the top limbs of all factors below 2^51 and what is settled below 4 p", () => {
      // A batch in G1: products of differences run through all of it, and so does their inverse.
      let running = difference;
      for (let i = 0; i < 100; i++) running = product([running, difference]);
      const inverse = product([running, running]);
      const slope = product([difference, inverse]);
      const x = product([slope, slope]) + difference + 2n * settled;
      const y = product([slope, difference]) + settled;
      // The same in G2, where norms are inverted.
      const norm = product([difference, difference], [difference, difference]);
      let runningNorm = norm;
      for (let i = 0; i < 100; i++) runningNorm = product([runningNorm, norm]);
      const inverseNorm = product([runningNorm, runningNorm]);
      const part = product([difference, inverseNorm]);
      const slope2 = product([difference, part], [difference, part]);
      const x2 = product([settled, 2n * slope2]) + difference + 2n * settled;
      const y2 = product([slope2, difference], [slope2, difference]) + settled;
      const factors = { difference, running, inverse, slope, norm, runningNorm, inverseNorm, part, slope2 };
      for (const [what, value] of Object.entries(factors)) expect(topLimb(value) < LIMB, what).to.equal(true);
      // 2 slope2 is a raw difference, but its partner is settled, with a top limb that small.
      expect(topLimb(2n * slope2) * topLimb(settled) < 1n << 102n).to.equal(true);
      for (const value of [x, y, x2, y2]) expect(value < 4n * P).to.equal(true);
    });

    it("keeps transforms and rows below 3 p before they are settled, and what is written as an integer too", () => {
      const factor = P - 1n;
      const twisted = product([difference, factor]);
      for (const value of [settled + product([settled, factor]), 2n * product([difference, difference]), twisted]) {
        expect(value < 3n * P).to.equal(true);
      }
      expect(topLimb(2n * settled) < LIMB).to.equal(true);
    });

    it("keeps every column of one and of two products within its bias", () => {
      for (const terms of [1n, 2n]) {
        const parts = 10n * terms + 12n;
        expect(parts * LIMB + LIMB + (1n << 13n) + HALF_LIMB < 1n << 62n).to.equal(true);
        expect(columnStarts(Number(terms), 5)).to.have.length(10);
      }
      expect(topLimb(reducer(51, P)) < LIMB).to.equal(true);
    });
  });
}
