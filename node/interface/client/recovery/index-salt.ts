// How a client finds the deals that hold its index among all of its own: their salts say so, to whoever has its secret. Half of a
// salt is random all the same: a salt that came twice would be one key for two texts.

import { createHmac } from "node:crypto";
import { concatBytes, equalBytes, expectLength, utf8 } from "../../../common/bytes.ts";

const NONCE_BYTES = 16;

/** 32 bytes; `nonce` is 16 random ones. */
export function indexSalt(ownerSecret: Uint8Array, nonce: Uint8Array): Uint8Array {
  expectLength("A nonce", nonce, NONCE_BYTES);
  const mark = createHmac("sha256", ownerSecret).update(utf8("holdfast/v1/index")).update(nonce).digest();
  return concatBytes(nonce, mark.subarray(0, 32 - NONCE_BYTES));
}

export function isIndexSalt(ownerSecret: Uint8Array, salt: Uint8Array): boolean {
  return salt.length === 32 && equalBytes(indexSalt(ownerSecret, salt.subarray(0, NONCE_BYTES)), salt);
}
