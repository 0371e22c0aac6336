// What an audit finds: the first place in which a chain's history and the rules say different things.

import type { Hex } from "viem";

/** Where in the history; without a transaction it is the state after the block's last one. */
export interface Place {
  readonly block: bigint;
  readonly transaction?: Hex;
  readonly logIndex?: number;
  /** The event's name, or `state`. */
  readonly event: string;
}

/** `what` names a figure; `expected` is what the rules give for it, `found` what the chain says. */
export interface Difference extends Place {
  readonly what: string;
  readonly expected: string;
  readonly found: string;
}

/** Thrown inside a replay, which adds the place. */
export class RuleBroken extends Error {
  readonly what: string;
  readonly expected: string;
  readonly found: string;

  constructor(what: string, expected: unknown, found: unknown) {
    super(`${what}: expected ${String(expected)}, found ${String(found)}`);
    this.what = what;
    this.expected = String(expected);
    this.found = String(found);
  }
}

type Figure = bigint | number | string | boolean | undefined;

/** Throws RuleBroken unless both read the same: 1n and 1 are one figure, and so are addresses of either case. */
export function same(what: string, expected: Figure, found: Figure): void {
  if (String(expected).toLowerCase() !== String(found).toLowerCase()) throw new RuleBroken(what, expected, found);
}

/** Throws RuleBroken unless `held`; `expected` says in words what the rule is. */
export function holds(held: boolean, what: string, expected: string, found: Figure): void {
  if (!held) throw new RuleBroken(what, expected, found);
}
