// A segment's encryption: AES-256-GCM, nonce = segment index, one key per file.
//
// The nonce may be a counter because the key serves one put: a file that changed since it began gets a new master secret.
// The authenticated data pins file, place, end and length, so no segment can be moved, dropped, repeated or cut.

import { createCipheriv, createDecipheriv, createSecretKey } from "node:crypto";
import { expectLength, integerToBytes } from "../common/bytes.ts";
import { HoldfastError } from "../common/errors.ts";
import { canonical } from "./canonical.ts";
import { cryptParts } from "./ctr-parts.ts";
import { derive } from "./secrets.ts";

export const TAG_BYTES = 16;

/** Where a segment belongs. */
export interface SegmentPlace {
  /** 16 bytes. */
  readonly fileId: Uint8Array;
  readonly index: number;
  /** True for the file's last segment only. */
  readonly last: boolean;
}

/** A segment's bytes are not what the owner encrypted, or the file key is another file's. */
export class SegmentNotAuthenticError extends HoldfastError {
  override readonly name = "SegmentNotAuthenticError";
  readonly segment: number;
  constructor(segment: number) {
    super(
      "SEGMENT_NOT_AUTHENTIC",
      `Segment ${segment} is not what was stored: the capability or the header is of another file.`,
      {
        details: { segment },
      },
    );
    this.segment = segment;
  }
}

/** The AES key of a file's segments, from its file key. */
export function contentKey(fileKey: Uint8Array, fileId: Uint8Array): Uint8Array {
  expectLength("A file key", fileKey, 32);
  return derive(fileKey, "holdfast/v1/content-key", 32, fileId);
}

/** Ciphertext of the plaintext's length, and its 16-byte tag, which the header keeps. */
export function encryptSegment(
  key: Uint8Array,
  place: SegmentPlace,
  plaintext: Uint8Array,
): { ciphertext: Uint8Array; tag: Uint8Array } {
  const cipher = createCipheriv("aes-256-gcm", createSecretKey(key), integerToBytes(place.index, 12));
  cipher.setAAD(authenticated(place, plaintext.length));
  const ciphertext = cipher.update(plaintext);
  cipher.final(); // GCM holds no bytes back
  return {
    ciphertext: new Uint8Array(ciphertext.buffer, ciphertext.byteOffset, ciphertext.length),
    tag: new Uint8Array(cipher.getAuthTag()),
  };
}

/** Plaintext that lies at byte `offset` of segment `index`. */
export interface SegmentPart {
  readonly index: number;
  readonly offset: number;
  readonly plaintext: Uint8Array;
}

/** The ciphertext of each part alone: GCM encrypts by AES-CTR, from counter nonce | 2 on (NIST SP 800-38D, 7.1). */
export function encryptParts(key: Uint8Array, parts: readonly SegmentPart[]): Uint8Array[] {
  return cryptParts(
    key,
    parts.map(({ index, offset, plaintext }) => ({ high: index, low: 2, offset, bytes: plaintext })),
  );
}

/** The plaintext; throws {@link SegmentNotAuthenticError} and returns no byte of a segment that is not authentic. */
export function decryptSegment(
  key: Uint8Array,
  place: SegmentPlace,
  ciphertext: Uint8Array,
  tag: Uint8Array,
): Uint8Array {
  const decipher = createDecipheriv("aes-256-gcm", createSecretKey(key), integerToBytes(place.index, 12), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(authenticated(place, ciphertext.length));
  decipher.setAuthTag(tag);
  const plaintext = decipher.update(ciphertext);
  try {
    decipher.final();
  } catch {
    throw new SegmentNotAuthenticError(place.index);
  }
  return new Uint8Array(plaintext.buffer, plaintext.byteOffset, plaintext.length);
}

function authenticated(place: SegmentPlace, length: number): Uint8Array {
  return canonical("holdfast/v1/segment", place.fileId, place.index, place.last ? 1 : 0, length);
}
