/** The market as plain data: slots by the pure transitions of node/data, and the vault's balances that follow from them. */
import type { Address } from "viem";
import {
  cancelSlot,
  dropSlot,
  type ForfeitParameters,
  forfeitSlot,
  type Refusal,
  releaseSlot,
} from "../../../node/data/endings.ts";
import {
  filledSlot,
  type MarketBucket,
  type Move,
  protocolFee,
  type ReplicaClock,
  type Slot,
  settleSlot,
} from "../../../node/data/settlement.ts";
import type { SlotClaim } from "../../../node/data/terms.ts";

export interface Replica {
  readonly claim: SlotClaim;
  readonly firstWindow: number;
  slot: Slot;
}

/** `MarketNothingDue` is settle's own; the others are those of the endings. */
export type Answer = Refusal | "MarketNothingDue" | undefined;

export type Ending = "cancel" | "drop" | "forfeit";

export class MarketModel {
  readonly free = new Map<Address, bigint>();
  readonly held: Record<MarketBucket | "Burned", bigint> = { Escrows: 0n, Collateral: 0n, Bonds: 0n, Burned: 0n };
  readonly replicas: Replica[] = [];
  readonly #parameters: ForfeitParameters;
  readonly #feeBps: bigint;

  constructor(parameters: ForfeitParameters, feeBps: bigint) {
    this.#parameters = parameters;
    this.#feeBps = feeBps;
  }

  /** A deal whose offers were all good. */
  open(opened: readonly { readonly claim: SlotClaim; readonly firstWindow: number }[]): void {
    let escrow = 0n;
    for (const { claim, firstWindow } of opened) {
      const { offer, terms } = claim;
      escrow += offer.price * BigInt(terms.windows);
      this.#spend(offer.provider, offer.collateral);
      this.held.Collateral += offer.collateral;
      this.replicas.push({ claim, firstWindow, slot: filledSlot(terms) });
    }
    const fee = protocolFee(escrow, this.#feeBps);
    this.#spend(opened[0]!.claim.client, escrow + fee);
    this.held.Escrows += escrow;
    this.held.Burned += fee;
  }

  settle(replica: Replica, clock: ReplicaClock, maxWindows: number, caller: Address): Answer {
    if (replica.slot.status !== "Active") return "MarketSlotNotActive";
    const step = settleSlot(replica.slot, replica.claim, clock, {
      maxWindows,
      caller,
      shares: this.#parameters.shares,
    });
    if (step.proven + step.missed === 0) return "MarketNothingDue";
    this.#apply(replica, step);
    return undefined;
  }

  /** `caller` is the client, or for a forfeit the provider: both may earn the caller's share of a failure found on the way. */
  end(kind: Ending, replica: Replica, clock: ReplicaClock, caller: Address): Answer {
    const before = replica.slot;
    if (before.status !== "Active") return "MarketSlotNotActive";
    const maxWindows = before.end;
    const settled = settleSlot(before, replica.claim, clock, { maxWindows, caller, shares: this.#parameters.shares });
    if (settled.slot.status === "Failed") {
      this.#apply(replica, settled);
      return undefined;
    }
    const ended =
      kind === "forfeit"
        ? forfeitSlot(settled.slot, replica.claim, clock, this.#parameters)
        : (kind === "cancel" ? cancelSlot : dropSlot)(settled.slot, replica.claim, clock);
    if (typeof ended === "string") return ended;
    this.#apply(replica, settled);
    this.#apply(replica, ended);
    return undefined;
  }

  release(replica: Replica): Answer {
    const released = releaseSlot(replica.slot, replica.claim);
    if (typeof released === "string") return released;
    this.#apply(replica, released);
    return undefined;
  }

  #apply(replica: Replica, { slot, moves }: { slot: Slot; moves: readonly Move[] }): void {
    replica.slot = slot;
    for (const move of moves) {
      if (move.kind === "shift") {
        this.held[move.from] -= move.amount;
        this.held[move.to] += move.amount;
        continue;
      }
      this.held[move.bucket] -= move.amount;
      if (move.kind === "burn") this.held.Burned += move.amount;
      else this.free.set(move.account, (this.free.get(move.account) ?? 0n) + move.amount);
    }
  }

  #spend(account: Address, amount: bigint): void {
    this.free.set(account, (this.free.get(account) ?? 0n) - amount);
  }
}

/** A provider's bitmap as the test made it. */
export function wordsOf(proven: ReadonlySet<number>): (index: number) => bigint {
  return (index) => {
    let word = 0n;
    for (let bit = 0; bit < 256; bit++) if (proven.has(index * 256 + bit)) word |= 1n << BigInt(bit);
    return word;
  };
}
