import { randomBytes } from "node:crypto";
import { expect } from "chai";
import { bytesToInteger } from "../../../node/common/bytes.ts";
import { digitBits } from "../../../node/consensus/prover/groth16/layout.ts";
import { SCALAR_FIELD } from "../../../node/data/digest.ts";
import { GROUPS, sumOf } from "./lib/sums.ts";

const random = () => bytesToInteger(randomBytes(48)) % SCALAR_FIELD;
const [G1, G2] = GROUPS;

/** The same checks in both groups; TypeScript would need a type for "either group" otherwise. */
function check<P extends { add(other: P): P; negate(): P; multiply(k: bigint): P; equals(other: P): boolean }>(group: {
  name: "g1" | "g2";
  base: P;
  zero: P;
  coordinates(point: P): bigint[];
  read(view: DataView, at: number, bits: number): P;
}): void {
  const { base, zero } = group;
  const multiple = (k: bigint): P => (k % SCALAR_FIELD === 0n ? zero : base.multiply(k % SCALAR_FIELD));
  /** Compares with one multiplication by noble: the points are logs[i] * base. */
  const agrees = (
    logs: readonly bigint[],
    scalars: readonly bigint[],
    bits: number,
    wires?: readonly number[],
  ): void => {
    const found = sumOf(group, logs.map(multiple), scalars, bits, wires);
    const expected = logs.reduce((sum, log, i) => sum + log * scalars[wires?.[i] ?? i]!, 0n);
    expect(found.equals(multiple(expected)), `${logs.length} points, ${bits} bits`).to.equal(true);
  };

  describe(`multi-exponentiation in ${group.name}`, function () {
    this.timeout(60_000);

    it("is right for 0, 1, 2, the largest scalars and powers of two, with any width of digits", () => {
      const edges = [
        0n,
        1n,
        2n,
        SCALAR_FIELD - 1n,
        SCALAR_FIELD - 2n,
        2n ** 253n,
        2n ** 253n - 1n,
        2n ** 64n,
        2n ** 63n,
      ];
      const logs = edges.map((_, i) => BigInt(3 * i + 2));
      for (let bits = 2; bits <= 15; bits++) agrees(logs, edges, bits);
    });

    it("is right for one point and each scalar alone", () => {
      for (const scalar of [0n, 1n, SCALAR_FIELD - 1n, random()]) agrees([5n], [scalar], 4);
    });

    it("doubles a point that meets itself, and drops one that meets its negative", () => {
      const scalar = random();
      agrees([7n, 7n], [scalar, scalar], 6);
      agrees([7n, SCALAR_FIELD - 7n], [scalar, scalar], 6);
      agrees([7n, 7n], [scalar, SCALAR_FIELD - scalar], 6);
      agrees([7n, SCALAR_FIELD - 7n, 9n], [scalar, scalar, 1n], 6);
      // 3 + 4 meets 7, and its negative, in the second round.
      agrees([3n, 4n, 7n], [scalar, scalar, scalar], 6);
      agrees([3n, 4n, SCALAR_FIELD - 7n], [scalar, scalar, scalar], 6);
      agrees([3n, 4n, SCALAR_FIELD - 7n, 11n, 12n], [scalar, scalar, scalar, scalar, scalar], 6);
    });

    it("is right for hundreds of equal and opposite points with equal scalars", () => {
      const logs = Array.from({ length: 300 }, (_, i) => (i % 3 === 0 ? SCALAR_FIELD - 5n : 5n));
      agrees(logs, new Array<bigint>(300).fill(random()), 5);
      agrees(logs, new Array<bigint>(300).fill(1n), 5);
    });

    it("is right for random points and scalars in several batches, through an index", () => {
      const count = 2500;
      const logs = Array.from({ length: count }, (_, i) => BigInt(i * i + 1));
      const scalars = Array.from({ length: count }, (_, i) => (i % 4 === 0 ? BigInt(i % 3) : random()));
      const wires = logs.map((_, i) => (i * 7) % count);
      agrees(logs, scalars, digitBits(count).bits, wires);
    });
  });
}

check(G1);
check(G2);
