/**
 * Which labels of a sector a label is made of: DRSample (Alwen, Blocki and Harsha, "Practical graphs for optimal side-channel
 * resistant memory-hard functions", CCS 2017, algorithm 1) with five sampled parents in place of one, beside the label before.
 * As contracts/libraries/DrSample.sol has it; places count from 0 and label 0 has no parents.
 */
import { keccak_256 } from "@noble/hashes/sha3.js";
import { integerToBytes } from "../common/bytes.ts";

export const PARENTS = 6;
/** Bits of the hash for one sampled parent: what is left after its scale exceeds 2^46, so that no distance is likelier by 2^-19. */
const SAMPLE_BITS = 51n;
const SAMPLE_MASK = (1n << SAMPLE_BITS) - 1n;

/** Six places before `index`, the label just before first; parents may coincide. */
export type ParentsOf = (index: number) => number[];

/** @param id The sector's field element: two sectors have two graphs. The answer throws RangeError for place 0. */
export function drSample(id: bigint): ParentsOf {
  const input = new Uint8Array(64);
  input.set(integerToBytes(id, 32));
  const view = new DataView(input.buffer);
  return (index) => {
    if (!(index > 0)) throw new RangeError(`label ${index} has no parents`);
    view.setUint32(60, index);
    let bits = bigintOf(keccak_256(input));
    const parents = [index - 1];
    for (; parents.length < PARENTS; bits >>= SAMPLE_BITS) {
      parents.push(index - distance(index, Number(bits & SAMPLE_MASK)));
    }
    return parents;
  };
}

/** A scale g = min(index, 2^1 .. 2^(bit length of index)), then a distance between g / 2 and g, both evenly. */
function distance(index: number, sample: number): number {
  const scales = 32 - Math.clz32(index);
  const most = Math.min(index, 2 ** (1 + (sample % scales)));
  const least = Math.max(most >> 1, Math.min(most, 2));
  return least + (Math.floor(sample / scales) % (most - least + 1));
}

function bigintOf(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  let value = 0n;
  for (let at = 0; at < 32; at += 8) value = (value << 64n) | view.getBigUint64(at);
  return value;
}
