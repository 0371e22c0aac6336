// Audit pins: a client makes its provider's next window ask for its own replica, for a fee that is burned.

import type { Address } from "viem";
import type { Filling } from "../data/terms.ts";
import { auditPinsAbi } from "./abi.ts";
import { read, write } from "./call.ts";
import type { Chain } from "./chain.ts";
import type { SendOptions } from "./sender.ts";

const pins = (chain: Chain) => ({ address: chain.addresses.pins, abi: auditPinsAbi }) as const;

/** CLIENT: a quarter of the draws of the lane's next window fall on this replica. `fee` is base units, at least `leastPinFee`. */
export function pinReplica(chain: Chain, { offer, firstWindow }: Filling, fee: bigint, options?: SendOptions) {
  return write(chain, { ...pins(chain), functionName: "pin", args: [{ offer, firstWindow }, fee] }, options);
}

/** What a pin of the provider's next window costs at least now: twice the fee of the pin that it would push out. */
export function leastPinFee(chain: Chain, provider: Address): Promise<bigint> {
  return read(chain, { ...pins(chain), functionName: "leastFee", args: [provider] });
}

/** The least fee of any pin in this deployment, base units. */
export function minimumPinFee(chain: Chain): Promise<bigint> {
  return read(chain, { ...pins(chain), functionName: "MINIMUM_FEE", args: [] });
}
