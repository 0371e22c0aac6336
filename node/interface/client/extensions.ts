// Extensions as providers sign them: held to the last field against what stands, and to a fair price, before they cost anything.

import { formatAmount } from "../../common/amounts.ts";
import { HoldfastError } from "../../common/errors.ts";
import type { Replica } from "../../consensus/deals.ts";
import { verifyMessage } from "../../consensus/signing.ts";
import type { SignedExtension } from "../../data/change-messages.ts";
import { GOUGING_FACTOR } from "../../incentive/placement.ts";
import type { Peer } from "../../network/peer.ts";
import { requestExtension } from "../../network/protocols/extend.ts";
import type { ClientContext } from "./context.ts";

/** How long a provider may take to sign. */
const TIMEOUT_MS = 10_000;

export interface AskedExtension {
  /** The slot's end now, as a window of its provider. */
  readonly end: number;
  readonly windows: number;
  /** Base units per window above which it is refused. */
  readonly maxPrice: bigint;
}

/** Throws `BAD_EXTENSION`, `RENEWAL_TOO_DEAR`, what the provider refused with, or what the network throws. */
export async function askExtension(
  { chain, host }: ClientContext,
  peer: Peer,
  { replicaId, offer: old }: Replica,
  { end, windows, maxPrice }: AskedExtension,
): Promise<SignedExtension> {
  const signed = await requestExtension(host, peer, { replicaId, windows }, { timeoutMs: TIMEOUT_MS });
  const { offer, until } = signed.extension;
  const { price, collateral, expiry, epoch } = offer;
  const expected = { ...old, price, collateral, expiry, epoch };
  const names = Object.keys(expected) as (keyof typeof expected)[];
  const differs = names.find((name) => expected[name] !== offer[name]);
  const field = differs ?? (collateral < old.collateral ? "collateral" : until !== end + windows ? "until" : undefined);
  if (field !== undefined) {
    throw new HoldfastError("BAD_EXTENSION", `Provider ${old.provider} would extend something else (${field}).`, {
      details: { provider: old.provider, slot: old.slot, field },
    });
  }
  if (price > maxPrice) {
    throw new HoldfastError(
      "RENEWAL_TOO_DEAR",
      `Provider ${old.provider} asks ${formatAmount(price)} tokens a window to go on, at most ${formatAmount(maxPrice)} are paid; allow more with --max-price.`,
      { details: { provider: old.provider, slot: old.slot, price, limit: maxPrice } },
    );
  }
  if (!(await verifyMessage(chain, "Extension", signed.extension, signed.signature, old.provider))) {
    throw new HoldfastError("BAD_SIGNATURE", `Provider ${old.provider} did not sign the extension that it sent.`);
  }
  return signed;
}

/** A few times what the slots of the deal cost at the median: nobody must name any price because the bytes are there already. */
export function renewalLimit(prices: readonly bigint[]): bigint {
  const sorted = prices.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return (sorted[(sorted.length - 1) >> 1] ?? 0n) * GOUGING_FACTOR;
}
