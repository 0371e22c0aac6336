// Deals: opening, settling and ending them.

import type { Address, Hex } from "viem";
import { protocolFee, type Shares, type Slot, slotFromChain } from "../data/settlement.ts";
import type { DealRequest, Filling, Offer, SignedOffer, SlotClaim, Terms } from "../data/terms.ts";
import { storageMarketAbi } from "./abi.ts";
import { read, write } from "./call.ts";
import type { Chain } from "./chain.ts";
import type { SendOptions } from "./sender.ts";
import type { PermitDeposit } from "./token.ts";

const market = (chain: Chain) => ({ address: chain.addresses.market, abi: storageMarketAbi }) as const;

/** Opens a deal, all good slots at once, out of this key's vault account. Its result is the dealKey. */
export function openDeal(chain: Chain, request: DealRequest, offers: readonly SignedOffer[], options?: SendOptions) {
  return write(chain, { ...market(chain), functionName: "openDeal", args: [request, offers] }, options);
}

/** As `openDeal`, and pulls the tokens of `permit` in the same transaction. */
export function openDealWithPermit(
  chain: Chain,
  request: DealRequest,
  offers: readonly SignedOffer[],
  permit: PermitDeposit,
  options?: SendOptions,
) {
  return write(
    chain,
    { ...market(chain), functionName: "openDealWithPermit", args: [request, offers, permit] },
    options,
  );
}

/** Fills vacant slots; `current` are the fillings of all active slots, lowest slot first. */
export function fillSlots(
  chain: Chain,
  fill: {
    salt: Hex;
    terms: Terms;
    current: readonly Filling[];
    offers: readonly SignedOffer[];
    maxPayment: bigint;
  },
  options?: SendOptions,
) {
  const { salt, terms, current, offers, maxPayment } = fill;
  return write(
    chain,
    { ...market(chain), functionName: "fillSlots", args: [salt, terms, current, offers, maxPayment] },
    options,
  );
}

/** Client: leaves a slot early for the fee that the terms state. */
export function cancel(chain: Chain, claim: SlotClaim, options?: SendOptions) {
  return write(chain, { ...market(chain), functionName: "cancel", args: [claim, claim.salt, claim.terms] }, options);
}

/** Client: leaves a slot within the cooling-off, for nothing. */
export function drop(chain: Chain, claim: SlotClaim, options?: SendOptions) {
  return write(chain, { ...market(chain), functionName: "drop", args: [claim, claim.salt, claim.terms] }, options);
}

/** Provider: gives a slot up. */
export function forfeit(chain: Chain, filling: Filling, options?: SendOptions) {
  return write(chain, { ...market(chain), functionName: "forfeit", args: [filling] }, options);
}

/** Anyone: pays proven windows and returns missed ones, at most `maxWindows` of them. */
export function settle(chain: Chain, filling: Filling, maxWindows: bigint, options?: SendOptions) {
  return write(chain, { ...market(chain), functionName: "settle", args: [filling, maxWindows] }, options);
}

/** Anyone: `settle` for many; its result says which had something due. */
export function settleMany(chain: Chain, fillings: readonly Filling[], maxWindows: bigint, options?: SendOptions) {
  return write(chain, { ...market(chain), functionName: "settleMany", args: [fillings, maxWindows] }, options);
}

/** Anyone: returns the collateral of a slot whose windows are all settled. */
export function release(chain: Chain, filling: Filling, options?: SendOptions) {
  return write(chain, { ...market(chain), functionName: "release", args: [filling] }, options);
}

/** States of a slot, in the order of the Solidity enum. */
export const slotStatuses = ["vacant", "active", "ended", "failed"] as const;
export type SlotStatus = (typeof slotStatuses)[number];

/** A slot as the market keeps it; windows are counted from the replica's first. */
export interface SlotState {
  settled: number;
  missesLeft: number;
  end: number;
  generation: number;
  status: SlotStatus;
}

export async function slotOf(chain: Chain, dealKey: Hex, slot: number): Promise<SlotState> {
  const state = await read(chain, { ...market(chain), functionName: "slotOf", args: [dealKey, slot] });
  return { ...state, status: slotStatuses[state.status]! };
}

/** Where a filling's slot stands; undefined if this filling is not, or not any more, what fills it. */
export async function stateOf(chain: Chain, { offer, firstWindow }: Filling): Promise<SlotState | undefined> {
  const args = [{ offer, firstWindow }] as const;
  const [genuine, state] = await read(chain, { ...market(chain), functionName: "stateOf", args });
  return genuine ? { ...state, status: slotStatuses[state.status]! } : undefined;
}

/** What failures and forfeits of a slot left behind, beside its state. */
export function reserveOf(chain: Chain, dealKey: Hex, slot: number) {
  return read(chain, { ...market(chain), functionName: "reserveOf", args: [dealKey, slot] });
}

/** A slot in the form that the pure rules of settlement work on. */
export async function readSlot(chain: Chain, dealKey: Hex, slot: number): Promise<Slot> {
  const [state, reserve] = await Promise.all([
    read(chain, { ...market(chain), functionName: "slotOf", args: [dealKey, slot] }),
    reserveOf(chain, dealKey, slot),
  ]);
  return slotFromChain(state, reserve);
}

/** Who gets which part of lost collateral, in basis points; fixed for a deployment. */
export async function sharesOf(chain: Chain): Promise<Shares> {
  const share = (functionName: "CLIENT_SHARE_BPS" | "REPAIRER_SHARE_BPS" | "CALLER_SHARE_BPS") =>
    read(chain, { ...market(chain), functionName, args: [] });
  const [client, repairer, caller] = await Promise.all([
    share("CLIENT_SHARE_BPS"),
    share("REPAIRER_SHARE_BPS"),
    share("CALLER_SHARE_BPS"),
  ]);
  return { client, repairer, caller };
}

/** The protocol fee on prices, in basis points; burned. */
export function feeBpsOf(chain: Chain): Promise<bigint> {
  return read(chain, { ...market(chain), functionName: "PROTOCOL_FEE_BPS", args: [] });
}

/** Zero for a deal that was never opened. */
export function headerHashOf(chain: Chain, dealKey: Hex): Promise<Hex> {
  return read(chain, { ...market(chain), functionName: "headerHashOf", args: [dealKey] });
}

/** The EIP-712 digest of an offer, computed by the market. */
export function hashOffer(chain: Chain, offer: Offer): Promise<Hex> {
  return read(chain, { ...market(chain), functionName: "hashOffer", args: [offer] });
}

/** The dealKey, computed by the market. */
export function dealKeyOf(chain: Chain, client: Address, salt: Hex, terms: Terms): Promise<Hex> {
  return read(chain, { ...market(chain), functionName: "dealKeyOf", args: [client, salt, terms] });
}

/** What a client pays for `escrow` base units of price: the protocol fee (rounded up, burned) and the total. */
export async function paymentFor(chain: Chain, escrow: bigint): Promise<{ fee: bigint; total: bigint }> {
  const fee = protocolFee(escrow, await feeBpsOf(chain));
  return { fee, total: escrow + fee };
}
