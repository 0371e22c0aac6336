/** Reads snarkjs's Groth16 proving keys from disk, section by section. Source: snarkjs 0.7.6, src/zkey_utils.js. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { HoldfastError } from "../../../common/errors.ts";
import { SCALAR_FIELD } from "../../../data/digest.ts";
import type { G1Point, G2Point, VerifyingKey } from "../verifying-key.ts";
import { COORDINATE_FIELD } from "../verifying-key.ts";
import { getInteger, inverse } from "./integers.ts";

/** Sections by number; points are affine, little-endian Montgomery (R = 2^256), zeros being the point at infinity. */
export const SECTION = { header: 1, groth16: 2, ic: 3, coefficients: 4, a: 5, b1: 6, b2: 7, c: 8, h: 9 } as const;
/** Of a point and of an entry of section 4: matrix, row, wire (u32 each), coefficient times 2^512. */
export const G1_BYTES = 64;
export const G2_BYTES = 128;
export const COEFFICIENT_BYTES = 44;

export type Zkey = {
  /** Wires of the circuit, with the constant 1 and the public signals behind it. */
  readonly wires: number;
  readonly publicSignals: number;
  /** Rows of the constraint system, a power of two. */
  readonly domain: number;
  readonly alpha1: G1Point;
  readonly beta1: G1Point;
  readonly delta1: G1Point;
  /** Imaginary part first, as everywhere. */
  readonly beta2: G2Point;
  readonly delta2: G2Point;
  /** What the key's proofs verify under. */
  readonly verifyingKey: VerifyingKey;
  /** Bytes of a section. */
  length(section: number): number;
  read(section: number, offset?: number, length?: number): Uint8Array;
  close(): void;
};

const MAGIC = "zkey";
const UNMONTGOMERY = inverse(2n ** 256n, COORDINATE_FIELD);
/** Behind protocol, sizes and primes in section 2. */
const POINTS_AT = 4 + 32 + 4 + 32 + 12;

/** Throws HoldfastError PROVER_FILES if there is no such file, PROVING_KEY_INVALID if it is no key of the circuit's kind. */
export function openZkey(file: string): Zkey {
  let descriptor: number;
  try {
    descriptor = openSync(file, "r");
  } catch (cause) {
    const message = `${file} cannot be read; build the circuits with: node scripts/build-circuits.ts dev`;
    throw new HoldfastError("PROVER_FILES", message, { cause });
  }
  try {
    return parse(descriptor);
  } catch (cause) {
    closeSync(descriptor);
    throw new HoldfastError("PROVING_KEY_INVALID", `${file} is no proving key; build the circuits again.`, { cause });
  }
}

function parse(descriptor: number): Zkey {
  const sections = findSections(descriptor);
  const find = (section: number) => {
    const found = sections.get(section);
    if (found === undefined) throw new TypeError(`section ${section} is missing`);
    return found;
  };
  const read = (section: number, offset = 0, length = find(section).length - offset): Uint8Array =>
    readAt(descriptor, find(section).start + offset, length);

  const header = view(read(SECTION.groth16));
  if (view(read(SECTION.header)).getUint32(0, true) !== 1) throw new TypeError("it is not for Groth16");
  if (getInteger(header, 4) !== COORDINATE_FIELD || getInteger(header, 40) !== SCALAR_FIELD) {
    throw new TypeError("it is not over BN254");
  }
  const [wires, publicSignals, domain] = [72, 76, 80].map((at) => header.getUint32(at, true)) as [
    number,
    number,
    number,
  ];
  if (domain < 2 || (domain & (domain - 1)) !== 0 || publicSignals !== 3 || wires <= publicSignals) {
    throw new TypeError(`it has ${wires} wires, ${publicSignals} public signals and a domain of ${domain}`);
  }
  const expected: Record<number, number> = {
    [SECTION.ic]: G1_BYTES * (publicSignals + 1),
    [SECTION.a]: G1_BYTES * wires,
    [SECTION.b1]: G1_BYTES * wires,
    [SECTION.b2]: G2_BYTES * wires,
    [SECTION.c]: G1_BYTES * (wires - publicSignals - 1),
    [SECTION.h]: G1_BYTES * domain,
  };
  for (const [section, length] of Object.entries(expected)) {
    const found = find(Number(section)).length;
    if (found !== length) throw new TypeError(`section ${section} has ${found} bytes instead of ${length}`);
  }

  const [alpha1, beta1] = [g1(header, POINTS_AT), g1(header, POINTS_AT + 64)];
  const [beta2, gamma2] = [g2(header, POINTS_AT + 128), g2(header, POINTS_AT + 256)];
  const [delta1, delta2] = [g1(header, POINTS_AT + 384), g2(header, POINTS_AT + 448)];
  const constants = view(read(SECTION.ic));
  const ic = [0, 64, 128, 192].map((at) => g1(constants, at)) as unknown as VerifyingKey["ic"];
  return {
    ...{ wires, publicSignals, domain, alpha1, beta1, delta1, beta2, delta2 },
    verifyingKey: { alpha: alpha1, beta: beta2, gamma: gamma2, delta: delta2, ic },
    length: (section) => find(section).length,
    read,
    close: () => closeSync(descriptor),
  };
}

/** The file's size bounds everything that is believed about it. */
function findSections(descriptor: number): Map<number, { start: number; length: number }> {
  const { size } = fstatSync(descriptor);
  const head = readAt(descriptor, 0, 12);
  if (new TextDecoder().decode(head.subarray(0, 4)) !== MAGIC) throw new TypeError("it does not begin like a zkey");
  const sections = new Map<number, { start: number; length: number }>();
  let at = 12;
  for (let left = view(head).getUint32(8, true); left > 0; left--) {
    const entry = view(readAt(descriptor, at, 12));
    const length = Number(entry.getBigUint64(4, true));
    if (at + 12 + length > size) throw new TypeError("it ends too early");
    sections.set(entry.getUint32(0, true), { start: at + 12, length });
    at += 12 + length;
  }
  return sections;
}

function readAt(descriptor: number, position: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  if (readSync(descriptor, bytes, 0, length, position) !== length) throw new TypeError("it ends too early");
  return bytes;
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function coordinate(from: DataView, at: number): bigint {
  return (getInteger(from, at) * UNMONTGOMERY) % COORDINATE_FIELD;
}

function g1(from: DataView, at: number): G1Point {
  return [coordinate(from, at), coordinate(from, at + 32)];
}

function g2(from: DataView, at: number): G2Point {
  return [
    [coordinate(from, at + 32), coordinate(from, at)],
    [coordinate(from, at + 96), coordinate(from, at + 64)],
  ];
}
