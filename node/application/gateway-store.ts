// The client as the gateway uses it: one verb at a time, in the order they were asked for, on fixed terms and within a budget.

import { formatAmount } from "../common/amounts.ts";
import { HoldfastError } from "../common/errors.ts";
import type { ObjectStore } from "../interface/gateway/object-store.ts";
import { createGate } from "../physical/gate.ts";
import type { Client, PutOptions } from "./sdk.ts";

export interface StoreTerms extends Pick<PutOptions, "k" | "n" | "windows" | "minSlots" | "regions" | "public"> {
  /** The most that one object may cost, fee included; base units. */
  readonly budget: bigint;
  /** The most that all that is stored and read may cost until the gateway stops; the read that exceeds it is the last. */
  readonly totalBudget?: bigint | undefined;
  /** The most to pay per piece read; base units. */
  readonly maxPrice?: bigint | undefined;
}

/** `signal` ends whatever is under way. */
export function createClientStore(client: Client, terms: StoreTerms, signal: AbortSignal): ObjectStore {
  const { budget, totalBudget, maxPrice, ...shape } = terms;
  const gate = createGate(1);
  let spent = 0n;

  /** What one more object may cost. */
  const allowance = () => {
    if (totalBudget === undefined || totalBudget - spent >= budget) return budget;
    return totalBudget - spent;
  };

  /** Resolves when it is one's turn, with what ends it. */
  const turn = () =>
    new Promise<() => void>((ready) => {
      void gate(() => new Promise<void>((release) => ready(release)));
    });

  return {
    put: (path, name) =>
      gate(async () => {
        if (totalBudget !== undefined && spent >= totalBudget) throw exhausted(totalBudget);
        const stored = await client.put(path, { ...shape, name, budget: allowance(), signal });
        spent += (stored.escrow ?? 0n) + (stored.fee ?? 0n);
        return { dealKey: stored.dealKey, capability: stored.capability };
      }),
    abandon: (path) => gate(() => client.abandon(path, { signal })),
    async stored({ name, cid, since }) {
      const files = await client.ls();
      return files.filter(
        (file) =>
          file.name === name && file.cid === cid && file.endedAt === undefined && Date.parse(file.storedAt) >= since,
      );
    },
    async *read(capability, range, reader) {
      const done = await turn();
      try {
        if (totalBudget !== undefined && spent >= totalBudget) throw exhausted(totalBudget);
        const onPaid = (amount: bigint) => {
          spent += amount;
        };
        yield* client.cat(capability, { ...range, maxPrice, onPaid, signal: AbortSignal.any([signal, reader]) });
      } finally {
        done();
      }
    },
    end: (capability) =>
      gate(async () => {
        await client.rm(capability, { signal }).catch((cause: unknown) => {
          // A chain that knows no such deal has nothing to end.
          if (!(cause instanceof HoldfastError) || cause.code !== "DEAL_UNKNOWN") throw cause;
        });
      }),
    async findPublic(cid) {
      const files = await client.ls();
      const found = files.findLast(
        ({ cid: own, hot, slots, endedAt, name }) =>
          own === cid && hot !== undefined && hot < slots && endedAt === undefined && !name.endsWith("/"),
      );
      return found && { dealKey: found.dealKey, capability: found.capability, name: found.name, size: found.size };
    },
  };
}

function exhausted(total: bigint): HoldfastError {
  return new HoldfastError(
    "ABOVE_BUDGET",
    `The gateway has spent its ${formatAmount(total)} tokens: start it again with another --total-budget.`,
    { details: { budget: total } },
  );
}
