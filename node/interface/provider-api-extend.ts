/** Answers requests for extensions: whether, and at which price, this provider keeps a replica of its own longer. */
import type { Hex } from "viem";
import { stateOf } from "../consensus/market.ts";
import { signMessage } from "../consensus/signing.ts";
import type { Extension } from "../data/change-messages.ts";
import type { Offer } from "../data/terms.ts";
import { closedWindows, nextOpening } from "../data/windows.ts";
import { checkCollateral } from "../incentive/admission.ts";
import { checkAccepting, priceFor } from "../incentive/pricing.ts";
import type { ExtendHandlers } from "../network/protocols/extend.ts";
import { Refusal } from "../network/refusal.ts";
import type { ProviderParts } from "./provider-parts.ts";
import { heldById } from "./provider-replicas.ts";
import type { RoomReader } from "./provider-room.ts";

interface Promised {
  readonly collateral: bigint;
  readonly expiry: number;
}

export function extendHandlers(parts: ProviderParts, reader: RoomReader): ExtendHandlers {
  const { chain, settings, latestBlock } = parts;
  // Only in memory: an extension that was forgotten is still honoured, the accept duty learns of it from the chain.
  const promised = new Map<Hex, Promised>();

  /** Collateral that extensions of other replicas would lock if they were all taken. */
  function reserved(except: Hex): bigint {
    let sum = 0n;
    for (const [replicaId, { collateral, expiry }] of promised) {
      if (BigInt(expiry) < latestBlock()) promised.delete(replicaId);
      else if (replicaId !== except) sum += collateral;
    }
    return sum;
  }

  return {
    async extend({ replicaId, windows }) {
      if (windows < 1) throw new Refusal("TERM_REFUSED", "An extension adds one window or more.");
      const { old, end, left } = await currentSlot(parts, replicaId);
      const { m, groups } = old;
      const ask = priceFor(settings.ask, { m, groups, windows: left + windows }, await reader.limit(m));
      // The new price counts from the next unsettled window on: what was agreed already is not kept for less.
      const price = ask.price > old.price ? ask.price : old.price;
      const whole = price * BigInt(left + windows);
      const collateral = whole > old.collateral ? whole : old.collateral;
      const [room, lane] = await Promise.all([reader.room(), reader.lane()]);
      checkAccepting(lane);
      if (lane.suspended) throw new Refusal("SUSPENDED", "This provider's lane is suspended for lack of stake.");
      const added = collateral - old.collateral;
      checkCollateral({ ...room, reservedCollateral: room.reservedCollateral + reserved(replicaId) }, added);
      const expiry = Number(latestBlock()) + settings.limits.quoteBlocks;
      const offer: Offer = { ...old, price, collateral, expiry, epoch: lane.epoch };
      const extension: Extension = { offer, until: end + windows };
      promised.set(replicaId, { collateral: added, expiry });
      return { extension, signature: await signMessage(chain, chain.account, "Extension", extension) };
    },
  };
}

/** The filling that the chain has, its end as a window of this provider, and how many windows are not closed. */
async function currentSlot({ chain, journal, latestBlock }: ProviderParts, replicaId: Hex) {
  const held = journal.read((db) => heldById(db, replicaId));
  const none = () => new Refusal("NOT_HELD", "This provider holds no such replica in an open deal.");
  if (held?.offer === undefined || held.firstWindow === undefined || held.state !== "active") throw none();
  const { offer, firstWindow } = held;
  const state = await stateOf(chain, { offer, firstWindow });
  if (state?.status !== "active") throw none();
  const { parameters } = chain;
  const opened = nextOpening(parameters, offer.provider, latestBlock()) - firstWindow;
  const closed = Math.max(closedWindows(parameters, offer.provider, latestBlock()) - firstWindow, 0);
  // As the market has it: what opened behind the end may not have been proven any more.
  if (opened > state.end) {
    throw new Refusal("DEAL_OVER", "A window behind the end of this slot has opened: it is too late to extend it.");
  }
  return { old: offer, end: firstWindow + state.end, left: state.end - closed };
}
