/** Audit pins of the model: a quarter of a lane's next window for one replica, for a fee that burns (AuditPins.sol). */
import type { Address, Hex } from "viem";
import type { Filling } from "../terms.ts";
import { type Call, put, requireThat } from "./call.ts";
import { recordOf, windowsOf } from "./lanes.ts";
import { requireActive } from "./replicas.ts";
import type { State } from "./state.ts";
import { burn, lock } from "./vault.ts";

/** A quarter of fewer challenges is no draw. */
const LEAST_CHALLENGES = 4n;

/** CLIENT of the replica: outbids another by doubling its fee. */
export function pin(call: Call, filling: Filling, fee: bigint): void {
  const { offer, firstWindow } = filling;
  const { state, rules } = call;
  const { provider, root } = offer;
  requireThat(call.caller === offer.client, "PinNotClient");
  requireThat(rules.challenges >= LEAST_CHALLENGES, "PinNoDraws");
  const { slot } = requireActive(call, filling);
  const window = windowsOf(call, provider).drawn;
  requireThat(window < firstWindow + slot.end, "PinReplicaOver");
  const bid = state.bids.get(provider);
  requireThat(fee >= (bid?.window === window ? 2n * bid.fee : rules.pinFee), "PinFeeTooLow");

  put(call, state.bids, provider, { fee, window });
  requireThat(recordOf(state, provider, root)?.status === "Active", "ReplicaNotActive");
  put(call, state.pins, `${provider}/${window & 1}`, { window, root });
  lock(call, "pins", "Bonds", call.caller, fee);
  burn(call, "pins", "Bonds", fee);
}

/** The replica that `window` is pinned to, unless it left the bag. */
export function pinnedTo(state: State, provider: Address, window: number): Hex | undefined {
  const pinned = state.pins.get(`${provider}/${window & 1}`);
  if (pinned?.window !== window) return undefined;
  return recordOf(state, provider, pinned.root)?.status === "Removed" ? undefined : pinned.root;
}
