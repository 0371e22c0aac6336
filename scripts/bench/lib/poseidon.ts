/** The Poseidon kernel beside circomlibjs, poseidon-lite, and what this processor could do at most. */
import { randomBytes } from "node:crypto";
import { buildPoseidon } from "circomlibjs";
import { poseidon8 } from "poseidon-lite/poseidon8";
import { bytesToInteger } from "../../../node/common/bytes.ts";
import { createPoseidon8 } from "../../../node/data/kernels/poseidon.ts";
import { GROUP_BYTES, PIECE_BYTES } from "../../../node/data/layout.ts";
import { multiplyAddsPerHash, peakProgram } from "./multiply-adds.ts";
import { interleave, type Pace } from "./rates.ts";

/** What one hash takes in: eight elements of 31 bytes. */
const TUPLE_BYTES = 8 * 31;

/** MB are 10^6 bytes of hash input, for each second of one core's time. */
export type PoseidonReport = {
  readonly mbPerSecondPerCore: number;
  /** How many times the other's rate, in this run. */
  readonly ratioToCircomlibjs: number;
  readonly ratioToPoseidonLite: number;
  /** Where multiply-adds are not fused. */
  readonly integer: { readonly mbPerSecondPerCore: number; readonly ratioToCircomlibjs: number };
  readonly circomlibjs: number;
  readonly poseidonLite: number;
  /** Of file bytes, turned into group nodes: 73 hashes for 64 tuples. */
  readonly groupNodes: number;
  /** What a core that did nothing but the kernel's multiply-adds would reach, and the kernel's share of that. */
  readonly limit: {
    readonly multiplyAddsPerHash: number;
    readonly multiplyAddsPerSecond: number;
    readonly mbPerSecond: number;
    readonly share: number;
  };
};

export async function measurePoseidon(pace: Pace): Promise<PoseidonReport> {
  const groups = randomBytes(PIECE_BYTES);
  const fused = createPoseidon8();
  const integer = createPoseidon8({ integer: true });
  const reference = await buildPoseidon();
  const tuples = fused.groupNodes(randomBytes(256 * GROUP_BYTES)); // nodes are as good as random field elements
  const bytes = (tuples.length / 256) * TUPLE_BYTES;
  const numbers = Array.from({ length: 8 }, (_, i) => bytesToInteger(tuples.subarray(32 * i, 32 * (i + 1))));
  // Elements in circomlibjs' own form, as it returns them: the fastest way to call it, without conversions.
  const inputs = numbers.map((number) => reference([number]));
  const rates = interleave(
    {
      fused: { bytes, run: () => fused.parents(tuples) },
      integer: { bytes, run: () => integer.parents(tuples) },
      circomlibjs: { bytes: TUPLE_BYTES, run: () => reference(inputs) },
      poseidonLite: { bytes: TUPLE_BYTES, run: () => poseidon8(numbers) },
      groupNodes: { bytes: PIECE_BYTES, run: () => fused.groupNodes(groups) },
      peak: await peakProgram(),
    },
    pace,
  );
  const perHash = await multiplyAddsPerHash();
  const perSecond = rates.peak * 1e6;
  const limit = ((perSecond / perHash) * TUPLE_BYTES) / 1e6;
  return {
    mbPerSecondPerCore: rates.fused,
    ratioToCircomlibjs: rates.fused / rates.circomlibjs,
    ratioToPoseidonLite: rates.fused / rates.poseidonLite,
    integer: { mbPerSecondPerCore: rates.integer, ratioToCircomlibjs: rates.integer / rates.circomlibjs },
    circomlibjs: rates.circomlibjs,
    poseidonLite: rates.poseidonLite,
    groupNodes: rates.groupNodes,
    limit: {
      multiplyAddsPerHash: perHash,
      multiplyAddsPerSecond: perSecond,
      mbPerSecond: limit,
      share: rates.fused / limit,
    },
  };
}
