// Makes the next window of a file's providers ask for the file: an audit of one's own bytes, for a burned fee.

import type { SigningChain } from "../../consensus/chain.ts";
import { leastPinFee, minimumPinFee, pinReplica } from "../../consensus/pins.ts";
import { attenuate, type FileReference } from "../../data/capability.ts";
import { decodeCapability } from "../../data/capability-codec.ts";
import { nextOpening } from "../../data/windows.ts";
import { readDeal } from "./deal-on-chain.ts";

export interface PinReport {
  readonly slot: number;
  readonly provider: string;
  /** The window that asks for the replica; absent if another pin holds it and costs more than the bid to push out. */
  readonly window?: number;
  /** Base units burned, or, without a window, what it would take. */
  readonly fee: bigint;
}

/**
 * Pins every replica of the file that is under contract; only the deal's client may. `fee` is base units for each, the
 * deployment's least unless told. Accepts any capability of the file.
 */
export async function pinFile(chain: SigningChain, capability: string, fee?: bigint): Promise<PinReport[]> {
  const reference: FileReference = attenuate(decodeCapability(capability), "verify");
  const { active } = await readDeal({ chain }, reference);
  const bid = fee ?? (await minimumPinFee(chain));
  const reports: PinReport[] = [];
  for (const { offer, firstWindow } of active) {
    const { slot, provider } = offer;
    const needed = await leastPinFee(chain, provider);
    if (needed > bid) {
      reports.push({ slot, provider, fee: needed });
      continue;
    }
    const { blockNumber } = await pinReplica(chain, { offer, firstWindow }, bid);
    reports.push({ slot, provider, window: nextOpening(chain.parameters, provider, blockNumber), fee: bid });
  }
  return reports;
}
