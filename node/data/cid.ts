// A file's content identifier: CIDv1, codec raw, sha2-256 over the whole plaintext (multiformats).

import { createHash } from "node:crypto";
import { CID } from "multiformats/cid";
import { create as createDigest } from "multiformats/hashes/digest";
import { HoldfastError } from "../common/errors.ts";
import { fromHex } from "../common/hex.ts";

const RAW = 0x55;
const SHA2_256 = 0x12;
/** A CIDv1 of this kind in bytes: version, codec, hash, length, 32 bytes of digest. */
export const CID_BYTES = 36;

/** Hashes a file as it streams by. */
export interface CidHasher {
  update(bytes: Uint8Array): void;
  /** 36 bytes; the hasher is spent. */
  finish(): Uint8Array;
}

export function createCidHasher(): CidHasher {
  const hash = createHash("sha256");
  return {
    update: (bytes) => {
      hash.update(bytes);
    },
    finish: () => CID.createV1(RAW, createDigest(SHA2_256, new Uint8Array(hash.digest()))).bytes,
  };
}

/** The CID of bytes whose SHA-256 is known, as text. */
export function cidOfSha256(hex: string): string {
  return cidToText(CID.createV1(RAW, createDigest(SHA2_256, fromHex(`0x${hex}`, 32))).bytes);
}

/** The base32 text form, `bafkrei...`; throws `BAD_CID` for anything but a CIDv1 raw sha2-256. */
export function cidToText(bytes: Uint8Array): string {
  try {
    const cid = CID.decode(bytes);
    if (cid.version === 1 && cid.code === RAW && cid.multihash.code === SHA2_256 && bytes.length === CID_BYTES) {
      return cid.toString();
    }
  } catch {
    // falls through to the one sentence
  }
  throw new HoldfastError("BAD_CID", "Expected a CIDv1 of raw bytes under sha2-256.");
}

/** The SHA-256 inside, 32 bytes. */
export function cidDigest(bytes: Uint8Array): Uint8Array {
  cidToText(bytes);
  return bytes.slice(CID_BYTES - 32);
}
