/** How deals of the model begin: all good offers at once, the others skipped with a reason (market/DealOpening.sol). */
import type { Address, Hex } from "viem";
import { isOpen } from "../order-book.ts";
import { filledSlot, protocolFee, type Slot } from "../settlement.ts";
import { countApproval, NO_STEWARDSHIP } from "../stewards.ts";
import { type DealRequest, dealKeyOf, type Filling, type Offer, type SkipReason, type Terms } from "../terms.ts";
import { type Call, put, refuse, requireThat } from "./call.ts";
import { checkOffer, checkTerms, Distinct } from "./opening-checks.ts";
import { genuine, slotOf } from "./slots.ts";
import { add, priceLimit } from "./spacetime.ts";
import { providerOf } from "./state.ts";
import { depositWithPermit, type Permit, type Token } from "./tokens.ts";
import { burn, freeOf, lock } from "./vault.ts";

const MOST = 2n ** 256n - 1n;

/** An offer as its call is read, and what a look at its signature says: a key's bad one reverts, a contract's is a revoked offer. */
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
  const dealKey = createDeal(call, call.caller, salt, terms, headerHash);

  const { filled, escrow } = fill(call, terms, offers, new Distinct());
  requireThat(filled >= minSlots, "DealTooFewSlots");
  collect(call, call.caller, escrow, request.maxPayment);
  return dealKey;
}

/** CLIENT: deposits by permit first. */
export function openDealWithPermit(
  call: Call,
  request: DealRequest,
  offers: readonly JudgedOffer[],
  { token, permit }: { token: Token; permit: Permit },
): Hex {
  requireThat(!call.state.paused.get("market"), "EnforcedPause");
  depositWithPermit(call, token, call.caller, permit);
  return openDeal(call, request, offers);
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
  requireThat(!isOrderOpen(call, dealKey), "DealOrderOpen");
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
  const { filled, escrow } = fill(call, terms, offers, taken);
  requireThat(filled !== 0, "DealTooFewSlots");
  collect(call, call.caller, escrow, maxPayment);
}

/** ORDER BOOK, or the beginning of `openDeal`: a deal without a slot. */
export function createDeal(call: Call, client: Address, salt: Hex, terms: Terms, headerHash: Hex): Hex {
  requireThat(!call.state.paused.get("market"), "EnforcedPause");
  checkTerms(terms, call.rules);
  requireThat(BigInt(headerHash) !== 0n, "DealNoHeader");
  const dealKey = dealKeyOf(client, salt, terms);
  requireThat(!call.state.deals.has(dealKey), "DealExists");
  put(call, call.state.deals, dealKey, { client, salt, terms, headerHash });
  return dealKey;
}

/** ORDER BOOK: one slot, for a provider that calls itself; its escrow is in the client's account. */
export function fillOrder(
  call: Call,
  { salt, terms, offer, approver }: { salt: Hex; terms: Terms; offer: Offer; approver: Address },
): SkipReason {
  const { client, provider, collateral } = offer;
  const dealKey = dealKeyOf(client, salt, terms);
  checkOffer(offer, terms, call.rules);
  requireThat(slotOf(call.state, offer) === undefined, "DealSlotNotVacant");
  const before = call.state.stewardships.get(dealKey) ?? NO_STEWARDSHIP;
  const approval = { steward: approver, price: offer.price, collateral, block: Number(call.block) };
  const after = approver === client ? before : countApproval(before, terms, approval);
  if (typeof after === "string") refuse(after);
  if (!providerOf(call.state, provider).registered) return "NotRegistered";
  if (freeOf(call.state, provider) < collateral) return "InsufficientCollateral";
  const reason = occupy(call, offer, filledSlot(terms));
  if (reason !== "None") return reason;
  collect(call, client, offer.price * BigInt(terms.windows), MOST);
  if (approver !== client) put(call, call.state.stewardships, dealKey, after);
  return reason;
}

/** Whether the book still holds a slot of the deal: then nobody else may let a provider into it. */
export function isOrderOpen({ state }: Pick<Call, "state">, dealKey: Hex): boolean {
  const order = state.orders.get(dealKey);
  return order !== undefined && isOpen(order);
}

/** AUTHORITY: `allowed` says whether the caller is. */
export function setPaused(call: Call, paused: boolean, allowed: boolean): void {
  requireThat(allowed, "AccessManagedUnauthorized");
  const now = call.state.paused.get("market") ?? false;
  requireThat(now !== paused, paused ? "EnforcedPause" : "ExpectedPause");
  put(call, call.state.paused, "market", paused);
}

function fill(call: Call, terms: Terms, offers: readonly JudgedOffer[], taken: Distinct) {
  let filled = 0;
  let escrow = 0n;
  for (const { offer, signature } of offers) {
    checkOffer(offer, terms, call.rules);
    taken.add(offer);
    requireThat(slotOf(call.state, offer) === undefined, "DealSlotNotVacant");
    requireThat(signature !== "bad", "DealBadSignature");
    const reason = signature === "revoked" ? "Revoked" : judge(call, offer);
    if (reason !== "None") continue;
    if (occupy(call, offer, filledSlot(terms)) !== "None") continue;
    filled++;
    escrow += offer.price * BigInt(terms.windows);
  }
  return { filled, escrow };
}

/** Puts the replica into its lane and the offer into its slot, and locks the collateral. */
function occupy(call: Call, offer: Offer, slot: Slot): SkipReason {
  const added = add(call, offer);
  if (typeof added === "string") return added;
  const filling = { offer, firstWindow: added.firstWindow };
  put(call, call.state.slots, `${offer.dealKey}/${offer.slot}`, { slot, filling });
  lock(call, "market", "Collateral", offer.provider, offer.collateral);
  return "None";
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

function collect(call: Call, client: Address, escrow: bigint, maxPayment: bigint): void {
  const fee = protocolFee(escrow, call.rules.protocolFeeBps);
  requireThat(escrow + fee <= maxPayment, "DealPaymentAboveMaximum");
  lock(call, "market", "Escrows", client, escrow + fee);
  burn(call, "market", "Escrows", fee);
}
