/** What an invariant is: one of the seven statements of DESIGN.md section 6 ("What must never happen"), or a part of one. */
import type { Address } from "viem";
import type { Rules } from "../../node/data/model/rules.ts";
import type { State } from "../../node/data/model/state.ts";
import type { Witness } from "./witness.ts";

/** The market after a step: its state, which the chain confirmed word by word, and what else is known of it. */
export interface Seen {
  readonly state: State;
  readonly rules: Rules;
  /** Latest block. */
  readonly block: bigint;
  readonly vault: Address;
  readonly witness: Witness;
  /** Provider that proves every window and answers whoever asks. */
  readonly honest: Address;
}

export interface Invariant {
  /** Of the seven. */
  readonly statement: 1 | 2 | 3 | 4 | 5 | 6 | 7;
  readonly name: string;
  /** What is wrong, in words; undefined if nothing is. */
  readonly broken: (seen: Seen) => string | undefined;
}

/** The first of the values that `wrong` says something about. */
export function firstOf<T>(values: Iterable<T>, wrong: (value: T) => string | undefined): string | undefined {
  for (const value of values) {
    const found = wrong(value);
    if (found !== undefined) return found;
  }
  return undefined;
}
