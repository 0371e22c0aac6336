// What node:crypto takes on this machine for the same bytes, a piece or a segment at a call, as the client calls it.

import { createCipheriv, createHash, randomBytes } from "node:crypto";
import { PIECE_BYTES } from "../../../node/data/layout.ts";
import { interleave } from "./rates.ts";

/** CPU seconds per GB (10^9 bytes). */
export type RawReport = Readonly<Record<"aes256Gcm" | "aes256Ctr" | "sha256", number>>;

/** @param k pieces of a segment */
export function measureCrypto(k: number): RawReport {
  const [key, nonce, counter] = [randomBytes(32), randomBytes(12), randomBytes(16)];
  const [segment, piece] = [randomBytes(k * PIECE_BYTES), randomBytes(PIECE_BYTES)];
  const rates = interleave({
    aes256Gcm: { bytes: segment.length, run: () => createCipheriv("aes-256-gcm", key, nonce).update(segment) },
    aes256Ctr: { bytes: piece.length, run: () => createCipheriv("aes-256-ctr", key, counter).update(piece) },
    sha256: { bytes: piece.length, run: () => createHash("sha256").update(piece).digest() },
  });
  return Object.fromEntries(Object.entries(rates).map(([name, rate]) => [name, 1_000 / rate])) as RawReport;
}
