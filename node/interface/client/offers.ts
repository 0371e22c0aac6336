// Signed offers: what the provider promises must be what was agreed, to the last field, before it costs anything.

import { HoldfastError } from "../../common/errors.ts";
import { signMessage, verifyMessage } from "../../consensus/signing.ts";
import type { FileLayout } from "../../data/layout.ts";
import type { SignedOffer, Upload } from "../../data/terms.ts";
import type { Peer } from "../../network/peer.ts";
import { openUpload } from "../../network/protocols/upload.ts";
import type { ClientContext } from "./context.ts";
import type { DealPlace, SlotProgress } from "./put-plan.ts";

/** The client's ticket for one slot's upload; signing it again gives the same ticket. */
export function uploadTicket(plan: DealPlace, layout: FileLayout, progress: SlotProgress): Upload {
  const { quote } = progress.placed;
  return {
    provider: quote.provider,
    client: plan.client,
    dealKey: plan.dealKey,
    slot: progress.slot,
    generation: progress.generation ?? 0,
    groups: layout.shardGroups,
    m: layout.m,
    expiry: quote.expiry,
  };
}

/** Opens the conversation about one slot. */
export async function openSlot(
  context: ClientContext,
  options: { plan: DealPlace; layout: FileLayout; progress: SlotProgress; peer: Peer },
) {
  const { chain, host } = context;
  const { plan, layout, progress, peer } = options;
  const upload = uploadTicket(plan, layout, progress);
  return await openUpload(host, peer, {
    upload,
    signature: await signMessage(chain, chain.account, "Upload", upload),
    salt: plan.salt,
    terms: plan.terms,
    quote: progress.placed.quote,
    quoteSignature: progress.placed.signature,
  });
}

/** Asks the provider of a committed slot for its offer. Throws `BAD_OFFER` when it differs from what was agreed. */
export async function requestOffer(
  context: ClientContext,
  options: { plan: DealPlace; layout: FileLayout; progress: SlotProgress; peer: Peer; block: bigint },
): Promise<SignedOffer> {
  const { plan, layout, progress, block } = options;
  const session = await openSlot(context, options);
  const signed = await session.offer().finally(() => session.close().catch(() => {}));
  const { offer } = signed;
  const { quote } = progress.placed;
  const expected = {
    ...uploadTicket(plan, layout, progress),
    root: progress.root,
    dataRoot: progress.dataRoot,
    price: quote.price,
    epoch: quote.epoch,
    expiry: offer.expiry,
    collateral: offer.collateral,
  };
  const differs = Object.entries(expected).find(([field, value]) => offer[field as keyof typeof offer] !== value)?.[0];
  const field =
    differs ??
    (offer.collateral < quote.collateral ? "collateral" : BigInt(offer.expiry) <= block ? "expiry" : undefined);
  if (field !== undefined) {
    throw new HoldfastError("BAD_OFFER", `Provider ${quote.provider} offers other terms than it quoted (${field}).`, {
      details: { provider: quote.provider, slot: progress.slot, field },
    });
  }
  if (!(await verifyMessage(context.chain, "Offer", offer, signed.signature, quote.provider))) {
    throw new HoldfastError("BAD_SIGNATURE", `Provider ${quote.provider} did not sign the offer that it sent.`);
  }
  return signed;
}
