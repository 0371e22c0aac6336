// What a put has decided and how far it is: the content of its journal.

import type { Address, Hex } from "viem";
import { HoldfastError } from "../../common/errors.ts";
import { leastChallenges } from "../../data/detection.ts";
import { dealKeyOf, MAX_WINDOWS, type Quote, type SignedOffer, type Terms } from "../../data/terms.ts";

/** Fixed before anything is sealed; a resume that would change any of it starts over with a new salt. */
export interface PutPlan {
  /** Absolute path of the file, with links resolved. */
  readonly path: string;
  readonly size: number;
  readonly modifiedMs: number;
  readonly name: string;
  readonly k: number;
  readonly n: number;
  /** Slots below this are hot. */
  readonly e: number;
  readonly chainId: number;
  readonly market: Address;
  readonly client: Address;
  readonly salt: Hex;
  readonly terms: Terms;
  readonly dealKey: Hex;
  /** Fewest slots the deal may open with. */
  readonly minSlots: number;
  /** Countries that providers have to name one of; anywhere if absent. */
  readonly regions?: readonly string[];
}

/** What sealing and uploading take of a plan. */
export type DealPlace = Pick<PutPlan, "chainId" | "market" | "client" | "dealKey" | "salt" | "terms">;

/** A provider that was asked; amounts are in its quote. */
export interface PlacedQuote {
  readonly quote: Quote;
  readonly signature: Hex;
}

export interface SlotProgress {
  readonly slot: number;
  /** How often the slot was refilled before; 0 if absent. */
  readonly generation?: number;
  readonly placed: PlacedQuote;
  /** What the provider signed after the last byte. */
  readonly root?: Hex;
  readonly dataRoot?: Hex;
  readonly offer?: SignedOffer;
}

export interface PutState {
  readonly plan: PutPlan;
  readonly slots: readonly SlotProgress[];
  /** Quotes that can still substitute, best first. */
  readonly spare: readonly PlacedQuote[];
  /** What the deal will hold; set once the header is final and every offer is in. Only then may `openDeal` be sent. */
  readonly content?: { readonly headerHash: Hex; readonly cid: string };
}

/** Windows in which a slot may be dropped without a reason, and of which a cancel's fee is made: docs/design.md, Defaults. */
const COOLING_OFF = 8;
const CANCEL_FEE = 8;
/** A deal must have room for maxMisses = 3 + windows / 20. */
export const MIN_WINDOWS = 3;

/** What loss of a provider has to be noticed within the deal, and how surely. */
export interface DetectionTarget {
  /** Share of all that the provider keeps in its lane, above 0 and at most 1. */
  readonly lost: number;
  /** Probability, above 0 and below 1. */
  readonly target: number;
}

export interface TermOptions {
  readonly n: number;
  readonly k: number;
  readonly windows: number;
  /** K of the deployment. */
  readonly challenges: number;
  readonly detection?: DetectionTarget | undefined;
}

/** The terms of a deal of `windows` windows under the defaults. Throws `BAD_WINDOWS`, `DETECTION`, `MARKET_DRAWS_LESS`. */
export function defaultTerms({ n, k, windows, challenges, detection }: TermOptions): Terms {
  if (!Number.isInteger(windows) || windows < MIN_WINDOWS || windows > MAX_WINDOWS) {
    throw new HoldfastError(
      "BAD_WINDOWS",
      `A deal lasts ${MIN_WINDOWS} to ${MAX_WINDOWS} proving windows, got ${windows}.`,
    );
  }
  return {
    slots: n,
    threshold: k,
    minChallenges: leastK(challenges, windows, detection),
    windows,
    maxMisses: 3 + Math.floor(windows / 20),
    coolingOff: Math.min(COOLING_OFF, windows),
    minWindows: Math.min(COOLING_OFF, windows),
    cancelFeeWindows: Math.min(CANCEL_FEE, windows),
    steward: "0x0000000000000000000000000000000000000000",
  };
}

/** The least K that the deal accepts: what the target asks for; without one what the deployment has. */
function leastK(challenges: number, windows: number, detection: DetectionTarget | undefined): number {
  if (detection === undefined) return challenges;
  const least = leastChallenges({ ...detection, windows });
  if (least <= challenges) return least;
  throw new HoldfastError(
    "MARKET_DRAWS_LESS",
    `To notice that within ${windows} windows takes ${least} challenges a window and this market draws ${challenges}; store for longer, or ask for less.`,
    { details: { expected: least, found: challenges } },
  );
}

/** Completes a plan with the identity that follows from it. */
export function withDealKey(plan: Omit<PutPlan, "dealKey">): PutPlan {
  return { ...plan, dealKey: dealKeyOf(plan.client, plan.salt, plan.terms) };
}
