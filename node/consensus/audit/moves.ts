// The vault's moves in one transaction: those that the rules ask for beside those that the vault tells of. They are compared
// as sums, because contracts pay one party once for many reasons.

import type { Address } from "viem";
import type { Move } from "../../data/settlement.ts";
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

/** One kind of move, in words, which are its key too. */
export type Kind =
  | `lock from ${Address} into ${Bucket} of ${Address}`
  | `release to ${Address} from ${Bucket} of ${Address}`
  | `shift from ${Bucket} to ${Bucket} of ${Address}`
  | `burn out of ${Bucket} of ${Address}`
  | `tokens sent to ${Address}`;

export function newMoves(): MoveSheet {
  return { expected: new Map(), found: new Map() };
}

/** Adds to one side of the sheet. */
export function post(side: Map<string, Sum>, kind: Kind, amount: bigint, log: HoldfastLog): void {
  if (amount === 0n) return;
  side.set(kind, { amount: (side.get(kind)?.amount ?? 0n) + amount, log });
}

/** What the pure rules of slots ask of the vault. */
export function postMarket(sheet: MoveSheet, moves: readonly Move[], market: Address, log: HoldfastLog): void {
  for (const move of moves) {
    if (move.kind === "release") {
      post(sheet.expected, `release to ${move.account} from ${nameOf(move.bucket)} of ${market}`, move.amount, log);
    } else if (move.kind === "lock") {
      post(sheet.expected, `lock from ${move.account} into ${nameOf(move.bucket)} of ${market}`, move.amount, log);
    } else if (move.kind === "shift") {
      post(sheet.expected, `shift from ${nameOf(move.from)} to ${nameOf(move.to)} of ${market}`, move.amount, log);
    } else {
      post(sheet.expected, `burn out of ${nameOf(move.bucket)} of ${market}`, move.amount, log);
    }
  }
}

/** Throws the first move that is not on both sides, with the event that it belongs to. */
export function compareMoves({ expected, found }: MoveSheet): { log: HoldfastLog; broken: RuleBroken } | undefined {
  const anyone = new Map([...expected].filter(([kind]) => kind.startsWith(`release to ${CALLER} `)));
  const rest = new Map(
    [...anyone].map(([kind, { amount }]) => [kind.slice(`release to ${CALLER} `.length), amount] as const),
  );
  for (const [kind, { amount, log }] of found) {
    let surplus = amount - (expected.get(kind)?.amount ?? 0n);
    const [, bucket] = /^release to \S+ (.*)$/.exec(kind) ?? [];
    const waiting = bucket === undefined ? 0n : (rest.get(bucket) ?? 0n);
    if (surplus > 0n && waiting >= surplus) {
      rest.set(bucket!, waiting - surplus);
      surplus = 0n;
    }
    if (surplus !== 0n) return { log, broken: new RuleBroken(kind, amount - surplus, amount) };
  }
  for (const [kind, { amount, log }] of expected) {
    if (anyone.has(kind)) {
      const left = rest.get(kind.slice(`release to ${CALLER} `.length))!;
      if (left !== 0n)
        return { log, broken: new RuleBroken(kind.replace(CALLER, "the caller"), amount, amount - left) };
    } else if (!found.has(kind)) return { log, broken: new RuleBroken(kind, amount, 0n) };
  }
  return undefined;
}

function nameOf(bucket: string): Bucket {
  const found = buckets.find((name) => name === bucket.toLowerCase());
  if (found === undefined) throw new RangeError(`the vault has no bucket ${bucket}`);
  return found;
}
