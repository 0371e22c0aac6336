/** Slots of the model between their filling and their release: paid from the bitmap, ended by their parties (StorageMarket.sol). */
import { type Address, type Hex, zeroAddress } from "viem";
import { cancelSlot, dropSlot, type Ended, forfeitSlot, type Refusal, releaseSlot } from "../endings.ts";
import { type Move, type ReplicaClock, type Settled, settleSlot } from "../settlement.ts";
import { dealKeyOf, type Filling, type Offer, type SlotClaim, tagOf } from "../terms.ts";
import { type Call, put, refuse, requireThat } from "./call.ts";
import { recordOf, windowsOf } from "./lanes.ts";
import { retire } from "./spacetime.ts";
import type { FilledSlot, State } from "./state.ts";
import { burn, lock, release as releaseHeld, shift } from "./vault.ts";

export type Ending = "cancel" | "drop" | "forfeit";

export function slotOf({ slots }: State, { dealKey, slot }: Pick<Offer, "dealKey" | "slot">): FilledSlot | undefined {
  return slots.get(`${dealKey}/${slot}`);
}

/** The slot that the filling is behind, if it is. */
export function genuine(state: State, filling: Filling): FilledSlot | undefined {
  const found = slotOf(state, filling.offer);
  if (found === undefined) return undefined;
  const same = found.filling.offer === filling.offer && found.filling.firstWindow === filling.firstWindow;
  return same || tagOf(found.filling) === tagOf(filling) ? found : undefined;
}

export function requireGenuine(state: State, filling: Filling): FilledSlot {
  const found = genuine(state, filling);
  if (found === undefined) {
    const kept = recordOf(state, filling.offer.provider, filling.offer.root)?.filling;
    const isTagged = kept !== undefined && tagOf(kept) === tagOf(filling);
    refuse(isTagged ? "MarketWrongGeneration" : "MarketWrongFilling");
  }
  return found;
}

/** ANYONE: pays and returns for up to `maxWindows` closed windows. */
export function settle(call: Call, filling: Filling, maxWindows: number): void {
  const found = active(call.state, filling);
  requireThat(advance(call, found, maxWindows), "MarketNothingDue");
}

/** ANYONE: says for which of the fillings something was due. */
export function settleMany(call: Call, fillings: readonly Filling[], maxWindows: number): boolean[] {
  return fillings.map((filling) => {
    const found = genuine(call.state, filling);
    return found?.slot.status === "Active" && advance(call, found, maxWindows);
  });
}

/** CLIENT for `cancel` and `drop`, PROVIDER for `forfeit`: whoever ends a slot settles it first. */
export function end(call: Call, kind: Ending, { salt, terms, ...claim }: SlotClaim): void {
  const { client, provider, dealKey } = claim.offer;
  if (kind === "forfeit") requireThat(call.caller === provider, "MarketNotProvider");
  else {
    requireThat(call.caller === client, "MarketNotClient");
    requireThat(dealKeyOf(client, salt, terms) === dealKey, "MarketWrongDeal");
  }
  const found = active(call.state, claim);
  advance(call, found, found.slot.end);
  const { slot } = slotOf(call.state, claim.offer)!;
  if (slot.status === "Failed") return;
  const full: SlotClaim = { ...found.filling, client, salt, terms };
  const clock = clockOf(call, found.filling);
  if (kind === "forfeit") {
    const { shares, challenges, beta } = call.rules;
    write(call, found, forfeitSlot(slot, full, clock, { shares, challenges, beta }));
  } else write(call, found, (kind === "cancel" ? cancelSlot : dropSlot)(slot, full, clock));
}

/** ANYONE once an active slot is settled to its end; CLIENT for what a failed or forfeited one left for a refill. */
export function release(call: Call, filling: Filling): void {
  const found = requireGenuine(call.state, filling);
  const { client, provider, root } = filling.offer;
  const claim: SlotClaim = { ...filling, client, salt: "0x", terms: NO_TERMS };
  const { caller, state } = call;
  const refiller = state.refillers.get(`${filling.offer.dealKey}/${filling.offer.slot}`) ?? zeroAddress;
  const released = releaseSlot(found.slot, claim, clockOf(call, filling), { caller, refiller });
  const wasActive = found.slot.status === "Active";
  write(call, found, released);
  if (wasActive) retire(call, provider, root);
}

/** ANYONE: returns the collateral of those of the slots that are settled to their end. */
export function releaseMany(call: Call, fillings: readonly Filling[]): boolean[] {
  return fillings.map((filling) => {
    const found = genuine(call.state, filling);
    if (found?.slot.status !== "Active" || found.slot.settled !== found.slot.end) return false;
    release(call, filling);
    return true;
  });
}

/** What the chain says about a filling's windows in the call's block. */
export function clockOf(call: Call, { offer, firstWindow }: Filling): ReplicaClock {
  const { drawn, closed } = windowsOf(call, offer.provider);
  const start = call.state.records.get(`${offer.provider}/${offer.root}`)?.firstWindow ?? firstWindow;
  return {
    start,
    firstWindow,
    closed: Math.max(closed - firstWindow, 0),
    opened: Math.max(drawn - firstWindow, 0),
    provenWord: (index) => call.state.proven.get(`${offer.provider}/${index}`) ?? 0n,
  };
}

/** Releases look at nothing that a client agreed to. */
const NO_TERMS = {
  ...{ slots: 0, threshold: 0, minChallenges: 0, windows: 0, maxMisses: 0, coolingOff: 0, minWindows: 0 },
  ...{ cancelFeeWindows: 0, steward: "0x0000000000000000000000000000000000000000" as Address },
};

export function active(state: State, filling: Filling): FilledSlot {
  const found = requireGenuine(state, filling);
  requireThat(found.slot.status === "Active", "MarketSlotNotActive");
  return found;
}

/** Settles an active slot and retires its replica if that fails it; says whether anything was due. */
export function advance(call: Call, found: FilledSlot, maxWindows: number): boolean {
  const { client, provider, root } = found.filling.offer;
  const claim: SlotClaim = { ...found.filling, client, salt: "0x", terms: NO_TERMS };
  const { shares } = call.rules;
  const step = settleSlot(found.slot, claim, clockOf(call, found.filling), { maxWindows, caller: call.caller, shares });
  if (step.proven + step.missed === 0) return false;
  write(call, found, step);
  if (step.slot.status === "Failed") retire(call, provider, root);
  return true;
}

function write(call: Call, { filling }: FilledSlot, next: Ended | Settled | Refusal): void {
  if (typeof next === "string") refuse(next);
  const { dealKey, slot } = filling.offer;
  put(call, call.state.slots, `${dealKey satisfies Hex}/${slot}`, { slot: next.slot, filling });
  applyMoves(call, next.moves);
}

export function applyMoves(call: Call, moves: readonly Move[]): void {
  for (const move of moves) {
    if (move.kind === "release") releaseHeld(call, "market", move.bucket, move.account, move.amount);
    else if (move.kind === "shift") shift(call, "market", move.from, move.to, move.amount);
    else if (move.kind === "lock") lock(call, "market", move.bucket, move.account, move.amount);
    else burn(call, "market", move.bucket, move.amount);
  }
}
