import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { challengeVector, DIGEST_TAG, digest, horner, position, SCALAR_FIELD } from "../../node/data/digest.ts";
import { openCircuit, root, signalsOf, statementOf } from "./lib/circuit.ts";
import { hash, value } from "./lib/tree.ts";

type Vectors = {
  profile: string;
  K: number;
  D: number;
  challenges: { root: string; index: number; depth: number }[];
  r: string;
  w: string[];
  c: string;
  v: string;
}[];

const file = path.join(root, "test/fixtures/digest-vectors.json");
const profiles: [profile: string, K: number, D: number][] = [
  ["test", 2, 5],
  ["dev", 4, 9],
  ["production", 16, 9],
];

/** Places that differ in depth and index, the last index of a tree among them. */
const placesOf = (K: number, D: number): [number, number][] =>
  Array.from({ length: K }, (_, i) => [8 ** (D - (i % 3)) - 1 - 37 * i, D - (i % 3)]);

const point = value("point");

describe("challenge digest", () => {
  it("has a tag that reads holdfast/spacetime/v1 and two zero bytes for K and D", () => {
    const bytes = Buffer.from(DIGEST_TAG.toString(16), "hex");
    expect(bytes.toString("latin1")).to.equal("holdfast/spacetime/v1\0\0");
  });

  it("equals the shared vectors in test/fixtures/digest-vectors.json", () => {
    const found: Vectors = profiles.map(([profile, K, D]) => {
      const { challenges, expected } = statementOf(placesOf(K, D), D, point);
      const shared = challenges.map(({ root: node, index, depth }) => ({
        root: String(node),
        index: Number(index),
        depth,
      }));
      const w = challengeVector(challenges, D).map(String);
      return { profile, K, D, challenges: shared, r: expected[2]!, w, c: expected[0]!, v: expected[1]! };
    });
    if (process.env.UPDATE_VECTORS) writeFileSync(file, `${JSON.stringify(found, null, 2)}\n`);
    expect(JSON.parse(readFileSync(file, "utf8"))).to.deep.equal(found);
  });

  for (const [profile, K, D] of profiles.slice(0, 2)) {
    it(`and the value at r are what the ${profile} circuit gives out`, async () => {
      const circuit = await openCircuit(profile);
      expect([circuit.K, circuit.D]).to.deep.equal([K, D]);
      const { input, expected } = statementOf(placesOf(K, D), D, point);
      expect(signalsOf(await circuit.witness(input))).to.deep.equal(expected);
    });
  }

  it("is circomlib's PoseidonEx, 16 values a step, each step starting from the one before", () => {
    for (const K of [1, 8, 9, 16, 17]) {
      const w = Array.from({ length: 2 * K }, (_, i) => value(`w ${i}`));
      let state = DIGEST_TAG + BigInt(256 * K + 9);
      for (let first = 0; first < w.length; first += 16) {
        state = hash([...w.slice(first, first + 16), ...new Array<bigint>(16).fill(0n)].slice(0, 16), state);
      }
      expect(digest(w, K, 9), `K = ${K}`).to.equal(state);
    }
  });

  it("differs for every K and D, even over the same values and zeros", () => {
    const found = new Set<bigint>();
    for (const [K, D] of [
      [1, 9],
      [2, 9],
      [2, 5],
      [3, 9],
    ] as const) {
      found.add(digest([5n, 6n, ...new Array<bigint>(2 * K - 2).fill(0n)], K, D));
    }
    expect(found.size).to.equal(4);
  });

  it("refuses a vector of another length", () => {
    expect(() => digest([1n, 2n, 3n], 2, 9)).to.throw(RangeError, "4 values, not 3");
  });

  it("puts the depth above every index, so that places of different trees never coincide", () => {
    expect(position(8 ** 9 - 1, 8, 9)).to.equal(position(0, 9, 9) - 1n);
    expect(position(5n, 5, 9)).to.equal(5n + 5n * 2n ** 27n);
  });

  it("takes the value of the polynomial whose first coefficient is the first root", () => {
    expect(horner([3n, 0n, 4n], 10n)).to.equal(304n);
    expect(horner([1n, 0n], SCALAR_FIELD - 1n)).to.equal(SCALAR_FIELD - 1n);
  });
});
