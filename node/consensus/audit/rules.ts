// What a deployment fixed for good, as far as its books depend on it.

import type { Address, Hex } from "viem";
import type { ReferenceSchedule } from "../../data/reference-price.ts";
import type { CapacityRules } from "../../data/rewards.ts";
import type { Shares } from "../../data/settlement.ts";
import type { WindowSchedule } from "../../data/windows.ts";
import {
  auditPinsAbi,
  capacityProgrammeAbi,
  forcedRetrievalAbi,
  orderBookAbi,
  providerRegistryAbi,
  referencePriceAbi,
  rewardPoolAbi,
  storageMarketAbi,
  strictDownloadAbi,
} from "../abi.ts";
import { read } from "../call.ts";
import { type CapacityProfile, capacityProfile } from "../capacity.ts";
import type { Addresses, Chain } from "../chain.ts";

/** Blocks, base units and basis points. */
export interface Rules {
  readonly chainId: number;
  readonly addresses: Addresses;
  readonly schedule: WindowSchedule;
  /** K and D of the circuit. */
  readonly challenges: number;
  readonly levels: number;
  /** Base units of stake burned per element and miss, times 2^64. */
  readonly beta: bigint;
  readonly maxWeight: bigint;
  readonly minimumStake: bigint;
  readonly unbondingDelay: bigint;
  readonly accountingRewardBps: bigint;
  readonly withheldShareBps: bigint;
  readonly protocolFeeBps: bigint;
  readonly shares: Shares;
  readonly closeDelay: bigint;
  readonly downloadFeeBps: bigint;
  readonly disputeBlocks: bigint;
  readonly bond: bigint;
  readonly penalty: bigint;
  readonly answerBlocks: bigint;
  readonly rewardBps: bigint;
  readonly minimumPinFee: bigint;
  /** Blocks that an order's reservation or answer may take. */
  readonly mostWait: bigint;
  readonly reference: ReferenceSchedule;
  /** Where the deployment has proofs of empty capacity. */
  readonly capacity: CapacityAuditRules | undefined;
}

/** What empty capacity is proven and paid by. */
export interface CapacityAuditRules extends CapacityRules, CapacityProfile {
  /** CapacityProofs and CapacityProgramme. */
  readonly proofs: Address;
  readonly programme: Address;
  readonly firstWindow: number;
}

/** Reads them once; they are immutable. */
export async function readRules(chain: Chain): Promise<Rules> {
  const { addresses, parameters, chainId } = chain;
  const market = { address: addresses.market, abi: storageMarketAbi, args: [] } as const;
  const registry = { address: addresses.registry, abi: providerRegistryAbi, args: [] } as const;
  const downloads = { address: addresses.downloads, abi: strictDownloadAbi, args: [] } as const;
  const retrieval = { address: addresses.retrieval, abi: forcedRetrievalAbi, args: [] } as const;
  const rewards = { address: addresses.rewards, abi: rewardPoolAbi, args: [] } as const;
  const [
    protocolFeeBps,
    client,
    repairer,
    caller,
    minimumStake,
    unbondingDelay,
    accountingRewardBps,
    withheldShareBps,
  ] = await Promise.all([
    read(chain, { ...market, functionName: "PROTOCOL_FEE_BPS" }),
    read(chain, { ...market, functionName: "CLIENT_SHARE_BPS" }),
    read(chain, { ...market, functionName: "REPAIRER_SHARE_BPS" }),
    read(chain, { ...market, functionName: "CALLER_SHARE_BPS" }),
    read(chain, { ...registry, functionName: "MINIMUM_STAKE" }),
    read(chain, { ...registry, functionName: "UNBONDING_DELAY" }),
    read(chain, { ...registry, functionName: "ACCOUNTING_REWARD_BPS" }),
    read(chain, { ...registry, functionName: "WITHHELD_SHARE_BPS" }),
  ]);
  const [downloadFeeBps, disputeBlocks, bond, penalty, answerBlocks, rewardBps, minimumPinFee] = await Promise.all([
    read(chain, { ...downloads, functionName: "PROTOCOL_FEE_BPS" }),
    read(chain, { ...downloads, functionName: "DISPUTE_BLOCKS" }),
    read(chain, { ...retrieval, functionName: "BOND" }),
    read(chain, { ...retrieval, functionName: "PENALTY" }),
    read(chain, { ...retrieval, functionName: "ANSWER_BLOCKS" }),
    read(chain, { ...rewards, functionName: "REWARD_BPS" }),
    read(chain, { address: addresses.pins, abi: auditPinsAbi, functionName: "MINIMUM_FEE", args: [] }),
  ]);
  const price = { address: addresses.reference, abi: referencePriceAbi, args: [] } as const;
  const [mostWait, start, periodBlocks, leastPrice] = await Promise.all([
    read(chain, { address: addresses.orders, abi: orderBookAbi, functionName: "MOST_WAIT", args: [] }),
    read(chain, { ...price, functionName: "START" }),
    read(chain, { ...price, functionName: "PERIOD" }),
    read(chain, { ...price, functionName: "LEAST_PRICE" }),
  ]);
  const { genesis, period, windowLength, challenges, levels, beta, maxWeight, closeDelay } = parameters;
  return {
    chainId,
    addresses,
    schedule: { genesis, period, windowLength },
    challenges,
    levels,
    beta,
    maxWeight,
    minimumStake,
    unbondingDelay,
    accountingRewardBps,
    withheldShareBps,
    protocolFeeBps,
    shares: { client, repairer, caller },
    closeDelay,
    downloadFeeBps,
    disputeBlocks,
    bond,
    penalty,
    answerBlocks,
    rewardBps,
    minimumPinFee,
    mostWait,
    reference: { start, periodBlocks, leastPrice },
    capacity: await readCapacityRules(chain),
  };
}

async function readCapacityRules(chain: Chain): Promise<CapacityAuditRules | undefined> {
  const { capacity: proofs, programme } = chain.addresses;
  if (proofs === undefined || programme === undefined) return undefined;
  const contract = { address: programme, abi: capacityProgrammeAbi, args: [] } as const;
  const [profile, rate, mostPerWindow, mostPerPeriod, firstWindow] = await Promise.all([
    capacityProfile(chain),
    read(chain, { ...contract, functionName: "RATE" }),
    read(chain, { ...contract, functionName: "MOST_PER_WINDOW" }),
    read(chain, { ...contract, functionName: "MOST_PER_PERIOD" }),
    read(chain, { ...contract, functionName: "FIRST_WINDOW" }),
  ]);
  return { ...profile, proofs, programme, rate, mostPerWindow, mostPerPeriod, firstWindow };
}

/** ceil(misses * beta * W / 2^64): what that many missed windows of W padded elements burn. */
export function burnOf({ beta }: Pick<Rules, "beta">, weight: bigint, misses: bigint): bigint {
  return (misses * beta * weight + 2n ** 64n - 1n) >> 64n;
}

/** The highest price per window that the proofs can stand for, for a replica of 2^m elements. */
export function priceLimitOf({ challenges, beta }: Pick<Rules, "beta" | "challenges">, m: number): bigint {
  const kept = BigInt(challenges - Math.floor(challenges / 4));
  return ((kept * beta) << BigInt(m)) >> 66n;
}

/** A contract's name in a sentence. */
export function nameOf(addresses: Addresses, address: Hex | Address): string {
  const found = Object.entries(addresses).find(([, one]) => one.toLowerCase() === address.toLowerCase());
  return found?.[0] ?? address;
}
