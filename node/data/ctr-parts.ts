// Many short parts of AES-256-CTR streams under one key in one call: a cipher object costs as much as hundreds of its blocks.

import { createCipheriv, createSecretKey } from "node:crypto";

const BLOCK_BYTES = 16;

/** Bytes that lie at byte `offset` of a stream whose counter block is 64 zero bits, `high` and, for its first byte, `low`. */
export interface StreamPart {
  readonly high: number;
  readonly low: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Encrypts each part, or decrypts it. The counters `low` + offset / 16 stay below 2^32. */
export function cryptParts(key: Uint8Array, parts: readonly StreamPart[]): Uint8Array[] {
  const spans = parts.map(({ offset, bytes }) => {
    const skip = offset % BLOCK_BYTES;
    return { skip, blocks: Math.ceil((skip + bytes.length) / BLOCK_BYTES) };
  });
  const counters = new Uint8Array(BLOCK_BYTES * spans.reduce((sum, { blocks }) => sum + blocks, 0));
  const view = new DataView(counters.buffer);
  let at = 0;
  for (const [i, { high, low, offset }] of parts.entries()) {
    const first = low + Math.floor(offset / BLOCK_BYTES);
    for (let block = 0; block < spans[i]!.blocks; block++, at += BLOCK_BYTES) {
      view.setUint32(at + 8, high);
      view.setUint32(at + 12, first + block);
    }
  }
  // What CTR mode adds to its blocks is each counter, encrypted on its own.
  const stream = createCipheriv("aes-256-ecb", createSecretKey(key), null).setAutoPadding(false).update(counters);
  at = 0;
  return parts.map(({ bytes }, i) => {
    const { skip, blocks } = spans[i]!;
    const pad = stream.subarray(at + skip, at + skip + bytes.length);
    at += blocks * BLOCK_BYTES;
    return bytes.map((byte, j) => byte ^ pad[j]!);
  });
}
