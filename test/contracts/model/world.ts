/** What a sequence of random steps acts on: the chain, the model beside it, and what its actors remember. */
import { type Abi, type Address, encodeFunctionData, type Hex } from "viem";
import type { Call } from "../../../node/data/model/call.ts";
import type { JudgedVoucher } from "../../../node/data/model/channels.ts";
import { copyState, type State } from "../../../node/data/model/state.ts";
import type { DownloadSession } from "../../../node/data/strict-download.ts";
import type { Filling } from "../../../node/data/terms.ts";
import type { Random } from "../../fixtures/random.ts";
import { copyWitness, type Witness } from "../../invariants/witness.ts";
import type { StoredReplica } from "../support/replica.ts";
import type { Actor } from "./cast.ts";
import type { Delivery } from "./deliveries.ts";
import { type Market, walletAbi } from "./deployment.ts";

/** What actors know beyond the chain; goes back with it. */
export interface Memory {
  /** Every filling that a slot ever had, also those that were replaced. */
  readonly fillings: Filling[];
  readonly sessions: { readonly session: DownloadSession; readonly delivery: Delivery }[];
  readonly vouchers: (JudgedVoucher & { readonly signature: Hex })[];
  /** Mood of the contract provider (contracts/mocks/WalletMock.sol). */
  mood: number;
  /** Numbers every replica, salt and session of a sequence. */
  count: number;
}

export interface World extends Omit<Market, "state"> {
  state: State;
  memory: Memory;
  witness: Witness;
  /** Latest block. */
  block: bigint;
  readonly stored: readonly StoredReplica[];
  readonly deliveries: readonly Delivery[];
  /** Snapshots that a rewind may go back to, oldest first. */
  readonly forks: Fork[];
}

export interface Fork {
  readonly snapshot: Hex;
  readonly state: State;
  readonly memory: Memory;
  readonly witness: Witness;
  readonly block: bigint;
}

/** One call to the chain and its effect on the model. */
export interface Intent {
  readonly name: string;
  readonly actor: Actor;
  readonly to: Address;
  readonly data: Hex;
  readonly apply: (call: Call) => void;
  /** The most that the call may take out of free balances, by who signed for it; nothing from anybody else. */
  readonly spends?: readonly (readonly [Address, bigint])[];
  /** What else the world has to know once the call went through. */
  readonly learn?: () => void;
}

/** An action chooses what to do, one call after the other; nothing if there is nothing to do it with. */
export type Action = (world: World, dice: Random) => Promise<readonly Intent[]> | readonly Intent[];

export function copyMemory({ fillings, sessions, vouchers, mood, count }: Memory): Memory {
  return { fillings: [...fillings], sessions: [...sessions], vouchers: [...vouchers], mood, count };
}

export async function forkOf({ chain, state, memory, witness, block }: World): Promise<Fork> {
  const copies = { state: copyState(state), memory: copyMemory(memory), witness: copyWitness(witness) };
  return { snapshot: await chain.snapshot(), ...copies, block };
}

/** Puts chain and model back to where they were. */
export async function rewind(world: World, fork: Fork): Promise<void> {
  await world.chain.revert(fork.snapshot);
  world.state = copyState(fork.state);
  world.memory = copyMemory(fork.memory);
  world.witness = copyWitness(fork.witness);
  world.block = fork.block;
}

/** The transaction of a call by an actor, through its wallet if it is a contract. */
export function encode(
  actor: Actor,
  to: Address,
  abi: Abi | readonly unknown[],
  functionName: string,
  args: readonly unknown[],
): { actor: Actor; to: Address; data: Hex } {
  const data = encodeFunctionData({ abi: abi as Abi, functionName, args });
  if (!actor.isContract) return { actor, to, data };
  return {
    actor,
    to: actor.address,
    data: encodeFunctionData({ abi: walletAbi, functionName: "perform", args: [to, data] }),
  };
}

export function pick<T>(dice: Random, choices: readonly T[]): T {
  return choices[dice.between(0, choices.length - 1)]!;
}

/** True `percent` times out of a hundred. */
export function chance(dice: Random, percent: number): boolean {
  return dice.between(0, 99) < percent;
}
