// Sealing makes a shard a replica: unique to one slot, generation and provider, and useless to derive from another replica.
//
//   key   = HKDF-SHA256(secret, info = canonical("holdfast/v1/seal", chain id, market, dealKey, slot, generation, sealing provider))
//   bytes = shard XOR AES-256-CTR(key, counter = offset / 16)
//
// One key never meets two byte strings: whoever saw both would know their XOR. A refill raises the generation; a file that
// changed while a put was interrupted gets a new salt, hence a new dealKey.

import { createCipheriv, createSecretKey, hkdfSync } from "node:crypto";
import { expectLength, integerToBytes } from "../common/bytes.ts";
import { HoldfastError } from "../common/errors.ts";
import { fromHex, type Hex } from "../common/hex.ts";
import { canonical } from "./canonical.ts";
import { cryptParts } from "./ctr-parts.ts";

export interface SealContext {
  readonly chainId: number;
  /** Address of the StorageMarket. */
  readonly market: Hex;
  readonly dealKey: Hex;
  readonly slot: number;
  readonly generation: number;
  /** Address of the provider the bytes were sealed for; a handover keeps it. */
  readonly sealingProvider: Hex;
}

/** The 32-byte key of one replica, from the 32-byte seal secret of its slot. */
export function sealKey(secret: Uint8Array, context: SealContext): Uint8Array {
  expectLength("A seal secret", secret, 32);
  const info = canonical(
    "holdfast/v1/seal",
    context.chainId,
    fromHex(context.market, 20),
    fromHex(context.dealKey, 32),
    context.slot,
    context.generation,
    fromHex(context.sealingProvider, 20),
  );
  return new Uint8Array(hkdfSync("sha256", secret, new Uint8Array(), info, 32));
}

/**
 * Seals `bytes` that lie at byte `offset` of the shard, or unseals them: CTR is its own inverse.
 * `offset` is a multiple of 16 (groups and pieces are); throws `BAD_OFFSET` otherwise.
 */
export function seal(key: Uint8Array, offset: number, bytes: Uint8Array): Uint8Array {
  expectLength("A seal key", key, 32);
  if (!Number.isSafeInteger(offset) || offset < 0 || offset % 16 !== 0) {
    throw new HoldfastError("BAD_OFFSET", `Sealing starts at a multiple of 16 bytes, got ${offset}.`);
  }
  const sealed = createCipheriv("aes-256-ctr", createSecretKey(key), integerToBytes(offset / 16, 16)).update(bytes);
  return new Uint8Array(sealed.buffer, sealed.byteOffset, sealed.length);
}

/** Seals short parts that lie anywhere in the shard, each as {@link seal} would as part of the whole. */
export function sealParts(
  key: Uint8Array,
  parts: readonly { readonly offset: number; readonly bytes: Uint8Array }[],
): Uint8Array[] {
  expectLength("A seal key", key, 32);
  return cryptParts(
    key,
    parts.map(({ offset, bytes }) => ({ high: 0, low: 0, offset, bytes })),
  );
}

/** The inverse of {@link seal}, with the same arguments. */
export const unseal: typeof seal = seal;
