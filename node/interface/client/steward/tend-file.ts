// One look of a steward at one file: failures written down, lost slots filled within the limits, earned bonuses claimed. It
// holds a repair capability and never anything that reads the file.

import { HoldfastError } from "../../../common/errors.ts";
import { decodeCapability } from "../../../data/capability-codec.ts";
import type { ClientContext } from "../context.ts";
import { readDeal } from "../deal-on-chain.ts";
import { surveySlots, vacateSlots } from "../repair/lost-slots.ts";
import { type RepairResult, repairFile } from "../repair/repair.ts";
import { type Bonus, claimBonuses } from "./bonuses.ts";
import { readMandate } from "./mandate.ts";

export interface TendOptions {
  /** A repair capability, and no stronger one. */
  readonly capability: string;
  /** The most to pay per piece fetched; base units. Unless told, a few times what the k cheapest ask. */
  readonly maxPrice?: bigint | undefined;
}

export interface TendResult {
  readonly dealKey: string;
  /** Replacements that may still be approved before the client is heard of again. */
  readonly approvals: number;
  readonly bonuses: readonly Bonus[];
  readonly stillLost: RepairResult["stillLost"];
  /** Present when a slot could be filled or tried. */
  readonly repair?: RepairResult;
}

/** Throws `CAPABILITY_TOO_STRONG` or `_TOO_WEAK`, what `readMandate` throws, and faults of this side. */
export async function tendFile(context: ClientContext, options: TendOptions): Promise<TendResult> {
  const capability = decodeCapability(options.capability);
  if (capability.type === "owner") {
    throw new HoldfastError(
      "CAPABILITY_TOO_STRONG",
      "A machine that works unattended needs no more than a repair capability: make one with `holdfast client share`.",
    );
  }
  if (capability.type !== "repair") {
    throw new HoldfastError(
      "CAPABILITY_TOO_WEAK",
      `A ${capability.type} capability cannot repair the file: ask its owner for a repair capability.`,
    );
  }
  let live = await readDeal(context, capability);
  const mandate = await readMandate(context, live);
  const bonuses = await claimBonuses(context, live);
  if (await vacateSlots(context, live)) live = await readDeal(context, capability);
  const survey = await surveySlots(context, live);
  const known = { dealKey: live.deal.dealKey, bonuses };
  const refused = survey.lost.flatMap((lost) => {
    const limits = mandate.limitsOf(lost);
    return typeof limits === "string" ? [{ slot: lost.slot, reason: limits }] : [];
  });
  if (survey.lost.length === refused.length) {
    return { ...known, approvals: mandate.approvals, stillLost: [...survey.hopeless, ...refused] };
  }
  // One approval each: what is beyond them waits for the client.
  let left = mandate.approvals;
  const repair = await repairFile(context, {
    ...options,
    limitsOf: (lost) => {
      const limits = mandate.limitsOf(lost);
      if (typeof limits === "string" || left-- > 0) return limits;
      return "its owner has not been heard of since the last replacements that a steward may approve";
    },
  });
  return {
    ...known,
    approvals: mandate.approvals - repair.repaired.length,
    stillLost: repair.stillLost,
    repair,
  };
}
