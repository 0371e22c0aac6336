/**
 * Systematic k-of-n Reed-Solomon over GF(2^8) (polynomial 0x11d, Cauchy rows 1 / (i + j)): pieces 0 .. k - 1 are the data,
 * k .. n - 1 parity, and any k of them give all others. Byte i of a piece depends on byte i of the data pieces only.
 */
import { HoldfastError } from "../../common/errors.ts";
import { type CombinerPlan, createCombiner, planCombination } from "./gf-combiner.ts";
import { cauchyGenerator, gfInvert, gfRowTimes } from "./gf256.ts";

/** Decoders for patterns of lost pieces that were seen last; a file is read with few patterns. */
const CACHED_DECODERS = 16;

export interface IndexedPiece {
  /** 0 .. n - 1: its place in the code. */
  index: number;
  bytes: Uint8Array;
}

/** One code with buffers of its own: synchronous, for one thread, about half a megabyte however long the pieces are. */
export interface ReedSolomon {
  readonly k: number;
  readonly n: number;
  /**
   * @param data k pieces of one length (any length, also 0)
   * @returns the n - k parity pieces, new arrays
   * @throws HoldfastError `ERASURE_PIECES`
   */
  encode(data: Uint8Array[]): Uint8Array[];
  /**
   * @param pieces exactly k pieces of one length with distinct indices, in any order
   * @param wanted indices of the pieces to return, in that order
   * @returns new arrays, also for wanted pieces that were given
   * @throws HoldfastError `ERASURE_PIECES`
   */
  reconstruct(pieces: IndexedPiece[], wanted: number[]): Uint8Array[];
}

/** @throws HoldfastError `ERASURE_PARAMETERS` unless 1 <= k <= n <= 255 */
export function createReedSolomon(k: number, n: number): ReedSolomon {
  if (!Number.isInteger(k) || !Number.isInteger(n) || k < 1 || k > n || n > 255) {
    throw new HoldfastError("ERASURE_PARAMETERS", `Choose 1 <= k <= n <= 255 for the erasure code, not ${k} of ${n}.`, {
      details: { k, n },
    });
  }
  const generator = cauchyGenerator(k, n);
  const encoder = planCombination(generator.slice(k), k);
  const decoders = new Map<string, CombinerPlan>();
  const combine = createCombiner();

  function decoder(present: number[], missing: number[]): CombinerPlan {
    const key = `${present}>${missing}`;
    let plan = decoders.get(key);
    if (plan) {
      decoders.delete(key); // back to the young end: Map keeps insertion order
    } else {
      const inverse = gfInvert(present.map((index) => generator[index]!));
      plan = planCombination(
        missing.map((index) => gfRowTimes(generator[index]!, inverse)),
        k,
      );
      if (decoders.size === CACHED_DECODERS) decoders.delete(decoders.keys().next().value!);
    }
    decoders.set(key, plan);
    return plan;
  }

  function encode(data: Uint8Array[]): Uint8Array[] {
    checkLengths(data, k);
    return combine(encoder, data);
  }

  function reconstruct(pieces: IndexedPiece[], wanted: number[]): Uint8Array[] {
    checkLengths(
      pieces.map((piece) => piece.bytes),
      k,
    );
    for (const index of [...pieces.map((piece) => piece.index), ...wanted]) checkIndex(index, n);
    const given = new Map(pieces.map((piece) => [piece.index, piece.bytes]));
    if (given.size < k) {
      throw new HoldfastError("ERASURE_PIECES", `Give ${k} different pieces: only ${given.size} of them differ.`, {
        details: { expected: k, found: given.size },
      });
    }
    // Sorted, so that one pattern of losses is one decoder however the pieces arrived.
    const present = [...given.keys()].sort((a, b) => a - b);
    const missing = wanted.filter((index) => !given.has(index));
    const sources = present.map((index) => given.get(index)!);
    const rebuilt = missing.length === 0 ? [] : combine(decoder(present, missing), sources);
    let next = 0;
    // Not slice(): on a Buffer it gives a view, and a result must not change with the caller's bytes.
    return wanted.map((index) => (given.has(index) ? new Uint8Array(given.get(index)!) : rebuilt[next++]!));
  }

  return { k, n, encode, reconstruct };
}

function checkLengths(pieces: Uint8Array[], k: number): void {
  if (pieces.length !== k) {
    throw new HoldfastError("ERASURE_PIECES", `Give exactly ${k} pieces, not ${pieces.length}.`, {
      details: { expected: k, found: pieces.length },
    });
  }
  const expected = pieces[0]!.length;
  const odd = pieces.find((piece) => piece.length !== expected);
  if (odd) {
    throw new HoldfastError(
      "ERASURE_PIECES",
      `Give pieces of one length: the first has ${expected} bytes, another ${odd.length}.`,
      { details: { expected, found: odd.length } },
    );
  }
}

function checkIndex(index: number, n: number): void {
  if (Number.isInteger(index) && index >= 0 && index < n) return;
  throw new HoldfastError("ERASURE_PIECES", `Piece indices run from 0 to ${n - 1}; ${index} is none.`, {
    details: { expected: `0..${n - 1}`, found: index },
  });
}
