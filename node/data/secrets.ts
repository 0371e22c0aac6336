// What a file's owner knows, all derived from one master secret drawn for this put alone, and who may know which part.
//
//   slot < e   sealed under hotSecret: whoever may read can unseal it
//   slot >= e  sealed under coldSecret, the owner's alone, or under stewardSecret after a steward replaced it
//
// Who knows a seal key can answer for that slot with the bytes of any k others. A steward therefore never learns
// coldSecret, and a reader neither of the two: a published file keeps n - e slots that only their own provider can answer for.

import { hkdfSync } from "node:crypto";
import { expectLength } from "../common/bytes.ts";
import { HoldfastError } from "../common/errors.ts";
import { canonical } from "./canonical.ts";
import { checkCode } from "./layout.ts";

/** Which secret seals a slot; the slot table says it per slot. */
export type SecretId = "hot" | "cold" | "steward";

/** 32 bytes each but `fileId`, which is public and has 16. */
export interface FileSecrets {
  /** Names the file in every segment's authenticated data, so that segments of two files cannot be exchanged. */
  readonly fileId: Uint8Array;
  readonly fileKey: Uint8Array;
  readonly hotSecret: Uint8Array;
  readonly coldSecret: Uint8Array;
  readonly stewardSecret: Uint8Array;
}

/** Everything from the 32-byte master secret; the same master never serves two different plaintexts. */
export function deriveSecrets(master: Uint8Array): FileSecrets {
  expectLength("A master secret", master, 32);
  return {
    fileId: derive(master, "holdfast/v1/file-id", 16),
    fileKey: derive(master, "holdfast/v1/file-key", 32),
    hotSecret: derive(master, "holdfast/v1/hot-secret", 32),
    coldSecret: derive(master, "holdfast/v1/cold-secret", 32),
    stewardSecret: derive(master, "holdfast/v1/steward-secret", 32),
  };
}

/** HKDF-SHA256 of `secret` without salt; the info is `canonical(domain, ...context)`. */
export function derive(secret: Uint8Array, domain: string, length: number, ...context: Uint8Array[]): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", secret, new Uint8Array(), canonical(domain, ...context), length));
}

/** How a file's own client seals slot `slot` when the first `e` slots are hot. */
export function secretOfSlot(slot: number, e: number): SecretId {
  return slot < e ? "hot" : "cold";
}

/** Throws `BAD_HOT_SLOTS` unless k <= e <= n: below k hot slots no reader could ever read. */
export function checkHotSlots(k: number, n: number, e: number): void {
  checkCode(k, n);
  if (!Number.isInteger(e) || e < k || e > n) {
    throw new HoldfastError("BAD_HOT_SLOTS", `${k}-of-${n} needs ${k} to ${n} hot slots, got ${e}.`, {
      details: { k, n, e },
    });
  }
}

/**
 * Throws `ONE_COPY` when publishing would leave fewer than k cold slots: then anyone with k shards can answer for all, and
 * the n providers are paid for what may be one copy in total.
 */
export function checkPublishable(k: number, n: number, e: number): void {
  checkHotSlots(k, n, e);
  if (n - e < k) {
    throw new HoldfastError(
      "ONE_COPY",
      `Published with ${n - e} cold slots, this file buys one copy in total: keep at least ${k} of the ${n} slots cold (n >= ${2 * k}).`,
      { details: { k, n, e } },
    );
  }
}
