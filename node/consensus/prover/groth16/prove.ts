/**
 * Groth16 proofs from stock keys and witnesses. Source: Groth, "On the size of pairing-based non-interactive arguments"
 * (eprint 2016/260), with the conventions of snarkjs 0.7.6 (src/groth16_prove.js), which checks what comes out of here.
 * One thread directs; the others call kernels on one shared memory.
 */
import type { Groth16Proof } from "snarkjs";
import { siblingModule } from "../../../common/sibling-module.ts";
import { createWorkerPool } from "../../../common/worker-pool.ts";
import { SCALAR_FIELD } from "../../../data/digest.ts";
import type { Call, ComputeData } from "./calls.ts";
import type { KernelModules } from "./kernels.ts";
import type { Digits } from "./layout.ts";
import { type G1, type G2, g1Of, g2Of, sumBitsG1, sumBitsG2 } from "./points.ts";
import { loadKey, type Query } from "./resident-key.ts";
import type { Zkey } from "./zkey.ts";

export type Groth16Prover = {
  /**
   * One at a time.
   * @param witness all wires, 32 little-endian bytes each, below the scalar field's order
   * @param blinding two fresh random scalars: they make the proof say nothing about the witness
   */
  prove(witness: Uint8Array, blinding: readonly [r: bigint, s: bigint]): Promise<Groth16Proof>;
  close(): Promise<void>;
};

/** Rows of the constraint system are evaluated in that many parts. */
const ROW_PARTS = 8;
/** Of A, B and C. */
const POLYNOMIALS = 3;
/** Sums over the witness: a, b1, b2 and c. */
const WITNESS_QUERIES = 4;

/** @param threads that compute; the calling thread directs and helps */
export function createGroth16Prover(zkey: Zkey, modules: KernelModules, threads: number): Groth16Prover {
  const key = loadKey(zkey, modules, threads);
  const { memory, at, half, log, tables, witnessDigits, quotientDigits, scratch } = key;
  const { scalar } = key.kernels;
  const view = new DataView(memory.buffer);
  const pool = createWorkerPool<readonly Call[], undefined>({
    file: siblingModule(import.meta.url, "compute-worker"),
    workers: threads,
    // All that one proof can have waiting: the fewer wires, the more windows.
    queueLimit: POLYNOMIALS + WITNESS_QUERIES * witnessDigits.windows + quotientDigits.windows,
    workerData: { memory, modules, scratch } satisfies ComputeData,
  });

  const evaluateRows = () =>
    Array.from({ length: ROW_PARTS }, (_, part) => {
      const [from, to] = [part, part + 1].map((i) => Math.floor((half * i) / ROW_PARTS)) as [number, number];
      const values = [at.a, at.b, at.c, half, from, to, at.starts, at.terms, at.values, at.witness];
      return pool.run([{ kernel: "scalar", name: "evaluateRows", values }]);
    });

  /** From values on the domain to values on the odd points of the double domain. */
  const toCoset = (pairs: number) =>
    pool.run([
      { kernel: "scalar", name: "interpolate", values: [pairs, half, at.inverseRoots] },
      { kernel: "scalar", name: "shiftAll", values: [pairs, half, log, at.shifts] },
      { kernel: "scalar", name: "evaluate", values: [pairs, half, at.roots] },
    ]);

  /** Queues all windows of a query; resolves to its sum as points by bits. */
  const sum = async (query: Query, digits: Digits): Promise<number> => {
    const { group, points, count, wires } = tables[query];
    const bytes = group === "g1" ? 64 : 128;
    await Promise.all(
      Array.from({ length: digits.windows }, (_, w) => {
        const from = digits.at + 2 * digits.count * w;
        const to = key.sums[query] + bytes * digits.bits * w;
        const values = [Number(group === "g2"), points, wires, count, from, digits.bits, to];
        return pool.run([{ kernel: "curve", name: "sumWindow", values }]);
      }),
    );
    return digits.bits * digits.windows;
  };
  const sumG1 = async (query: Query, digits: Digits): Promise<G1> =>
    sumBitsG1(view, key.sums[query], await sum(query, digits));
  const sumG2 = async (query: Query, digits: Digits): Promise<G2> =>
    sumBitsG2(view, key.sums[query], await sum(query, digits));

  return {
    async prove(witness, [r, s]) {
      new Uint8Array(memory.buffer, at.witness, witness.length).set(witness);
      const rows = evaluateRows();
      const write = (words: number, { at: to, count, bits, windows }: Digits) =>
        scalar.writeDigits(to, words, count, bits, windows);
      write(at.witness, witnessDigits);
      await Promise.all(rows);
      // What takes longest and what others wait for goes first; the queue keeps all threads busy to the end.
      const coset = Promise.all([at.a, at.b, at.c].map(toCoset));
      const sums = Promise.all([
        sumG2("b2", witnessDigits),
        sumG1("a", witnessDigits),
        sumG1("b1", witnessDigits),
        sumG1("c", witnessDigits),
        coset.then(() => {
          scalar.joinQuotient(at.quotient, at.a, at.b, at.c, half);
          write(at.quotient, quotientDigits);
          return sumG1("h", quotientDigits);
        }),
      ]);
      const [b2, a, b1, c, h] = await sums;
      return combine(zkey, { a, b1, b2, c: c.add(h) }, r, s);
    },
    close: () => pool.close(),
  };
}

function combine(key: Zkey, sums: { a: G1; b1: G1; b2: G2; c: G1 }, r: bigint, s: bigint): Groth16Proof {
  const delta1 = g1Of(key.delta1);
  const a = sums.a.add(g1Of(key.alpha1)).add(times(delta1, r));
  const b1 = sums.b1.add(g1Of(key.beta1)).add(times(delta1, s));
  const b2 = sums.b2.add(g2Of(key.beta2)).add(times(g2Of(key.delta2), s));
  const c = sums.c
    .add(times(a, s))
    .add(times(b1, r))
    .subtract(times(delta1, (r * s) % SCALAR_FIELD));
  const [A, B, C] = [a.toAffine(), b2.toAffine(), c.toAffine()];
  return {
    pi_a: [String(A.x), String(A.y), "1"],
    pi_b: [
      [String(B.x.c0), String(B.x.c1)],
      [String(B.y.c0), String(B.y.c1)],
      ["1", "0"],
    ],
    pi_c: [String(C.x), String(C.y), "1"],
    protocol: "groth16",
    curve: "bn128",
  };
}

function times<P extends { multiply(scalar: bigint): P; subtract(other: P): P }>(point: P, scalar: bigint): P {
  return scalar === 0n ? point.subtract(point) : point.multiply(scalar);
}
