/** What a provider asks of an upload that is to replace another replica: who may send it, and whether its price is there. */
import { type Hex, isAddressEqual, zeroAddress } from "viem";
import { reserveOf, stewardshipOf } from "../consensus/changes.ts";
import { slotsOf } from "../consensus/deals.ts";
import { slotOf } from "../consensus/market.ts";
import { windowsFor, windowsLeft } from "../data/changes.ts";
import { actingSteward } from "../data/stewards.ts";
import type { Terms } from "../data/terms.ts";
import type { UploadRequest } from "../network/protocols/upload.ts";
import { Refusal } from "../network/refusal.ts";
import type { ProviderParts } from "./provider-parts.ts";

/** Who may bring a replacement besides the client, and sign the slot table that names it; nobody: undefined. */
export async function stewardOf({ chain }: ProviderParts, dealKey: Hex, terms: Terms): Promise<Hex | undefined> {
  const steward = actingSteward(await stewardshipOf(chain, dealKey), terms);
  return isAddressEqual(steward, zeroAddress) ? undefined : steward;
}

/**
 * What the client must own for the replacement to be paid: nothing, if it costs no more than what it replaces, whose price
 * is still in escrow. Throws a Refusal `UPLOAD_REFUSED` for a slot that waits for no such replica.
 */
export async function paymentForRefill({ chain }: ProviderParts, { upload, quote, terms }: UploadRequest) {
  const { dealKey, slot, generation } = upload;
  const refuse = (sentence: string) => new Refusal("UPLOAD_REFUSED", sentence);
  const [state, reserve] = await Promise.all([slotOf(chain, dealKey, slot), reserveOf(chain, dealKey, slot)]);
  const left = windowsLeft({ ...state, left: reserve.left });
  const vacated = state.status === "failed" || state.status === "ended";
  if (!vacated || left === 0 || generation !== state.generation + 1) {
    throw refuse(`Slot ${slot} of the deal waits for no replica of generation ${generation}.`);
  }
  const old = (await slotsOf(chain, dealKey)).find(({ offer }) => offer.slot === slot)?.offer;
  if (old === undefined || old.groups !== upload.groups) throw refuse("The replica has another size than the slot's.");
  const rise = quote.price > old.price ? quote.price - old.price : 0n;
  return rise * BigInt(windowsFor(terms, left));
}
