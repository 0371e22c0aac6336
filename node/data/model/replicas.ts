/** What the market of the model knows of a replica, for whoever brings its offer (libraries/Replicas.sol). */
import type { Hex } from "viem";
import { type Offer, offerStructHash } from "../terms.ts";
import { type Call, requireThat } from "./call.ts";
import { recordOf } from "./lanes.ts";
import { genuine, slotOf } from "./slots.ts";
import type { FilledSlot } from "./state.ts";

export function requireKnown(call: Call, offer: Offer): FilledSlot {
  const found = slotOf(call.state, offer);
  const same =
    found !== undefined &&
    genuine(call.state, { offer, firstWindow: recordOf(call.state, offer.provider, offer.root)?.firstWindow ?? 0 }) !==
      undefined;
  requireThat(same, "ReplicaWrongOffer");
  return found;
}

export function requireActive(call: Call, offer: Offer): FilledSlot {
  const found = requireKnown(call, offer);
  requireThat(found.slot.status === "Active", "ReplicaSlotNotActive");
  return found;
}

const names = new WeakMap<Offer, Hex>();

/** Names a replica for good: another one for every offer that ever fills a slot. */
export function replicaOf(offer: Offer): Hex {
  const name = names.get(offer) ?? offerStructHash(offer);
  names.set(offer, name);
  return name;
}
