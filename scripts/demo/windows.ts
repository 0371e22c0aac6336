// What the chain's bitmaps say about every provider's windows since its replica came in.

import type { Chain } from "../../node/consensus/chain.ts";
import type { Replica } from "../../node/consensus/deals.ts";
import { closedWindows, isProven } from "../../node/consensus/spacetime.ts";

export type WindowCount = {
  readonly provider: string;
  readonly proven: number;
  /** Closed without a bit. */
  readonly missed: number;
};

/** Counts the windows of each replica from its first one on. */
export async function countWindows(chain: Chain, replicas: readonly Replica[]): Promise<WindowCount[]> {
  return await Promise.all(
    replicas.map(async ({ offer, firstWindow }) => {
      const closed = await closedWindows(chain, offer.provider);
      let proven = 0;
      let missed = 0;
      // One more than the closed ones: the window that is open may be proven already.
      for (let window = firstWindow; window <= closed; window++) {
        if (await isProven(chain, offer.provider, window)) proven++;
        else if (window < closed) missed++;
      }
      return { provider: offer.provider, proven, missed };
    }),
  );
}

/** Polls until `done`; says on every change how many windows each provider has proven. Throws after `timeoutMs`. */
export async function waitForWindows(
  chain: Chain,
  replicas: readonly Replica[],
  options: {
    done: (counts: readonly WindowCount[]) => boolean;
    tell: (text: string) => void;
    timeoutMs: number;
  },
): Promise<WindowCount[]> {
  const deadline = Date.now() + options.timeoutMs;
  for (;;) {
    const counts = await countWindows(chain, replicas);
    const missed = counts.reduce((sum, count) => sum + count.missed, 0);
    options.tell(`proven ${counts.map(({ proven }) => proven).join(" ")}${missed > 0 ? `, missed ${missed}` : ""}`);
    if (options.done(counts)) return counts;
    if (Date.now() > deadline) throw new Error(`waited ${options.timeoutMs / 1000} s for proven windows in vain`);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}
