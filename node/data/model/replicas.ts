/** What the market of the model knows of a replica, for whoever brings its filling (libraries/Replicas.sol). */
import type { Hex } from "viem";
import { retrievalIdOf } from "../forced-retrieval.ts";
import type { Filling, Offer } from "../terms.ts";
import { type Call, requireThat } from "./call.ts";
import { genuine } from "./slots.ts";
import type { FilledSlot } from "./state.ts";

export function requireKnown(call: Call, filling: Filling): FilledSlot {
  const found = genuine(call.state, filling);
  requireThat(found !== undefined, "ReplicaWrongFilling");
  return found;
}

export function requireActive(call: Call, filling: Filling): FilledSlot {
  const found = requireKnown(call, filling);
  requireThat(found.slot.status === "Active", "ReplicaSlotNotActive");
  return found;
}

const names = new WeakMap<Offer, Hex>();

/** Names a replica for good, whatever its deal becomes. */
export function replicaOf(offer: Offer): Hex {
  const name = names.get(offer) ?? retrievalIdOf(offer);
  names.set(offer, name);
  return name;
}
