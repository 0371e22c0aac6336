import { randomBytes } from "node:crypto";
import { expect } from "chai";
import { bytesToInteger } from "../../../node/common/bytes.ts";
import { fillCoefficients, fillRoots } from "../../../node/consensus/prover/groth16/fill.ts";
import { inverse, power } from "../../../node/consensus/prover/groth16/integers.ts";
import { instantiateKernels } from "../../../node/consensus/prover/groth16/kernels.ts";
import { PAIR, ROW } from "../../../node/consensus/prover/groth16/layout.ts";
import { SCALAR_FIELD } from "../../../node/data/digest.ts";
import { openScalars } from "./lib/scalars.ts";
import { modules } from "./lib/sums.ts";

const P = SCALAR_FIELD;
const random = () => bytesToInteger(randomBytes(48)) % P;
/** Values that are most likely to go wrong, and random ones. */
const value = (i: number): bigint => [0n, 1n, P - 1n, P - 2n, 2n ** 253n, (P - 1n) / 2n][i % 9] ?? random();

/** A constraint system of `domain` rows with up to five terms a row, all in kernel memory. */
function system(log: number, wires: number) {
  const domain = 2 ** log;
  const half = domain / 2;
  const space = openScalars();
  const { memory, take } = space;
  const rows = Array.from({ length: 2 * domain }, (_, row) =>
    Array.from({ length: (row * 5) % 6 }, (_, t) => ({ value: (row + 2 * t) % 12, wire: (row * 3 + t * 7) % wires })),
  );
  const distinct = Array.from({ length: 12 }, (_, i) => value(i));
  const words = new Uint32Array(8 * distinct.length);
  distinct.forEach((coefficient, i) => {
    const montgomery = (coefficient * 2n ** 512n) % P;
    for (let w = 0; w < 8; w++) words[8 * i + w] = Number((montgomery >> BigInt(32 * w)) & 0xffffffffn);
  });
  const starts = new Uint32Array(2 * domain + 1);
  rows.forEach((terms, row) => {
    starts[row + 1] = starts[row]! + terms.length;
  });
  const terms = Uint32Array.from(rows.flat().flatMap((term) => [term.value, term.wire]));
  const at = {
    constants: take(256),
    a: take(PAIR * half + 1000),
    b: take(PAIR * half),
    c: take(PAIR * half),
    witness: take(32 * wires),
    quotient: take(32 * domain),
    roots: take(ROW * half),
    inverseRoots: take(ROW * half),
    shifts: take(ROW * domain),
    values: take(ROW * distinct.length),
    starts: take(starts.byteLength),
    terms: take(terms.byteLength),
  };
  const kernels = instantiateKernels(memory, modules, take(8192));
  fillCoefficients({ memory, kernels }, at, { values: words, starts, terms });
  fillRoots({ memory, kernels }, at, log);
  const witness = Array.from({ length: wires }, (_, i) => value(i + 3));
  space.put(at.witness, witness);
  const rowSum = (row: number) => rows[row]!.reduce((sum, t) => (sum + distinct[t.value]! * witness[t.wire]!) % P, 0n);
  return { ...space, scalar: kernels.scalar, at, domain, half, log, rowSum };
}

/** The value at `point` of the polynomial with these values on the domain (Lagrange). */
function evaluateAt(values: readonly bigint[], root: bigint, point: bigint): bigint {
  const n = BigInt(values.length);
  const scale = ((power(point, n, P) - 1n + P) * inverse(n, P)) % P;
  let node = 1n;
  let sum = 0n;
  for (const y of values) {
    sum = (sum + ((y * node) % P) * inverse((point - node + P) % P, P)) % P;
    node = (node * root) % P;
  }
  return (sum * scale) % P;
}

describe("the quotient's polynomials", function () {
  this.timeout(60_000);

  for (const log of [1, 2, 3, 6]) {
    it(`are A B - C on the odd points of the double domain, for a domain of 2^${log}`, () => {
      const { scalar, at, domain, half, rowSum, get } = system(log, 10);
      scalar.evaluateRows(at.a, at.b, at.c, half, 0, half, at.starts, at.terms, at.values, at.witness);
      for (const pairs of [at.a, at.b, at.c]) {
        scalar.interpolate(pairs, half, at.inverseRoots);
        scalar.shiftAll(pairs, half, log, at.shifts);
        scalar.evaluate(pairs, half, at.roots);
      }
      scalar.joinQuotient(at.quotient, at.a, at.b, at.c, half);

      const a = Array.from({ length: domain }, (_, row) => rowSum(row));
      const b = Array.from({ length: domain }, (_, row) => rowSum(domain + row));
      const c = a.map((left, row) => (left * b[row]!) % P);
      const shift = power(5n, (P - 1n) >> BigInt(log + 1), P);
      const root = (shift * shift) % P;
      const expected = Array.from({ length: domain }, (_, i) => {
        const point = (shift * power(root, BigInt(i), P)) % P;
        const [x, y, z] = [a, b, c].map((values) => evaluateAt(values, root, point)) as [bigint, bigint, bigint];
        return (((x * y - z) % P) + P) % P;
      });
      expect(get(at.quotient, domain)).to.deep.equal(expected);
    });
  }
});

describe("signed digits", () => {
  const edges = [0n, 1n, 2n, P - 1n, P - 2n, 2n ** 253n, 2n ** 253n - 1n, 2n ** 64n - 1n, 2n ** 128n, 2n ** 192n - 1n];

  it("add up to the scalar and stay within half the base, for every width", () => {
    const scalars = [...edges, ...Array.from({ length: 50 }, random)];
    for (let bits = 2; bits <= 15; bits++) {
      const { kernel, view, take, put } = openScalars();
      const windows = Math.ceil(255 / bits);
      const [digits, words] = [take(2 * scalars.length * windows), take(32 * scalars.length)];
      put(words, scalars);
      kernel.writeDigits(digits, words, scalars.length, bits, windows);
      scalars.forEach((scalar, i) => {
        let sum = 0n;
        for (let w = windows - 1; w >= 0; w--) {
          const digit = view.getInt16(digits + 2 * (w * scalars.length + i), true);
          expect(Math.abs(digit)).to.be.at.most(2 ** (bits - 1));
          sum = (sum << BigInt(bits)) + BigInt(digit);
        }
        expect(sum, `${bits} bits`).to.equal(scalar);
      });
    }
  });
});
