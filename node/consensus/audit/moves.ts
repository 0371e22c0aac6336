// The vault's moves in one transaction: those that the rules ask for beside those that the vault tells of. They are compared
// as sums, because contracts pay one party once for many reasons.

import type { Address } from "viem";
import type { BookMove } from "../../data/order-book.ts";
import type { HoldfastLog } from "../events.ts";
import { type Bucket, buckets } from "../vault.ts";
import { RuleBroken } from "./difference.ts";

/** Stands for whoever called: events do not name it, so the vault's word is taken for it, but not for the amount. */
export const CALLER = "0x0000000000000000000000000000000000000000" satisfies Address;

interface Sum {
  amount: bigint;
  /** The last event that it came from. */
  log: HoldfastLog;
}

export interface MoveSheet {
  readonly expected: Map<string, Sum>;
  readonly found: Map<string, Sum>;
}

/** One kind of move, in words. */
export type Kind =
  | `lock from ${Address} into ${Bucket} of ${Address}`
  | `release to ${Address} from ${Bucket} of ${Address}`
  | `shift from ${Bucket} to ${Bucket} of ${Address}`
  | `burn out of ${Bucket} of ${Address}`
  | `tokens sent to ${Address}`;

export function newMoves(): MoveSheet {
  return { expected: new Map(), found: new Map() };
}

/**
 * Adds to one side of the sheet. A release takes away from what the same account locked: contracts lock first and give back
 * what could not be used, and nobody is the richer or poorer for it.
 */
export function post(side: Map<string, Sum>, kind: Kind, amount: bigint, log: HoldfastLog): void {
  if (amount === 0n) return;
  const [, account, place] = /^release to (\S+) from (.*)$/.exec(kind) ?? [];
  const key = account === undefined ? kind : `lock from ${account} into ${place}`;
  const signed = account === undefined ? amount : -amount;
  side.set(key, { amount: (side.get(key)?.amount ?? 0n) + signed, log });
}

/** What the pure rules of slots and orders ask of the vault in a module's name. */
export function postMoves(sheet: MoveSheet, moves: readonly BookMove[], module: Address, log: HoldfastLog): void {
  for (const move of moves) post(sheet.expected, kindOf(move, module), move.amount, log);
}

function kindOf(move: BookMove, module: Address): Kind {
  switch (move.kind) {
    case "lock":
      return `lock from ${move.account} into ${nameOf(move.bucket)} of ${module}`;
    case "release":
      return `release to ${move.account} from ${nameOf(move.bucket)} of ${module}`;
    case "shift":
      return `shift from ${nameOf(move.from)} to ${nameOf(move.to)} of ${module}`;
    case "burn":
      return `burn out of ${nameOf(move.bucket)} of ${module}`;
  }
}

/** The first move that is not on both sides, with the event that it belongs to. */
export function compareMoves({ expected, found }: MoveSheet): { log: HoldfastLog; broken: RuleBroken } | undefined {
  const anyone = `lock from ${CALLER} into `;
  // What the caller earns, by where it comes from; negative, as all that is released.
  const waiting = new Map<string, Sum>();
  for (const [kind, sum] of expected) if (kind.startsWith(anyone)) waiting.set(kind.slice(anyone.length), { ...sum });
  for (const kind of new Set([...found.keys(), ...expected.keys()])) {
    if (kind.startsWith(anyone)) continue;
    const [one, other] = [expected.get(kind), found.get(kind)];
    const amounts = [one?.amount ?? 0n, other?.amount ?? 0n] as const;
    const surplus = amounts[1] - amounts[0];
    const caller = waiting.get(/^lock from \S+ into (.*)$/.exec(kind)?.[1] ?? "");
    if (surplus < 0n && caller !== undefined && caller.amount <= surplus) caller.amount -= surplus;
    else if (surplus !== 0n)
      return { log: (other ?? one)!.log, broken: new RuleBroken(inWords(kind, ...amounts), ...abs(amounts)) };
  }
  for (const [place, { amount, log }] of waiting) {
    if (amount !== 0n) return { log, broken: new RuleBroken(`release to the caller from ${place}`, -amount, 0n) };
  }
  return undefined;
}

/** As the contracts would say it: what is released is not called a negative lock. */
function inWords(kind: string, expected: bigint, found: bigint): string {
  const [, account, place] = /^lock from (\S+) into (.*)$/.exec(kind) ?? [];
  const released = expected < 0n || (expected === 0n && found < 0n);
  return released && account !== undefined ? `release to ${account} from ${place}` : kind;
}

function abs([expected, found]: readonly [bigint, bigint]): [bigint, bigint] {
  const sign = expected < 0n || (expected === 0n && found < 0n) ? -1n : 1n;
  return [sign * expected, sign * found];
}

function nameOf(bucket: string): Bucket {
  const found = buckets.find((name) => name === bucket.toLowerCase());
  if (found === undefined) throw new RangeError(`the vault has no bucket ${bucket}`);
  return found;
}
