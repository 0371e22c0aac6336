/** What terms and offers must look like before anything is asked about their signers (libraries/{Deals,Distinct}.sol). */
import type { Hex } from "viem";
import { MAX_WINDOWS, type Offer, type Terms } from "../terms.ts";
import { requireThat } from "./call.ts";
import type { Rules } from "./rules.ts";

const MAX_SLOTS = 48;
const MIN_M = 13;
const MAX_M = 27;
const GROUP_ELEMENTS = 512;
/** Base units of a price or a collateral. */
export const MAX_MONEY = 2n ** 104n - 1n;
/** Order of the scalar field of BN254. */
const FIELD = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;

export function checkTerms(terms: Terms, { challenges }: Pick<Rules, "challenges">): void {
  const { slots, threshold, windows } = terms;
  const within = (least: number, found: number, most: number) =>
    requireThat(least <= found && found <= most, "DealTermOutOfRange");
  within(1, slots, MAX_SLOTS);
  within(1, threshold, slots);
  within(0, terms.minChallenges, Number(challenges));
  within(1, windows, MAX_WINDOWS);
  within(3 + Math.floor(windows / 20), terms.maxMisses, windows);
  within(0, terms.coolingOff, windows);
  within(0, terms.minWindows, windows);
  within(0, terms.cancelFeeWindows, windows);
}

export function checkOffer(offer: Offer, { slots }: Terms, rules: Pick<Rules, "levels">): void {
  const wellFormed = offer.slot < slots && offer.price <= MAX_MONEY && offer.collateral <= MAX_MONEY;
  requireThat(wellFormed, "DealOfferMalformed");
  checkSize(offer.m, offer.groups, rules);
  checkRoot(offer.root);
}

export function checkSize(m: number, groups: number, { levels }: Pick<Rules, "levels">): void {
  const fits = m >= MIN_M && m <= Math.min(MAX_M, 3 * levels) && groups !== 0 && groups * GROUP_ELEMENTS <= 2 ** m;
  requireThat(fits, "DealOfferMalformed");
}

export function checkRoot(root: Hex): void {
  requireThat(isRoot(root), "DealOfferMalformed");
}

/** A commitment is an element of the field, and not zero. */
export function isRoot(root: Hex): boolean {
  return BigInt(root) !== 0n && BigInt(root) < FIELD;
}

/** Slots, providers and roots of one deal, each only once. */
export class Distinct {
  readonly #taken = new Set<string>();

  add({ slot, provider, root }: Offer): void {
    for (const one of [`slot ${slot}`, provider, root]) {
      requireThat(!this.#taken.has(one), "DealOfferDuplicate");
      this.#taken.add(one);
    }
  }
}
