/**
 * Reads who contributed to a proving key out of the key itself.
 * Source: snarkjs 0.7.6, src/zkey_utils.js (section 10) and src/zkey_contribute.js (what the printed hash is over).
 */
import { createHash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { HoldfastError } from "../../node/common/errors.ts";
import { type Coordinates, g1Bytes, g2Bytes } from "./uncompressed.ts";

export type Contribution = {
  readonly name: string;
  /** What the contributor published: blake2b-512 over its public key and the transcript before it. */
  readonly hash: string;
  /** For the last step only: public randomness that nobody chose, hashed 2^iterations times. */
  readonly beacon?: { readonly value: string; readonly iterations: number };
};

export type Contributions = { readonly circuitHash: string; readonly contributions: readonly Contribution[] };

const CONTRIBUTIONS = 10;
const G1 = 64;
const G2 = 128;
const HASH = 64;

/** @throws HoldfastError CEREMONY_KEY if the file is not a proving key with this section. */
export function readContributions(file: string): Contributions {
  try {
    return parse(readSection(file, CONTRIBUTIONS));
  } catch (cause) {
    throw new HoldfastError("CEREMONY_KEY", `${file} is no proving key of a ceremony; check the file.`, { cause });
  }
}

function parse(bytes: Buffer): Contributions {
  let at = 0;
  const take = (length: number): Buffer => {
    if (at + length > bytes.length) throw new RangeError("the section ends too early");
    at += length;
    return bytes.subarray(at - length, at);
  };
  const circuitHash = take(HASH).toString("hex");
  const count = take(4).readUInt32LE();
  const contributions = Array.from({ length: count }, () => {
    const points: Coordinates[] = [g1Bytes(take(G1)), g1Bytes(take(G1)), g1Bytes(take(G1)), g2Bytes(take(G2))];
    const hash = createHash("blake2b512");
    for (const point of points) hash.update(point);
    hash.update(take(HASH));
    const isBeacon = take(4).readUInt32LE() === 1;
    const { name, iterations, beacon } = parameters(take(take(4).readUInt32LE()));
    const described = { name, hash: hash.digest("hex") };
    return isBeacon ? { ...described, beacon: { value: beacon, iterations } } : described;
  });
  if (at !== bytes.length) throw new RangeError("the section is too long");
  return { circuitHash, contributions };
}

function parameters(bytes: Buffer): { name: string; iterations: number; beacon: string } {
  const found = { name: "", iterations: 0, beacon: "" };
  for (let at = 0; at < bytes.length; ) {
    const [kind, value] = [bytes[at]!, bytes[at + 1]!];
    const content = bytes.subarray(at + 2, at + 2 + value);
    if (kind === 1) found.name = content.toString("utf8");
    else if (kind === 2) found.iterations = value;
    else if (kind === 3) found.beacon = content.toString("hex");
    else throw new RangeError("unknown parameter");
    at += kind === 2 ? 2 : 2 + value;
  }
  return found;
}

/** The bytes of one section of snarkjs's binary format; proving keys are too large to read whole. */
function readSection(file: string, wanted: number): Buffer {
  const descriptor = openSync(file, "r");
  try {
    const read = (position: number, length: number): Buffer => {
      const bytes = Buffer.alloc(length);
      if (readSync(descriptor, bytes, 0, length, position) !== length) throw new RangeError("the file ends too early");
      return bytes;
    };
    const header = read(0, 12);
    if (header.toString("latin1", 0, 4) !== "zkey") throw new TypeError("not a zkey");
    let at = 12;
    for (let i = header.readUInt32LE(8); i > 0; i--) {
      const section = read(at, 12);
      const length = Number(section.readBigUInt64LE(4));
      if (section.readUInt32LE(0) === wanted) return read(at + 12, length);
      at += 12 + length;
    }
    throw new TypeError(`no section ${wanted}`);
  } finally {
    closeSync(descriptor);
  }
}
