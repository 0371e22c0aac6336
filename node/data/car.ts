// CAR version 1 (ipld.io/specs/transport/car/carv1): a header with root CIDs, then sections of a length, a CID and its block.
// A file of ours is one raw block under the file's own CID: the CAR is a few bytes before the plaintext.

import { varint as varints } from "multiformats";
import { CID } from "multiformats/cid";
import { concatBytes } from "../common/bytes.ts";
import { HoldfastError } from "../common/errors.ts";
import { CID_BYTES, cidToText } from "./cid.ts";

/** Enough for the header of a CAR with a few roots. */
export const MAX_CAR_HEADER_BYTES = 4_096;

/** dag-cbor of { roots: [cid], version: 1 }, around the CID. */
const HEADER_BEFORE = Uint8Array.of(0xa2, 0x65, 0x72, 0x6f, 0x6f, 0x74, 0x73, 0x81, 0xd8, 0x2a, 0x58, 0x25, 0x00);
const HEADER_AFTER = Uint8Array.of(0x67, 0x76, 0x65, 0x72, 0x73, 0x69, 0x6f, 0x6e, 0x01);

/** All that comes before the plaintext in the CAR of a file with this CID (36 bytes) and size. */
export function carPrefix(cid: Uint8Array, size: number): Uint8Array {
  cidToText(cid);
  const header = concatBytes(HEADER_BEFORE, cid, HEADER_AFTER);
  return concatBytes(varint(header.length), header, varint(CID_BYTES + size), cid);
}

/** Sections begin at `next`. Throws `BAD_CAR` unless the header is of version 1 with one root. */
export function readCarHeader(bytes: Uint8Array): { root: CID; next: number } {
  const [length, at] = readVarint(bytes, 0);
  const header = bytes.subarray(at, at + length);
  const middle = header.length - HEADER_BEFORE.length - HEADER_AFTER.length;
  // One root in the one canonical form: a CIDv1 under any 32-byte hash has 36 bytes, a CIDv0 has 34.
  const before = Uint8Array.from(HEADER_BEFORE);
  before[11] = middle + 1;
  const fits = header.length === length && middle > 0 && middle <= 64;
  if (!fits || !starts(header, before) || !starts(header.subarray(before.length + middle), HEADER_AFTER)) {
    throw badCar("is no CAR of version 1 with one root");
  }
  return { root: cidOf(header.subarray(before.length, before.length + middle)), next: at + length };
}

/** A section's CID and where its block is, from bytes that begin with the section. `end` counts from their start too. */
export function readCarSection(bytes: Uint8Array): { cid: CID; from: number; end: number } {
  const [length, at] = readVarint(bytes, 0);
  try {
    const [cid, rest] = CID.decodeFirst(bytes.subarray(at, at + Math.min(length, 128)));
    const used = Math.min(length, 128, bytes.length - at) - rest.length;
    return { cid, from: at + used, end: at + length };
  } catch {
    throw badCar("has a section without a CID");
  }
}

export function badCar(problem: string): HoldfastError {
  return new HoldfastError("BAD_CAR", `This file ${problem}: make the CAR again, of one file.`);
}

function cidOf(bytes: Uint8Array): CID {
  try {
    return CID.decode(bytes);
  } catch {
    throw badCar("names a root that is no CID");
  }
}

function readVarint(bytes: Uint8Array, offset: number): [value: number, next: number] {
  try {
    const [value, length] = varints.decode(bytes, offset);
    return [value, offset + length];
  } catch {
    throw badCar("is cut off, or no CAR");
  }
}

function varint(value: number): Uint8Array {
  return varints.encodeTo(value, new Uint8Array(varints.encodingLength(value)));
}

function starts(bytes: Uint8Array, beginning: Uint8Array): boolean {
  return bytes.length >= beginning.length && beginning.every((byte, i) => bytes[i] === byte);
}
