/** One call to a contract of the model: who calls in which block, what it may read and write, and how it is refused. */
import type { Address } from "viem";
import { HoldfastError } from "../../common/errors.ts";
import type { Rules } from "./rules.ts";
import type { State } from "./state.ts";

export interface Call {
  readonly state: State;
  readonly rules: Rules;
  /** Number of the block that the call is in. */
  readonly block: bigint;
  readonly caller: Address;
  /** How to take back what the call wrote so far, latest last. */
  readonly undo: (() => void)[];
}

/** Writes into a table of the state, so that a refusal can take it back. */
export function put<K, V>(call: Call, table: Map<K, V>, key: K, value: V): void {
  const before = table.get(key);
  const was = table.has(key);
  call.undo.push(() => {
    if (was) table.set(key, before as V);
    else table.delete(key);
  });
  table.set(key, value);
}

/** Removes from a table of the state, so that a refusal can put it back. */
export function take<K, V>(call: Call, table: Map<K, V>, key: K): void {
  const before = table.get(key);
  if (before === undefined) return;
  call.undo.push(() => table.set(key, before));
  table.delete(key);
}

/** Ends the call as the contract does, with the name of its error. */
export function refuse(error: string): never {
  throw new HoldfastError("CALL_REFUSED", `The contract refuses this call with ${error}.`, { details: { error } });
}

export function requireThat(condition: boolean, error: string): asserts condition {
  if (!condition) refuse(error);
}

/**
 * Runs a call in full or not at all.
 * @returns the name of the contract's error, or undefined if the call went through.
 */
export function transact(context: Omit<Call, "undo">, run: (call: Call) => void): string | undefined {
  const call: Call = { ...context, undo: [] };
  try {
    run(call);
    return undefined;
  } catch (failure) {
    for (const restore of call.undo.reverse()) restore();
    if (!(failure instanceof HoldfastError) || failure.code !== "CALL_REFUSED") throw failure;
    return failure.details.error as string;
  }
}

/** Runs a part of a call that may fail without failing the call, like Solidity's `try`. */
export function attempt(call: Call, part: (inner: Call) => void): string | undefined {
  const { undo, ...context } = call;
  let done: (() => void)[] = [];
  const refusal = transact(context, (inner) => {
    part(inner);
    done = inner.undo;
  });
  undo.push(...done);
  return refusal;
}
