// What a steward may agree to in a deal now: the limits that its client set on the chain, and those of every steward.

import { isAddressEqual } from "viem";
import { HoldfastError } from "../../../common/errors.ts";
import { stewardshipOf } from "../../../consensus/changes.ts";
import { actingSteward } from "../../../data/stewards.ts";
import type { ClientContext } from "../context.ts";
import type { LiveDeal } from "../deal-on-chain.ts";
import type { Limits } from "../repair/candidates.ts";
import type { LostSlot } from "../repair/lost-slots.ts";

export interface Mandate {
  /** Replacements that may still be approved before the client is heard of again. */
  readonly approvals: number;
  /** Last block at which the steward may act; absent when the terms themselves name it. */
  readonly until?: number;
  /** On which terms it may fill a slot, or why it may not. */
  limitsOf(lost: LostSlot): Limits | string;
}

/** Throws `NOT_THE_STEWARD` when the deal's client named another, or nobody, and `MANDATE_OVER` after the last block of it. */
export async function readMandate({ chain }: ClientContext, { deal }: LiveDeal): Promise<Mandate> {
  const [stewardship, block] = await Promise.all([
    stewardshipOf(chain, deal.dealKey),
    chain.publicClient.getBlockNumber(),
  ]);
  const me = chain.account.address;
  const { terms, dealKey } = deal;
  const { grant } = stewardship;
  if (!isAddressEqual(actingSteward(stewardship, terms), me)) {
    throw new HoldfastError(
      "NOT_THE_STEWARD",
      `${me} is not the steward of this file: its owner names it with \`holdfast client steward\`.`,
      { details: { dealKey, steward: actingSteward(stewardship, terms) } },
    );
  }
  if (grant !== undefined && block >= grant.until) {
    throw new HoldfastError(
      "MANDATE_OVER",
      `The owner of this file let its steward act until block ${grant.until}, and it is block ${block}.`,
      { details: { dealKey, until: grant.until, block } },
    );
  }
  const approvals = terms.slots - terms.threshold - stewardship.approvals;
  return {
    approvals,
    ...(grant === undefined ? {} : { until: grant.until }),
    limitsOf({ old }) {
      if (old === undefined) return "it never had a provider, and only its owner may pay for one";
      if (approvals <= 0)
        return "its owner has not been heard of since the last replacements that a steward may approve";
      const { price, collateral } = old.offer;
      return {
        maxPrice: grant === undefined || price < grant.maxPrice ? price : grant.maxPrice,
        minCollateral: grant === undefined || collateral > grant.minCollateral ? collateral : grant.minCollateral,
      };
    },
  };
}
