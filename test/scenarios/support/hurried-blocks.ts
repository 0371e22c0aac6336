// Time that nobody needs passes at once: blocks in which no window of some lanes waits for its proof are mined without waiting.

import { setTimeout as sleep } from "node:timers/promises";
import type { Chain } from "../../../node/consensus/chain.ts";
import { type Replica, slotsOf } from "../../../node/consensus/deals.ts";
import { isProven } from "../../../node/consensus/spacetime.ts";
import { nextOpening, openingOf, openWindow } from "../../../node/data/windows.ts";

/** Of a deal: for each of its slots whose provider is still at work, every window is left the time that its proof takes. */
export async function hurryUntil(
  chain: Chain,
  { dealKey, idle, seconds }: { dealKey: `0x${string}`; idle: string; seconds: number },
  done: () => Promise<boolean>,
): Promise<void> {
  const deadline = Date.now() + seconds * 1_000;
  while (!(await done())) {
    if (Date.now() > deadline) throw new Error(`waited ${seconds} s in vain`);
    const busy = (await slotsOf(chain, dealKey)).filter(({ offer }) => offer.provider !== idle);
    const block = await chain.publicClient.getBlockNumber();
    const waiting = await Promise.all(busy.map((replica) => isDue(chain, replica, block)));
    // Openings lie blocks apart, so the next one is some way off.
    const next = busy
      .map(({ offer }) =>
        openingOf(chain.parameters, offer.provider, nextOpening(chain.parameters, offer.provider, block)),
      )
      .reduce((least, opening) => (opening < least ? opening : least));
    if (waiting.includes(true) || next <= block + 1n) await sleep(300);
    else await mine(chain, next - block);
  }
}

async function isDue(chain: Chain, { offer, firstWindow }: Replica, block: bigint): Promise<boolean> {
  const window = openWindow(chain.parameters, offer.provider, block);
  if (window === undefined || window < firstWindow) return false;
  return !(await isProven(chain, offer.provider, window));
}

function mine({ publicClient }: Chain, blocks: bigint): Promise<unknown> {
  return publicClient.request({ method: "hardhat_mine", params: [`0x${blocks.toString(16)}`] } as never);
}
