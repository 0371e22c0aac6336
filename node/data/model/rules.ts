/** What a deployment fixed for good, as far as the model needs it: amounts in base units, times in blocks, shares in basis points. */
import type { Address } from "viem";
import type { ReferenceSchedule, ReferenceState } from "../reference-price.ts";
import type { CapacityRules } from "../rewards.ts";
import type { Shares } from "../settlement.ts";
import type { WindowSchedule } from "../windows.ts";

export interface Rules extends WindowSchedule {
  readonly chainId: number;
  /** Of the market: offers are signed for it. */
  readonly market: Address;
  readonly downloads: Address;
  readonly channels: Address;
  /** K and D of the circuit. */
  readonly challenges: bigint;
  readonly levels: number;
  /** Base units of stake burned per element and miss, times 2^64. */
  readonly beta: bigint;
  readonly maxWeight: bigint;
  readonly minimumStake: bigint;
  readonly unbondingDelay: bigint;
  readonly protocolFeeBps: bigint;
  readonly shares: Shares;
  readonly closeDelay: bigint;
  readonly downloadFeeBps: bigint;
  readonly disputeBlocks: bigint;
  readonly answerBlocks: bigint;
  readonly bond: bigint;
  readonly penalty: bigint;
  readonly rewardBps: bigint;
  /** The most blocks that a reservation, or the answer to one, may take. */
  readonly mostWait: bigint;
  readonly reference: ReferenceSchedule & { readonly first: ReferenceState };
  /** Sectors of a provider, the largest class of one, and what the programme pays for which. */
  readonly capacity: CapacityRules & {
    readonly maxSectors: number;
    readonly maxClass: number;
    readonly firstWindow: number;
  };
  /** Least fee for an audit pin. */
  readonly pinFee: bigint;
}
