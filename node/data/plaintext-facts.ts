// What the header knows about the plaintext, readable only with the file key: its CID, and its name if it has one.
//
// AES-256-GCM with a synthetic nonce (HMAC of the content under a key of its own): a put that resumes writes the same
// header byte for byte, and a file stored under another name on resume does not repeat a nonce.

import { createCipheriv, createDecipheriv, createHmac } from "node:crypto";
import { concatBytes, expectLength, utf8 } from "../common/bytes.ts";
import { HoldfastError } from "../common/errors.ts";
import { CID_BYTES } from "./cid.ts";
import { derive } from "./secrets.ts";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
export const MAX_NAME_BYTES = 1024;
export const MIN_FACTS_BYTES = NONCE_BYTES + CID_BYTES + TAG_BYTES;
export const MAX_FACTS_BYTES = MIN_FACTS_BYTES + MAX_NAME_BYTES;

export interface PlaintextFacts {
  /** 36 bytes. */
  readonly cid: Uint8Array;
  /** Empty when the client stored none; at most 1,024 bytes of UTF-8. */
  readonly name: string;
}

/** nonce | ciphertext of (cid | name) | tag. Throws `NAME_TOO_LONG`. */
export function encryptFacts(fileKey: Uint8Array, fileId: Uint8Array, facts: PlaintextFacts): Uint8Array {
  expectLength("A CID", facts.cid, CID_BYTES);
  const name = utf8(facts.name);
  if (name.length > MAX_NAME_BYTES) {
    throw new HoldfastError("NAME_TOO_LONG", `A file's name has at most ${MAX_NAME_BYTES} bytes, got ${name.length}.`);
  }
  const plain = concatBytes(facts.cid, name);
  const nonceKey = derive(fileKey, "holdfast/v1/facts-nonce", 32, fileId);
  const nonce = createHmac("sha256", nonceKey).update(plain).digest().subarray(0, NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", derive(fileKey, "holdfast/v1/facts-key", 32, fileId), nonce);
  return concatBytes(nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag());
}

/** Throws `FACTS_NOT_AUTHENTIC` when the file key is another file's or a byte was changed. */
export function decryptFacts(fileKey: Uint8Array, fileId: Uint8Array, sealed: Uint8Array): PlaintextFacts {
  try {
    const key = derive(fileKey, "holdfast/v1/facts-key", 32, fileId);
    const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    const plain = concatBytes(decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final());
    const name = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(plain.subarray(CID_BYTES));
    return { cid: plain.slice(0, CID_BYTES), name };
  } catch {
    throw new HoldfastError("FACTS_NOT_AUTHENTIC", "The header does not belong to this capability's file key.");
  }
}
