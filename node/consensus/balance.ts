// The balance sheet of a deployment: what each party put in, earned, lost and still has, re-derived from events and then
// held against the vault's state.

import type { Address } from "viem";
import { forcedRetrievalAbi, storageMarketAbi } from "./abi.ts";
import { read } from "./call.ts";
import type { Chain } from "./chain.ts";
import { readEvents } from "./events.ts";
import { type Place, type Transfer, transfersOf } from "./ledger.ts";
import { type Bucket, freeOf, totalLiabilities, totalOf, vaultBalance } from "./vault.ts";

/** The buckets in which a party's money can be locked. */
export const lockedBuckets = ["escrows", "stakes", "collateral", "bonds", "channels"] as const;
export type LockedBucket = (typeof lockedBuckets)[number];

/** One party's sheet, in base units. */
export interface PartySheet {
  readonly party: Address;
  deposited: bigint;
  withdrawn: bigint;
  /** For stored windows, cancel fees included. */
  earnedStorage: bigint;
  earnedRetrieval: bigint;
  /** For accounting for misses, settling failures and being denied bytes. */
  rewards: bigint;
  /** Bonds of others' forced retrievals, for answers, and of clients that kept silent about a commitment. */
  earnedBonds: bigint;
  /** Out of the reward pool. */
  subsidies: bigint;
  /** Lost collateral of others that became this party's. */
  compensation: bigint;
  paidStorage: bigint;
  paidRetrieval: bigint;
  /** Of what it had escrowed; part of `free` again, so it counts neither as income nor as expense. */
  refunded: bigint;
  /** Stake taken for misses. */
  slashed: bigint;
  collateralLost: bigint;
  /** Protocol fee, burned. */
  fee: bigint;
  /** Bonds of its forced retrievals that were answered; deposits and bonds that it lost in orders. */
  paidBonds: bigint;
  /** Given to the reward pool. */
  funded: bigint;
  readonly locked: Record<LockedBucket, bigint>;
  free: bigint;
  /** In minus out minus what is left: zero, or the sheet is wrong. */
  difference: bigint;
}

export interface BalanceSheet {
  /** The block at which all of this was true. */
  readonly block: bigint;
  readonly parties: readonly PartySheet[];
  /** Burned so far, and how much of it has left for the dead address. */
  readonly burned: bigint;
  readonly swept: bigint;
  /** What is left of what was given to the reward pool. */
  readonly pool: bigint;
  /** Bucket totals as the vault states them. */
  readonly totals: Readonly<Record<Bucket, bigint>>;
  readonly liabilities: bigint;
  readonly vaultTokens: bigint;
  /** tokens >= liabilities, and liabilities are the sum of the buckets. */
  readonly solvent: boolean;
  /** Every sentence here is a way in which events and vault disagree; none when the sheet closes. */
  readonly problems: readonly string[];
}

/**
 * The sheet at the latest block. It closes when `problems` is empty: every party's sheet comes to zero, its free balance
 * equals the vault's, and every bucket equals the sum of what the parties have in it.
 */
export async function balanceSheet(chain: Chain): Promise<BalanceSheet> {
  const { market, retrieval } = chain.addresses;
  const share = (functionName: "CLIENT_SHARE_BPS" | "REPAIRER_SHARE_BPS") =>
    read(chain, { address: market, abi: storageMarketAbi, functionName, args: [] });
  const [block, client, repairer, bond] = await Promise.all([
    chain.publicClient.getBlockNumber(),
    share("CLIENT_SHARE_BPS"),
    share("REPAIRER_SHARE_BPS"),
    read(chain, { address: retrieval, abi: forcedRetrievalAbi, functionName: "BOND", args: [] }),
  ]);
  const logs = await readEvents(chain, { from: chain.fromBlock, to: block });
  const transfers = transfersOf(logs, { market, shares: { client, repairer }, bond });
  const { parties, burned, swept, pool } = addUp(transfers);
  const [free, totals, liabilities, vaultTokens] = await Promise.all([
    Promise.all(parties.map(({ party }) => freeOf(chain, party, block))),
    totalsAt(chain, block),
    totalLiabilities(chain, block),
    vaultBalance(chain, block),
  ]);
  return {
    block,
    parties,
    burned,
    swept,
    pool,
    totals,
    liabilities,
    vaultTokens,
    solvent: vaultTokens >= liabilities && sum(Object.values(totals)) === liabilities,
    problems: compare(parties, free, totals, { burned: burned - swept, pool }),
  };
}

async function totalsAt(chain: Chain, block: bigint): Promise<Record<Bucket, bigint>> {
  const names = ["accounts", ...lockedBuckets, "pools", "burned"] as const;
  const totals = await Promise.all(names.map(async (name) => [name, await totalOf(chain, name, block)] as const));
  return Object.fromEntries(totals) as Record<Bucket, bigint>;
}

/** Sheets of all parties, by first appearance. */
export function addUp(transfers: readonly Transfer[]): Pick<BalanceSheet, "burned" | "swept" | "pool"> & {
  parties: PartySheet[];
} {
  const sheets = new Map<Address, PartySheet>();
  let burned = 0n;
  let swept = 0n;
  let pool = 0n;
  const sheetOf = (party: Address) => {
    const sheet = sheets.get(party) ?? emptySheet(party);
    sheets.set(party, sheet);
    return sheet;
  };
  const post = (place: Place, amount: bigint): PartySheet | undefined => {
    if (typeof place === "string") return undefined;
    const sheet = sheetOf(place.party);
    if (place.bucket === "accounts") sheet.free += amount;
    else sheet.locked[place.bucket as LockedBucket] += amount;
    return sheet;
  };
  for (const { reason, from, to, amount } of transfers) {
    const giver = post(from, -amount);
    const taker = post(to, amount);
    if (to === "burned") burned += amount;
    if (reason === "sweep") swept += amount;
    if (reason === "funding") {
      pool += amount;
      giver!.funded += amount;
    }
    if (reason === "subsidy") {
      pool -= amount;
      taker!.subsidies += amount;
    }
    if (reason === "bond") {
      giver!.paidBonds += amount;
      if (taker !== undefined) taker.earnedBonds += amount;
    }
    if (reason === "deposit") taker!.deposited += amount;
    if (reason === "withdrawal") giver!.withdrawn += amount;
    if (reason === "fee") giver!.fee += amount;
    if (reason === "refund") taker!.refunded += amount;
    if (reason === "storage") {
      giver!.paidStorage += amount;
      taker!.earnedStorage += amount;
    }
    if (reason === "retrieval") {
      giver!.paidRetrieval += amount;
      taker!.earnedRetrieval += amount;
    }
    if (reason === "slash") giver!.slashed += amount;
    if (reason === "collateralBurn") giver!.collateralLost += amount;
    if (reason === "compensation") {
      giver!.collateralLost += amount;
      taker!.compensation += amount;
    }
    if (reason === "reward") {
      const lost = typeof from !== "string" && from.bucket === "stakes" ? "slashed" : "collateralLost";
      giver![lost] += amount;
      taker!.rewards += amount;
    }
  }
  for (const sheet of sheets.values()) sheet.difference = differenceOf(sheet);
  return { parties: [...sheets.values()], burned, swept, pool };
}

function emptySheet(party: Address): PartySheet {
  return {
    party,
    deposited: 0n,
    withdrawn: 0n,
    earnedStorage: 0n,
    earnedRetrieval: 0n,
    rewards: 0n,
    earnedBonds: 0n,
    subsidies: 0n,
    compensation: 0n,
    paidStorage: 0n,
    paidRetrieval: 0n,
    refunded: 0n,
    slashed: 0n,
    collateralLost: 0n,
    fee: 0n,
    paidBonds: 0n,
    funded: 0n,
    locked: { escrows: 0n, stakes: 0n, collateral: 0n, bonds: 0n, channels: 0n },
    free: 0n,
    difference: 0n,
  };
}

function differenceOf(sheet: PartySheet): bigint {
  const { deposited, earnedStorage, earnedRetrieval, rewards, earnedBonds, subsidies, compensation } = sheet;
  const income = deposited + earnedStorage + earnedRetrieval + rewards + earnedBonds + subsidies + compensation;
  const { withdrawn, paidStorage, paidRetrieval, slashed, collateralLost, fee, paidBonds, funded } = sheet;
  const expense = withdrawn + paidStorage + paidRetrieval + slashed + collateralLost + fee + paidBonds + funded;
  return income - expense - sum(Object.values(sheet.locked)) - sheet.free;
}

function compare(
  parties: readonly PartySheet[],
  free: readonly bigint[],
  totals: Readonly<Record<Bucket, bigint>>,
  nobodys: { readonly burned: bigint; readonly pool: bigint },
): string[] {
  const problems: string[] = [];
  const differ = (what: string, derived: bigint, stated: bigint) => {
    if (derived !== stated) problems.push(`${what}: ${derived} by the events, ${stated} by the vault`);
  };
  for (const [i, sheet] of parties.entries()) {
    differ(`free balance of ${sheet.party}`, sheet.free, free[i]!);
    if (sheet.difference !== 0n) problems.push(`the sheet of ${sheet.party} is off by ${sheet.difference}`);
    const negative = lockedBuckets.find((bucket) => sheet.locked[bucket] < 0n);
    if (negative !== undefined) problems.push(`${sheet.party} has less than nothing in ${negative}`);
  }
  differ("accounts", sum(parties.map((sheet) => sheet.free)), totals.accounts);
  for (const bucket of lockedBuckets) {
    differ(bucket, sum(parties.map((sheet) => sheet.locked[bucket])), totals[bucket]);
  }
  differ("pools", nobodys.pool, totals.pools);
  differ("burned", nobodys.burned, totals.burned);
  return problems;
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n);
}
