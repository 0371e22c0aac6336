// The transaction that puts a replica into a lost slot. Killed anywhere around it, the chain says whether it happened: a slot
// that is filled takes no second replica, so nothing is paid twice.

import { type Address, isAddressEqual } from "viem";
import { HoldfastError } from "../../../common/errors.ts";
import { refill } from "../../../consensus/changes.ts";
import { fillSlots } from "../../../consensus/market.ts";
import { deposit, freeOf } from "../../../consensus/vault.ts";
import type { SignedOffer } from "../../../data/terms.ts";
import type { ClientContext } from "../context.ts";
import { type LiveDeal, readDeal } from "../deal-on-chain.ts";
import { paymentOfRefill } from "./candidates.ts";
import type { LostSlot } from "./lost-slots.ts";

/** Whether the slot has a replica of this generation by now. */
export function isFilled({ active }: LiveDeal, { slot, generation }: Pick<LostSlot, "slot" | "generation">): boolean {
  return active.some(({ offer }) => offer.slot === slot && offer.generation >= generation);
}

/** The market takes no replica from this provider now; another may do. */
export function isRefusedOffer(cause: unknown): boolean {
  if (!(cause instanceof HoldfastError) || cause.code !== "CHAIN_REVERTED") return false;
  return cause.details.errorName === "MarketOfferRefused" || cause.details.errorName === "DealTooFewSlots";
}

/** Fills the slot with the offer; answers what left the client's account, in base units. Throws what a reverted call throws. */
export async function fillSlot(context: ClientContext, lost: LostSlot, signed: SignedOffer, live: LiveDeal) {
  const { chain } = context;
  const fresh = await readDeal(context, live.reference);
  if (isFilled(fresh, lost)) return 0n;
  const { slot } = lost;
  const current = fresh.active
    .filter(({ offer }) => offer.slot !== slot)
    .map(({ offer, firstWindow }) => ({ offer, firstWindow }));
  const payment = await paymentOfRefill(context, lost, signed.offer.price);
  if (payment > 0n) await provide(context, fresh.deal.client, payment);
  try {
    if (lost.old === undefined) {
      const { salt, terms } = fresh.deal;
      await fillSlots(chain, { salt, terms, current, offers: [signed], maxPayment: payment });
    } else {
      await refill(chain, { claim: lost.old.claim, current, replacement: signed, maxPayment: payment });
    }
    return payment;
  } catch (cause) {
    // The transaction of a run that was killed may have come first.
    if (isFilled(await readDeal(context, live.reference), lost)) return 0n;
    throw cause;
  }
}

async function provide({ chain }: ClientContext, client: Address, payment: bigint): Promise<void> {
  if (!isAddressEqual(chain.account.address, client)) {
    throw new HoldfastError(
      "STEWARD_NEVER_PAYS",
      "A steward takes no replacement that its client would have to pay for.",
    );
  }
  const free = await freeOf(chain, client);
  if (free < payment) await deposit(chain, payment - free);
}
