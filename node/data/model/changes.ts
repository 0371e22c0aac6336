/** Deals of the model that go on: extended, topped up, refilled, handed over (market/{DealChanges,Replacing}.sol). */
import { type Hex, zeroAddress } from "viem";
import type { Extension, HandOver, StewardGrant } from "../change-messages.ts";
import {
  type Changed,
  type ChangeRefusal,
  claimSlotBonus,
  extendSlot,
  handOverSlot,
  refillSlot,
  topUpSlot,
  windowsLeft,
} from "../changes.ts";
import { approveReplacement, grantSteward, heardOfClient, NO_STEWARDSHIP } from "../stewards.ts";
import {
  dealKeyOf,
  type Filling,
  MAX_GENERATION,
  type Offer,
  offerStructHash,
  type SlotClaim,
  type Terms,
} from "../terms.ts";
import { type Call, put, refuse, requireThat } from "./call.ts";
import { isOrderOpen } from "./opening.ts";
import { Distinct, MAX_MONEY } from "./opening-checks.ts";
import { active, advance, applyMoves, clockOf, genuine, requireGenuine, slotOf } from "./slots.ts";
import { add, priceLimit, retire, tag } from "./spacetime.ts";
import { providerOf } from "./state.ts";

/** Something signed, and whether by whom it should be. */
export type Judged<T> = T & { readonly signed: boolean };

export interface Replacement {
  readonly salt: Hex;
  readonly terms: Terms;
  /** Fillings of the deal's other active slots. */
  readonly current: readonly Filling[];
  readonly replacement: Judged<{ readonly offer: Offer }>;
  readonly maxPayment: bigint;
}

/** CLIENT: with the provider's signature under the new offer. */
export function extend(
  call: Call,
  filling: Filling,
  { extension, signed }: Judged<{ readonly extension: Extension }>,
  maxPayment: bigint,
): void {
  const { offer: old } = filling;
  const { offer } = extension;
  requireThat(call.caller === old.client, "MarketNotClient");
  requireSamePlace(old, offer, 0);
  requireSameBytes(old, offer);
  requireThat(offer.provider === old.provider && offer.collateral >= old.collateral, "DealOfferMalformed");
  requireWilling(call, offer, signed);
  const claim = settled(call, filling);
  if (claim === undefined) return;
  const { slot } = slotOf(call.state, old)!;
  write(
    call,
    extendSlot(slot, claim, clockOf(call, filling), { extension, feeBps: call.rules.protocolFeeBps }),
    maxPayment,
  );
}

/** PROVIDER: more collateral for what is left. */
export function topUp(call: Call, filling: Filling, added: bigint): void {
  requireThat(call.caller === filling.offer.provider, "MarketNotProvider");
  requireThat(added !== 0n, "MarketNothingAdded");
  const claim = settled(call, filling);
  if (claim === undefined) return;
  const changed = topUpSlot(slotOf(call.state, filling.offer)!.slot, claim, added);
  if (typeof changed !== "string") requireThat(changed.filling.offer.collateral <= MAX_MONEY, "DealOfferMalformed");
  write(call, changed, 0n);
}

/** CLIENT or STEWARD: another replica for what a failed or forfeited one left. */
export function refill(call: Call, filling: Filling, { salt, terms, ...rest }: Replacement): void {
  const { offer: old } = filling;
  const { offer, signed } = rest.replacement;
  requireThat(dealKeyOf(old.client, salt, terms) === old.dealKey, "MarketWrongDeal");
  const found = requireGenuine(call.state, filling);
  requireThat(found.slot.status === "Failed" || found.slot.status === "Ended", "MarketSlotNotVacated");
  requireThat(windowsLeft(found.slot) !== 0, "MarketNothingLeft");
  requireSamePlace(old, offer, 1);
  approve(call, old, terms, offer);
  requireDistinct(call, terms, rest.current, offer);
  requireWilling(call, offer, signed);
  const firstWindow = moveIn(call, offer);
  put(call, call.state.refillers, keyOf(old), call.caller);
  const claim = { ...filling, client: old.client, salt, terms };
  write(
    call,
    refillSlot(found.slot, claim, { offer, firstWindow, feeBps: call.rules.protocolFeeBps }),
    rest.maxPayment,
  );
}

/** CLIENT or STEWARD: another provider for the same bytes, with the signatures of both. */
export function handOver(
  call: Call,
  filling: Filling,
  { salt, terms, current, replacement, maxPayment }: Replacement,
  consent: Judged<{ readonly handOver: HandOver }>,
): void {
  const { offer: old } = filling;
  const { offer } = replacement;
  requireThat(dealKeyOf(old.client, salt, terms) === old.dealKey, "MarketWrongDeal");
  const settledClaim = settled(call, filling);
  if (settledClaim === undefined) return;
  const claim = { ...settledClaim, salt, terms };
  const { slot } = slotOf(call.state, old)!;
  const handedOver = (firstWindow: number) =>
    handOverSlot(slot, claim, clockOf(call, filling), { offer, firstWindow, feeBps: call.rules.protocolFeeBps });
  const refusal = handedOver(0);
  if (typeof refusal === "string") refuse(refusal);
  requireSamePlace(old, offer, 0);
  requireSameBytes(old, offer);
  approve(call, old, terms, offer);
  requireDistinct(call, terms, current, offer);
  requireWilling(call, offer, replacement.signed);
  requireConsent(call, old, offer, consent);
  write(call, handedOver(moveIn(call, offer)), maxPayment);
  retire(call, old.provider, old.root);
  tag(call, old, undefined);
}

/** ANYONE: for who refilled the slot, shown by a window that earned it. */
export function claimBonus(call: Call, filling: Filling, window: number): void {
  const found = requireGenuine(call.state, filling);
  const refiller = call.state.refillers.get(keyOf(filling.offer)) ?? zeroAddress;
  const paid = claimSlotBonus(found.slot, clockOf(call, filling), { window, refiller });
  if (typeof paid === "string") refuse(paid);
  put(call, call.state.slots, keyOf(filling.offer), { slot: paid.slot, filling: found.filling });
  applyMoves(call, paid.moves);
}

/** CLIENT: names a steward, or revokes it. */
export function setSteward(call: Call, salt: Hex, terms: Terms, grant: StewardGrant): void {
  put(call, call.state.stewardships, ownDeal(call, salt, terms), grantSteward(grant));
}

/** CLIENT: is still there. */
export function heartbeat(call: Call, salt: Hex, terms: Terms): void {
  const dealKey = ownDeal(call, salt, terms);
  const found = call.state.stewardships.get(dealKey) ?? NO_STEWARDSHIP;
  put(call, call.state.stewardships, dealKey, heardOfClient(found));
}

function ownDeal({ state, caller }: Call, salt: Hex, terms: Terms): Hex {
  const dealKey = dealKeyOf(caller, salt, terms);
  requireThat(state.deals.has(dealKey), "DealUnknown");
  return dealKey;
}

/** The claim of an active slot after it was settled; undefined if that failed it. */
function settled(call: Call, filling: Filling): SlotClaim | undefined {
  const found = active(call.state, filling);
  advance(call, found, found.slot.end);
  if (slotOf(call.state, filling.offer)!.slot.status === "Failed") return undefined;
  const { client, salt, terms } = call.state.deals.get(filling.offer.dealKey)!;
  return { ...found.filling, client, salt, terms };
}

function requireSamePlace(old: Offer, offer: Offer, generations: number): void {
  const same =
    offer.client === old.client &&
    offer.dealKey === old.dealKey &&
    offer.slot === old.slot &&
    offer.generation === old.generation + generations &&
    offer.generation <= MAX_GENERATION &&
    offer.m === old.m &&
    offer.groups === old.groups &&
    offer.price <= MAX_MONEY &&
    offer.collateral <= MAX_MONEY;
  requireThat(same, "DealOfferMalformed");
}

function requireSameBytes(old: Offer, offer: Offer): void {
  requireThat(offer.root === old.root && offer.dataRoot === old.dataRoot, "DealOfferMalformed");
}

/** The provider signed, and stands by it now. */
function requireWilling({ state, rules, block }: Call, offer: Offer, signed: boolean): void {
  requireThat(signed, "DealBadSignature");
  const { registered, epoch } = providerOf(state, offer.provider);
  const isWilling =
    block <= BigInt(offer.expiry) && registered && epoch === offer.epoch && offer.price <= priceLimit(rules, offer.m);
  requireThat(isWilling, "MarketOfferRefused");
}

function requireConsent(
  call: Call,
  old: Offer,
  offer: Offer,
  { handOver, signed }: Judged<{ handOver: HandOver }>,
): void {
  requireThat(handOver.offerHash === offerStructHash(offer), "MarketWrongHandOver");
  requireThat(call.block <= BigInt(handOver.expiry), "MarketHandOverExpired");
  requireThat(handOver.epoch === providerOf(call.state, old.provider).epoch, "MarketHandOverRevoked");
  requireThat(signed, "DealBadSignature");
}

function requireDistinct(call: Call, { slots }: Terms, current: readonly Filling[], offer: Offer): void {
  requireThat(!isOrderOpen(call, offer.dealKey), "DealOrderOpen");
  const taken = new Distinct();
  let listed = 0;
  for (let slot = 0; slot < slots; slot++) {
    const found = slotOf(call.state, { dealKey: offer.dealKey, slot });
    if (found?.slot.status !== "Active" || slot === offer.slot) continue;
    const filling = current[listed++];
    const fits = filling !== undefined && filling.offer.slot === slot && genuine(call.state, filling) !== undefined;
    requireThat(fits, "DealCurrentMismatch");
    taken.add(filling.offer);
  }
  requireThat(listed === current.length, "DealCurrentMismatch");
  taken.add(offer);
}

/** By the client, or counted as an approval of its steward. */
function approve(call: Call, old: Offer, terms: Terms, offer: Offer): void {
  const before = call.state.stewardships.get(old.dealKey) ?? NO_STEWARDSHIP;
  const after = approveReplacement(before, terms, { caller: call.caller, old, offer, block: Number(call.block) });
  if (typeof after === "string") refuse(after);
  put(call, call.state.stewardships, old.dealKey, after);
}

function moveIn(call: Call, offer: Offer): number {
  const added = add(call, offer);
  if (typeof added === "string") refuse("MarketOfferRefused");
  return added.firstWindow;
}

function write(call: Call, changed: Changed | ChangeRefusal, maxPayment: bigint): void {
  if (typeof changed === "string") refuse(changed);
  const { slot, filling, moves } = changed;
  for (const move of moves) {
    if (move.kind === "lock" && move.bucket === "Escrows") {
      requireThat(move.amount <= maxPayment, "DealPaymentAboveMaximum");
    }
  }
  put(call, call.state.slots, keyOf(filling.offer), { slot, filling });
  tag(call, filling.offer, filling);
  applyMoves(call, moves);
}

function keyOf({ dealKey, slot }: Offer): string {
  return `${dealKey}/${slot}`;
}
