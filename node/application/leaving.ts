// How a provider leaves in order: nothing new is taken, what it keeps is kept to its end, and then everything it put in comes back. Each
// call does what can be done now and says what is waited for; the daemon has to go on proving until the last replica is through.

import type { SigningChain } from "../consensus/chain.ts";
import { replicasOf } from "../consensus/deals.ts";
import { stateOf } from "../consensus/market.ts";
import {
  deregister,
  earnedOf,
  isRegistered,
  providerOf,
  requestUnstake,
  stakeOf,
  unbondingDelay,
  unstakeRequestOf,
  withdrawStake,
} from "../consensus/registry.ts";
import { exposureOf } from "../consensus/retrieval.ts";
import { dueOf, settleDue } from "../consensus/settling.ts";
import { account, isAccounted, isProven, sweep, weightOf } from "../consensus/spacetime.ts";
import { freeOf, withdraw } from "../consensus/vault.ts";
import { closeOf, openWindow } from "../data/windows.ts";
import { setAccepting } from "./pausing.ts";

export interface Leaving {
  /** Out of the registry, with all it had free in its wallet. */
  readonly left: boolean;
  /** What this call did, in order. */
  readonly done: readonly string[];
  /** What has to happen first, and from which block on it may have; absent once it has left. */
  readonly waitsFor?: string;
  readonly untilBlock?: bigint;
  /** Base units. */
  readonly stake: bigint;
  readonly withdrawn: bigint;
}

/** Windows that one call accounts for. */
const WINDOWS = 4_096n;

/** Throws what its transactions throw. */
export async function leaveMarket(chain: SigningChain, folder: string): Promise<Leaving> {
  const me = chain.account.address;
  const done: string[] = [];
  let withdrawn = 0n;
  const waiting = async (waitsFor: string, untilBlock?: bigint): Promise<Leaving> => {
    const stake = await stakeOf(chain, me);
    return { left: false, done, waitsFor, ...(untilBlock === undefined ? {} : { untilBlock }), stake, withdrawn };
  };
  if (await isRegistered(chain, me)) {
    const { ask } = await providerOf(chain, me);
    await setAccepting(chain, folder, { accepting: false, revoke: ask.accepting });
    if (ask.accepting) done.push("takes nothing new, and what it had offered is worthless");
  }
  const kept = await keepToTheEnd(chain, done);
  if (kept !== undefined) return await waiting(kept.waitsFor, kept.untilBlock);
  if ((await exposureOf(chain, me)) > 0n) return await waiting("an answer to a group that was asked for on chain");
  const unstaking = await takeStakeOut(chain, done);
  if (unstaking !== undefined) return await waiting(unstaking.waitsFor, unstaking.untilBlock);
  if (await isRegistered(chain, me)) {
    await deregister(chain);
    done.push("is out of the registry");
  }
  const free = await freeOf(chain, me);
  if (free > 0n) {
    await withdraw(chain, free);
    withdrawn = free;
    done.push("took its tokens out of the vault");
  }
  return { left: true, done, stake: 0n, withdrawn };
}

type Wait = { readonly waitsFor: string; readonly untilBlock?: bigint };

/** Settles what is through, and answers what is not. */
async function keepToTheEnd(chain: SigningChain, done: string[]): Promise<Wait | undefined> {
  const me = chain.account.address;
  const replicas = await replicasOf(chain, me);
  const settled = await settleDue(chain, replicas, { andRelease: true });
  if (settled.length > 0) done.push(`settled ${settled.length} replicas`);
  if (!(await isAccounted(chain, me))) {
    await account(chain, me, WINDOWS);
    done.push("accounted for its windows");
  }
  const active = await dueOf(chain, replicas);
  if (active.length > 0) {
    const last = active.map(({ replica }) => replica);
    return { waitsFor: `${active.length} replicas that it is paid to keep`, untilBlock: await endOf(chain, last) };
  }
  if ((await weightOf(chain, me)) === 0n) return undefined;
  // A replica whose deal is over stays in the bag while a window is open that draws from it.
  const next = (await chain.publicClient.getBlockNumber()) + 1n;
  const window = openWindow(chain.parameters, me, next);
  if (window !== undefined && !(await isProven(chain, me, window))) {
    return { waitsFor: "an open window to close", untilBlock: closeOf(chain.parameters, me, window) };
  }
  await sweep(chain, me, [...new Set(replicas.map(({ offer }) => offer.root))]);
  done.push("emptied its bag");
  return undefined;
}

/** The last block of the longest. */
async function endOf(chain: SigningChain, replicas: Parameters<typeof dueOf>[1]): Promise<bigint> {
  let end = 0n;
  for (const { offer, firstWindow, claim } of replicas) {
    const state = await stateOf(chain, claim);
    if (state === undefined) continue;
    const closes = closeOf(chain.parameters, offer.provider, firstWindow + state.end - 1);
    if (closes > end) end = closes;
  }
  return end;
}

async function takeStakeOut(chain: SigningChain, done: string[]): Promise<Wait | undefined> {
  const me = chain.account.address;
  const stake = await stakeOf(chain, me);
  if (stake === 0n) return undefined;
  const earned = await earnedOf(chain, me);
  if (earned === stake) {
    return { waitsFor: "the minimum stake, below which what was earned of it cannot leave" };
  }
  const [{ amount, availableAt }, delay, block] = await Promise.all([
    unstakeRequestOf(chain, me),
    unbondingDelay(chain),
    chain.publicClient.getBlockNumber(),
  ]);
  if (amount < stake - earned || block > availableAt + delay) {
    await requestUnstake(chain, stake);
    done.push("asked for its stake");
    return { waitsFor: "its stake", untilBlock: block + 1n + delay };
  }
  // A transaction sent now is in the next block.
  if (block + 1n < availableAt) return { waitsFor: "its stake", untilBlock: availableAt };
  await withdrawStake(chain);
  done.push("took its stake out");
  return (await stakeOf(chain, me)) === 0n
    ? undefined
    : { waitsFor: "the minimum stake, below which what was earned of it cannot leave" };
}
