import { expect } from "chai";
import { createReedSolomon, type IndexedPiece } from "../../../node/data/kernels/reed-solomon.ts";
import { seededBytes, splitBytes } from "./poseidon-reference.ts";

/** A product in GF(2^8) by the definition: polynomials over GF(2) modulo 0x11d. */
function slowMultiply(a: number, b: number): number {
  let product = 0;
  for (let bit = 0; bit < 8; bit++) if ((b >> bit) & 1) product ^= a << bit;
  for (let bit = 14; bit >= 8; bit--) if ((product >> bit) & 1) product ^= 0x11d << (bit - 8);
  return product;
}

const SLOW_INVERSE = Array.from({ length: 256 }, (_, a) =>
  a === 0 ? 0 : Array.from({ length: 256 }, (_, b) => b).find((b) => slowMultiply(a, b) === 1)!,
);

/** All n pieces by the specification: identity rows, then rows 1 / (i xor j). */
function slowPieces(data: Uint8Array[], n: number): Uint8Array[] {
  const k = data.length;
  return Array.from({ length: n }, (_, i) => {
    if (i < k) return data[i]!;
    return Uint8Array.from(data[0]!, (_, at) =>
      data.reduce((sum, piece, j) => sum ^ slowMultiply(SLOW_INVERSE[i ^ j]!, piece[at]!), 0),
    );
  });
}

/** Every k-subset of 0 .. n - 1. */
function subsets(n: number, k: number): number[][] {
  if (k === 0) return [[]];
  return Array.from({ length: n }, (_, last) => last).flatMap((last) =>
    subsets(last, k - 1).map((head) => [...head, last]),
  );
}

function indexed(pieces: Uint8Array[], indices: number[]): IndexedPiece[] {
  return indices.map((index) => ({ index, bytes: pieces[index]! }));
}

/** Buffers compare and print as plain bytes. */
function same(actual: Uint8Array[], expected: Uint8Array[], what: string): void {
  expect(actual.length, what).to.equal(expected.length);
  actual.forEach((bytes, i) => {
    expect(Buffer.compare(bytes, expected[i]!), `${what}, result ${i}`).to.equal(0);
  });
}

function randomPieces(seed: string, count: number, size: number): Uint8Array[] {
  return size === 0
    ? Array.from({ length: count }, () => new Uint8Array(0))
    : splitBytes(seededBytes(seed, count * size), size);
}

describe("Reed-Solomon", function () {
  this.timeout(60_000);

  it("equals the slow field and rebuilds every piece from every k-subset, for all k <= n <= 7", () => {
    for (let n = 1; n <= 7; n++) {
      for (let k = 1; k <= n; k++) {
        const code = createReedSolomon(k, n);
        const data = randomPieces(`${k} of ${n}`, k, 37);
        const pieces = slowPieces(data, n);
        same(code.encode(data), pieces.slice(k), `parity ${k} of ${n}`);
        const everything = Array.from({ length: n }, (_, i) => i);
        for (const present of subsets(n, k)) {
          same(code.reconstruct(indexed(pieces, present), everything), pieces, `${k} of ${n} from ${present}`);
        }
      }
    }
  });

  it("equals the slow field for every length from 0 to 200", () => {
    const code = createReedSolomon(3, 5);
    for (let size = 0; size <= 200; size++) {
      const data = randomPieces(`length ${size}`, 3, size);
      const pieces = slowPieces(data, 5);
      same(code.encode(data), pieces.slice(3), `${size} bytes`);
      same(code.reconstruct(indexed(pieces, [4, 1, 3]), [0, 2]), [pieces[0]!, pieces[2]!], `${size} bytes`);
    }
  });

  for (const [k, n, size] of [
    [10, 30, 20_001],
    [1, 255, 8_129],
    [255, 255, 2_000],
    [254, 255, 1_921],
    [127, 255, 2_017],
  ] as const) {
    it(`equals the slow field at ${k} of ${n} across several blocks of ${size} bytes`, () => {
      const code = createReedSolomon(k, n);
      const data = randomPieces(`${k} of ${n}`, k, size);
      const parity = code.encode(data);
      // The slow field on bytes around block borders and at both ends; every byte has its own equation.
      const at = [...new Set([0, 1, 31, 32, 959, 960, 8_127, 8_128, size - 1])].filter((i) => i < size);
      const thin = (pieces: Uint8Array[]): Uint8Array[] => pieces.map((piece) => Uint8Array.from(at, (i) => piece[i]!));
      same(thin(parity), slowPieces(thin(data), n).slice(k), "parity");
      const all = [...data, ...parity];
      const last = Array.from({ length: k }, (_, i) => n - 1 - i);
      const lost = Array.from({ length: n - k }, (_, i) => i);
      same(code.reconstruct(indexed(all, last), lost), all.slice(0, n - k), "from the last k pieces");
    });
  }

  it("rebuilds transfer pieces of 253,952 bytes without its memory growing", () => {
    const code = createReedSolomon(10, 30);
    const data = randomPieces("transfer", 10, 253_952);
    const all = [...data, ...code.encode(data)];
    const survivors = [29, 3, 17, 11, 25, 8, 20, 14, 22, 27];
    const before = process.memoryUsage().arrayBuffers;
    for (let round = 0; round < 3; round++)
      same(code.reconstruct(indexed(all, survivors), [0, 9]), [data[0]!, data[9]!], "data");
    expect(process.memoryUsage().arrayBuffers - before).to.be.below(3 * 2 * 253_952 + 65_536);
  });

  it("gives the same for a pattern of losses after more patterns than it keeps", () => {
    const code = createReedSolomon(3, 9);
    const data = randomPieces("cache", 3, 100);
    const pieces = slowPieces(data, 9);
    for (let round = 0; round < 2; round++) {
      for (const present of subsets(9, 3))
        same(code.reconstruct(indexed(pieces, present), [0, 8]), [pieces[0]!, pieces[8]!], `${present}`);
    }
  });

  it("returns results that share no memory with its input, also from Buffers and for repeated indices", () => {
    const code = createReedSolomon(2, 4);
    const data = randomPieces("own", 2, 64).map((bytes) => Buffer.from(bytes));
    const pieces = indexed([...data, ...code.encode(data)], [0, 3]);
    const expected = [Buffer.from(data[0]!), Buffer.from(data[1]!), Buffer.from(data[1]!)];
    const results = code.reconstruct(pieces, [0, 1, 1]);
    data[0]!.fill(0);
    results[1]!.fill(0);
    same([results[0]!, results[2]!], [expected[0]!, expected[2]!], "results");
  });

  it("refuses parameters outside 1 <= k <= n <= 255", () => {
    for (const [k, n] of [
      [0, 1],
      [2, 1],
      [1, 256],
      [1.5, 3],
      [Number.NaN, 3],
    ] as const) {
      expect(() => createReedSolomon(k, n))
        .to.throw()
        .with.property("code", "ERASURE_PARAMETERS");
    }
  });

  it("refuses too few, too many, unequal, repeated or unknown pieces", () => {
    const code = createReedSolomon(2, 4);
    const piece = (index: number, length = 8): IndexedPiece => ({ index, bytes: new Uint8Array(length) });
    const bad: (() => unknown)[] = [
      () => code.encode([new Uint8Array(8)]),
      () => code.encode([new Uint8Array(8), new Uint8Array(8), new Uint8Array(8)]),
      () => code.encode([new Uint8Array(8), new Uint8Array(9)]),
      () => code.reconstruct([piece(0)], [1]),
      () => code.reconstruct([piece(0), piece(1), piece(2)], [3]),
      () => code.reconstruct([piece(0), piece(0)], [1]),
      () => code.reconstruct([piece(0), piece(1, 9)], [2]),
      () => code.reconstruct([piece(0), piece(4)], [1]),
      () => code.reconstruct([piece(0), piece(-1)], [1]),
      () => code.reconstruct([piece(0), piece(1)], [4]),
      () => code.reconstruct([piece(0), piece(1)], [0.5]),
    ];
    for (const call of bad) expect(call).to.throw().with.property("code", "ERASURE_PIECES");
  });
});
