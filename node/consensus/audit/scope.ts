// One transaction under replay: what its events still owe each other.

import type { Address, Hex } from "viem";
import type { HoldfastLog } from "../events.ts";
import { type MoveSheet, newMoves } from "./moves.ts";
import type { Evidence, ProofClaim } from "./proof-claims.ts";

/** Stake that left for a reason which a later event of the same transaction has to name. */
export interface Slash {
  readonly provider: Address;
  readonly beneficiary: Address;
  readonly taken: bigint;
  readonly reward: bigint;
  readonly stakeBefore: bigint;
}

/** One transaction: what its events still owe each other. */
export interface Scope {
  readonly block: bigint;
  readonly transaction: Hex;
  readonly logs: readonly HoldfastLog[];
  readonly moves: MoveSheet;
  readonly evidence: Evidence;
  readonly claims: ProofClaim[];
  readonly slashes: Slash[];
  /** Things that one event announced and another must confirm before the transaction ends, in words. */
  readonly owed: Map<string, HoldfastLog>;
  /** Escrow of the slots filled since the last fee was taken. */
  filled: { client: Address; escrow: bigint } | undefined;
  lastFee: bigint;
  /** What the vault says came in. */
  deposited: bigint;
  /** Lanes whose suspension has to be right in the end. */
  readonly judged: Set<Address>;
}

export function newScope(logs: readonly HoldfastLog[], evidence: Evidence): Scope {
  const { blockNumber, transactionHash } = logs[0]!;
  return {
    block: blockNumber,
    transaction: transactionHash,
    logs,
    moves: newMoves(),
    evidence,
    claims: [],
    slashes: [],
    owed: new Map(),
    filled: undefined,
    lastFee: 0n,
    deposited: 0n,
    judged: new Set(),
  };
}

/** One of two events that come together, in either order: the first owes what the second pays. */
export function meet(scope: Scope, what: string, log: HoldfastLog): void {
  if (!scope.owed.delete(what)) scope.owed.set(what, log);
}

/** What the book and the market say together. */
export const orderFilling = (dealKey: Hex, slot: number) => `filling of slot ${slot} of the order for ${dealKey}`;

/** A handover pays the leaving provider's open window before anything else moves. */
export const openWindowPaid = (dealKey: Hex, slot: number) => `handover of slot ${slot} of ${dealKey}`;
