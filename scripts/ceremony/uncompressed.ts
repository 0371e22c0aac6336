/**
 * Points as a ceremony's hashes take them: coordinates big-endian, those over Fq2 with the imaginary part first. In a
 * proving key they are little-endian and in Montgomery form. Source: ffjavascript 0.3.1, toRprUncompressed, toRprLEM.
 */
import { COORDINATE_FIELD } from "../../node/consensus/prover/verifying-key.ts";

/** 32 bytes a coordinate. */
export type Coordinates = Buffer;

const BYTES = 32;
/** 2^-256 in the field. */
const FROM_MONTGOMERY = invert(2n ** 256n % COORDINATE_FIELD);

/** x, y. */
export function g1Bytes(encoded: Buffer): Coordinates {
  return Buffer.concat([0, 1].map((i) => coordinate(encoded, i)));
}

/** x, y, each imaginary part first. */
export function g2Bytes(encoded: Buffer): Coordinates {
  return Buffer.concat([1, 0, 3, 2].map((i) => coordinate(encoded, i)));
}

function coordinate(encoded: Buffer, index: number): Buffer {
  const bytes = Buffer.from(encoded.subarray(BYTES * index, BYTES * (index + 1))).reverse();
  const value = (BigInt(`0x${bytes.toString("hex")}`) * FROM_MONTGOMERY) % COORDINATE_FIELD;
  return Buffer.from(value.toString(16).padStart(2 * BYTES, "0"), "hex");
}

function invert(value: bigint): bigint {
  let [result, base] = [1n, value];
  for (let exponent = COORDINATE_FIELD - 2n; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % COORDINATE_FIELD;
    base = (base * base) % COORDINATE_FIELD;
  }
  return result;
}
