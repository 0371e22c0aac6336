// What is due of a set of replicas, and settling it in few transactions.

import { type Address, type Hex, parseEventLogs } from "viem";
import { storageMarketAbi } from "./abi.ts";
import type { Written } from "./call.ts";
import type { Chain } from "./chain.ts";
import type { Replica } from "./deals.ts";
import { release, type SlotState, settleMany, stateOf } from "./market.ts";
import type { SendOptions } from "./sender.ts";
import { closedWindows, provenBetween } from "./spacetime.ts";

/** What settling needs of a replica: a provider has it on its own disk, anyone else from the chain's events. */
export type Settleable = Pick<Replica, "offer" | "firstWindow" | "claim">;

/** A replica that is still in its slot, and how far its money is behind the chain. */
export interface Due {
  readonly replica: Settleable;
  /** Closed windows that nobody settled yet. */
  readonly windows: number;
  /** Once those are settled, all are, and `release` returns the collateral. */
  readonly last: boolean;
}

/** One slot's part of a settlement, in windows and base units. */
export interface Settled {
  readonly dealKey: Hex;
  readonly provider: Address;
  readonly slot: number;
  readonly proven: number;
  readonly missed: number;
  readonly paid: bigint;
  readonly refunded: bigint;
  /** The slot failed for good: its collateral went to the client and others. */
  readonly failed: boolean;
  /** Collateral that `release` returned to the provider. */
  readonly released: bigint;
}

/** Slots in one transaction, and windows of each: far below the gas cap of a transaction. */
const BATCH = 16;
const WINDOWS = 4_096n;

/** The replicas whose slots are active, with what is due of each. */
export async function dueOf(chain: Chain, replicas: readonly Settleable[]): Promise<Due[]> {
  const providers = [...new Set(replicas.map(({ offer }) => offer.provider))];
  const closed = new Map(
    await Promise.all(providers.map(async (provider) => [provider, await closedWindows(chain, provider)] as const)),
  );
  const found = await Promise.all(
    replicas.map(async (replica): Promise<Due[]> => {
      const { offer, firstWindow } = replica;
      const state = await stateOf(chain, replica.claim);
      if (state?.status !== "active") return [];
      const reached = Math.min(Math.max(closed.get(offer.provider)! - firstWindow, 0), state.end);
      return [{ replica, windows: reached - state.settled, last: reached === state.end }];
    }),
  );
  return found.flat();
}

/**
 * Settles everything that is due of `replicas`, and with `andRelease` returns the collateral of those that are through.
 * Answers one entry per slot that moved money. Throws what `write` throws.
 */
export async function settleDue(
  chain: Chain,
  replicas: readonly Settleable[],
  { andRelease = false, ...send }: SendOptions & { andRelease?: boolean } = {},
): Promise<Settled[]> {
  const results: Written[] = [];
  let due = await dueOf(chain, replicas);
  const ripe = due.filter(({ windows }) => windows > 0);
  // One provider after the other: the market pays runs of one party with one move.
  ripe.sort((a, b) => a.replica.offer.provider.localeCompare(b.replica.offer.provider));
  for (let at = 0; at < ripe.length; at += BATCH) {
    const batch = ripe.slice(at, at + BATCH);
    const claims = batch.map(({ replica }) => replica.claim);
    for (let left = Math.max(...batch.map(({ windows }) => windows)); left > 0; left -= Number(WINDOWS)) {
      results.push(await settleMany(chain, claims, WINDOWS, send));
    }
  }
  if (andRelease) {
    due = await dueOf(
      chain,
      due.filter(({ last }) => last).map(({ replica }) => replica),
    );
    for (const { replica, windows } of due) {
      if (windows === 0) results.push(await release(chain, replica.claim, send));
    }
  }
  return addUp(results, replicas);
}

/** Whether settling an active slot now would fail it: it has missed more windows since it was settled last than it survives. */
export async function failsWhenSettled(
  chain: Chain,
  { offer, firstWindow }: Pick<Replica, "offer" | "firstWindow">,
  { settled, end, missesLeft }: SlotState,
): Promise<boolean> {
  const closed = Math.min(Math.max((await closedWindows(chain, offer.provider)) - firstWindow, 0), end);
  const due = Math.max(0, closed - settled);
  if (due <= missesLeft) return false;
  return due - (await provenBetween(chain, offer.provider, firstWindow + settled, firstWindow + closed)) > missesLeft;
}

/** @param replicas All that the results are about. */
function addUp(results: readonly Written[], replicas: readonly Settleable[]): Settled[] {
  const priceOf = new Map(replicas.map(({ offer }) => [`${offer.dealKey}:${offer.slot}`, offer.price]));
  const slots = new Map<string, Settled>();
  const logs = results.flatMap((result) => [...result.logs]);
  for (const { eventName, args } of parseEventLogs({ abi: storageMarketAbi, logs, strict: true })) {
    if (eventName !== "SlotSettled" && eventName !== "SlotFailed" && eventName !== "SlotReleased") continue;
    const { dealKey, provider, slot } = args;
    const key = `${dealKey}:${slot}`;
    const sum = slots.get(key) ?? { dealKey, provider, slot, ...NOTHING };
    if (eventName === "SlotFailed") slots.set(key, { ...sum, failed: true });
    else if (eventName === "SlotReleased") slots.set(key, { ...sum, released: sum.released + args.collateral });
    else {
      slots.set(key, {
        ...sum,
        proven: sum.proven + args.proven,
        missed: sum.missed + args.missed,
        paid: sum.paid + BigInt(args.proven) * priceOf.get(key)!,
        refunded: sum.refunded + BigInt(args.missed) * priceOf.get(key)!,
      });
    }
  }
  return [...slots.values()];
}

const NOTHING = { proven: 0, missed: 0, paid: 0n, refunded: 0n, failed: false, released: 0n };
