// Faults of the client's own side: no other provider would mend them, so they end the work at once.

import { HoldfastError } from "../../common/errors.ts";

const OWN_CODES = new Set([
  "FILE_CHANGED",
  "FILE_MISSING",
  "FILE_FORBIDDEN",
  "NOT_A_FILE",
  "DISK_FULL",
  "DISK_FAILED",
  "NOT_ENOUGH_TOKENS",
  "NO_GAS_FUNDS",
  "CHAIN_UNREACHABLE",
  "CHAIN_REJECTED",
  "CHAIN_REVERTED",
  "TX_TIMEOUT",
  "TX_REPLACED",
]);

/** A peer may refuse with any code it likes, its own full disk for one: what it says is never this side's fault. */
export function isOwnFault(cause: unknown): boolean {
  if (cause instanceof HoldfastError) return OWN_CODES.has(cause.code) && cause.details.refusedByPeer !== true;
  return cause instanceof Error && cause.name === "AbortError";
}
