/**
 * Noise's cipher with keys that node:crypto knows already. Given raw bytes, Node 24 builds and drops an error with its stack for
 * every message.
 */
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from "node:crypto";
import type { ICryptoInterface } from "@libp2p/noise";
import { defaultCrypto } from "@libp2p/noise/crypto";
import { Uint8ArrayList } from "uint8arraylist";

const ALGORITHM = "chacha20-poly1305";
const TAG_BYTES = 16;
const OPTIONS = { authTagLength: TAG_BYTES } as const;

const keys = new WeakMap<Uint8Array, KeyObject>();

/** libp2p's, but for messages. */
export const noiseCrypto: ICryptoInterface = {
  ...defaultCrypto,
  chaCha20Poly1305Encrypt(plaintext, nonce, associated, key) {
    const cipher = createCipheriv(ALGORITHM, keyOf(key), nonce, OPTIONS);
    cipher.setAAD(associated, { plaintextLength: plaintext.byteLength });
    const out = new Uint8ArrayList();
    for (const part of partsOf(plaintext)) out.append(cipher.update(part));
    cipher.final(); // a stream cipher holds no bytes back
    out.append(cipher.getAuthTag());
    return out;
  },
  chaCha20Poly1305Decrypt(ciphertext, nonce, associated, key) {
    const length = ciphertext.byteLength - TAG_BYTES;
    const decipher = createDecipheriv(ALGORITHM, keyOf(key), nonce, OPTIONS);
    decipher.setAAD(associated, { plaintextLength: length });
    decipher.setAuthTag(ciphertext.subarray(length));
    const out = new Uint8ArrayList();
    const text = ciphertext instanceof Uint8Array ? ciphertext.subarray(0, length) : ciphertext.sublist(0, length);
    for (const part of partsOf(text)) out.append(decipher.update(part));
    decipher.final(); // throws unless every byte is the peer's
    return out;
  },
};

function keyOf(bytes: Uint8Array): KeyObject {
  const known = keys.get(bytes);
  if (known !== undefined) return known;
  const key = createSecretKey(bytes);
  keys.set(bytes, key);
  return key;
}

function partsOf(bytes: Uint8Array | Uint8ArrayList): Iterable<Uint8Array> {
  return bytes instanceof Uint8Array ? [bytes] : bytes;
}
