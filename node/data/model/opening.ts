/** How deals of the model begin: all good offers at once, the others skipped with a reason (market/DealOpening.sol). */
import type { Address, Hex } from "viem";
import { filledSlot, protocolFee } from "../settlement.ts";
import { type DealRequest, dealKeyOf, type Filling, type Offer, type SkipReason, type Terms } from "../terms.ts";
import { type Call, put, requireThat } from "./call.ts";
import { checkOffer, checkTerms, Distinct } from "./opening-checks.ts";
import { genuine, slotOf } from "./slots.ts";
import { add, priceLimit } from "./spacetime.ts";
import { providerOf } from "./state.ts";
import { burn, freeOf, lock } from "./vault.ts";

/** An offer and what a look at its signature says: a key's bad one reverts, a contract's is a revoked offer. */
export interface JudgedOffer {
  readonly offer: Offer;
  readonly signature: "good" | "bad" | "revoked";
}

/** CLIENT: returns the deal's key. */
export function openDeal(call: Call, request: DealRequest, offers: readonly JudgedOffer[]): Hex {
  const { terms, minSlots, salt, headerHash } = request;
  requireThat(!call.state.paused.get("market"), "EnforcedPause");
  checkTerms(terms, call.rules);
  requireThat(terms.threshold <= minSlots && minSlots <= terms.slots, "DealMinSlotsOutOfRange");
  requireThat(BigInt(headerHash) !== 0n, "DealNoHeader");
  const dealKey = dealKeyOf(call.caller, salt, terms);
  requireThat(!call.state.deals.has(dealKey), "DealExists");
  put(call, call.state.deals, dealKey, { client: call.caller, salt, terms, headerHash });

  const { filled, escrow } = fill(call, dealKey, terms, offers, new Distinct());
  requireThat(filled >= minSlots, "DealTooFewSlots");
  collect(call, escrow, request.maxPayment);
  return dealKey;
}

/** CLIENT: fills vacant slots; `current` are the fillings of all active ones, in order. */
export function fillSlots(
  call: Call,
  { salt, terms }: Pick<DealRequest, "salt" | "terms">,
  current: readonly Filling[],
  offers: readonly JudgedOffer[],
  maxPayment: bigint,
): void {
  requireThat(!call.state.paused.get("market"), "EnforcedPause");
  const dealKey = dealKeyOf(call.caller, salt, terms);
  requireThat(call.state.deals.has(dealKey), "DealUnknown");
  const taken = new Distinct();
  let listed = 0;
  for (let slot = 0; slot < terms.slots; slot++) {
    if (slotOf(call.state, { dealKey, slot })?.slot.status !== "Active") continue;
    const filling = current[listed++];
    const fits = filling !== undefined && filling.offer.slot === slot && genuine(call.state, filling) !== undefined;
    requireThat(fits, "DealCurrentMismatch");
    taken.add(filling.offer);
  }
  requireThat(listed === current.length, "DealCurrentMismatch");
  const { filled, escrow } = fill(call, dealKey, terms, offers, taken);
  requireThat(filled !== 0, "DealTooFewSlots");
  collect(call, escrow, maxPayment);
}

/** AUTHORITY: `allowed` says whether the caller is. */
export function setPaused(call: Call, paused: boolean, allowed: boolean): void {
  requireThat(allowed, "AccessManagedUnauthorized");
  const now = call.state.paused.get("market") ?? false;
  requireThat(now !== paused, paused ? "EnforcedPause" : "ExpectedPause");
  put(call, call.state.paused, "market", paused);
}

function fill(call: Call, dealKey: Hex, terms: Terms, offers: readonly JudgedOffer[], taken: Distinct) {
  let filled = 0;
  let escrow = 0n;
  for (const { offer, signature } of offers) {
    checkOffer(offer, call.caller, dealKey, terms, call.rules);
    taken.add(offer);
    requireThat(slotOf(call.state, offer) === undefined, "DealSlotNotVacant");
    requireThat(signature !== "bad", "DealBadSignature");
    const reason = signature === "revoked" ? "Revoked" : judge(call, offer);
    if (reason !== "None") continue;
    const added = add(call, offer.provider, offer.m, offer.root);
    if (typeof added === "string") continue;
    const filling = { offer, firstWindow: added.firstWindow };
    put(call, call.state.slots, `${dealKey}/${offer.slot}`, { slot: filledSlot(terms), filling });
    lock(call, "market", "Collateral", offer.provider, offer.collateral);
    filled++;
    escrow += offer.price * BigInt(terms.windows);
  }
  return { filled, escrow };
}

function judge(call: Call, offer: Offer): SkipReason {
  const { registered, epoch, stake } = providerOf(call.state, offer.provider);
  if (call.block > BigInt(offer.expiry)) return "Expired";
  if (!registered) return "NotRegistered";
  if (epoch !== offer.epoch) return "Revoked";
  if (stake < call.rules.minimumStake) return "InsufficientStake";
  if (offer.price > priceLimit(call.rules, offer.m)) return "PriceAboveProofs";
  return freeOf(call.state, offer.provider) < offer.collateral ? "InsufficientCollateral" : "None";
}

function collect(call: Call, escrow: bigint, maxPayment: bigint): void {
  const client: Address = call.caller;
  const fee = protocolFee(escrow, call.rules.protocolFeeBps);
  requireThat(escrow + fee <= maxPayment, "DealPaymentAboveMaximum");
  lock(call, "market", "Escrows", client, escrow + fee);
  burn(call, "market", "Escrows", fee);
}
