/**
 * What somebody knows who trusts neither the contracts' storage nor the model of it: every movement that the vault reported,
 * what each actor signed, and how things stood a step ago. The invariants hold the market against it.
 */
import { type AbiEvent, type Address, getAddress, type Hex, toEventSelector } from "viem";
import { vaultAbi } from "../../node/consensus/abi.ts";
import { type FilledSlot, heldBuckets, type Module } from "../../node/data/model/state.ts";
import type { Filling } from "../../node/data/terms.ts";

export interface Witness {
  /** The books as the vault's events tell them: free balance by account, and by module / bucket. */
  readonly free: Map<Address, bigint>;
  readonly held: Map<string, bigint>;
  /** Released in total, by module / bucket / account. */
  readonly released: Map<string, bigint>;
  /** Burned in total, by module / bucket. */
  readonly burned: Map<string, bigint>;
  /** Base units that came in and went out through the vault's doors. */
  deposited: bigint;
  withdrawn: bigint;
  /** Most that cancelled slots may have paid their provider for nothing. */
  readonly cancelFees: Map<Address, bigint>;
  /** Windows of each filling that were settled when it was last seen in its slot. */
  readonly settled: Map<Filling, number>;
  /** What it last saw in each slot. */
  readonly standing: Map<string, FilledSlot>;
  /** Last block whose events it knows. */
  heard: bigint;
  /** By provider. */
  readonly stakes: Map<Address, bigint>;
  readonly weights: Map<Address, bigint>;
}

export interface Log {
  readonly topics: readonly Hex[];
  readonly data: Hex;
}

/** A witness who finds the books like this. */
export function witnessOf({ free, held }: Pick<Witness, "free" | "held">, tokens: bigint, heard: bigint): Witness {
  return {
    ...{ free: new Map(free), held: new Map(held), released: new Map(), burned: new Map() },
    ...{ deposited: tokens, withdrawn: 0n, cancelFees: new Map(), settled: new Map(), standing: new Map() },
    ...{ heard, stakes: new Map(), weights: new Map() },
  };
}

export function copyWitness(witness: Witness): Witness {
  const copies = Object.entries(witness).map(([name, part]) => [name, part instanceof Map ? new Map(part) : part]);
  return Object.fromEntries(copies) as unknown as Witness;
}

const events = new Map(
  vaultAbi.flatMap((item) => (item.type === "event" ? [[toEventSelector(item as AbiEvent), item.name] as const] : [])),
);

/** Writes the vault's events into the books, in their order. */
export function observe(witness: Witness, logs: readonly Log[], moduleAt: (address: Address) => Module): void {
  for (const { topics, data } of logs) {
    const amount = BigInt(data);
    const account = (topic: number) => getAddress(`0x${topics[topic]!.slice(26)}`);
    const bucket = (topic: number) => heldBuckets[Number(topics[topic]) - 1]!;
    const place = (topic: number) => `${moduleAt(account(1))}/${bucket(topic)}`;
    switch (events.get(topics[0]!)) {
      case "Deposited":
        witness.deposited += amount;
        add(witness.free, account(1), amount);
        break;
      case "Withdrawn":
        witness.withdrawn += amount;
        add(witness.free, account(1), -amount);
        break;
      case "Locked":
        add(witness.free, account(3), -amount);
        add(witness.held, place(2), amount);
        break;
      case "Released":
        add(witness.held, place(2), -amount);
        add(witness.free, account(3), amount);
        add(witness.released, `${place(2)}/${account(3)}`, amount);
        break;
      case "Shifted":
        add(witness.held, place(2), -amount);
        add(witness.held, place(3), amount);
        break;
      case "Burned":
        add(witness.held, place(2), -amount);
        add(witness.held, `${moduleAt(account(1))}/Burned`, amount);
        add(witness.burned, place(2), amount);
        break;
      case "BurnsSwept":
        witness.withdrawn += amount;
        for (const key of witness.held.keys()) if (key.endsWith("/Burned")) witness.held.set(key, 0n);
        break;
      default:
        throw new Error(`the vault reports something unknown: ${topics[0]}`);
    }
  }
}

export function add<K>(sums: Map<K, bigint>, key: K, amount: bigint): void {
  sums.set(key, (sums.get(key) ?? 0n) + amount);
}
