// What happened to a file: the chain's events of its deal, and what was done with it from this data folder.

import type { Chain } from "../../consensus/chain.ts";
import type { HoldfastLog } from "../../consensus/events.ts";
import { attenuate, type FileReference } from "../../data/capability.ts";
import { decodeCapability } from "../../data/capability-codec.ts";
import { readActivities } from "../../physical/activity-log.ts";
import { eventsOfDeal } from "./deal-events.ts";
import { readDeal } from "./deal-on-chain.ts";
import { wordsOf } from "./event-words.ts";

export interface HistoryEntry {
  /** ISO 8601; the chain's clock for what is on it. */
  readonly at: string;
  readonly source: "chain" | "here";
  readonly text: string;
  readonly block?: bigint;
  readonly transaction?: string;
  /** Name of the event, or the verb. */
  readonly what: string;
}

/** Oldest first. Accepts any capability of the file. */
export async function fileHistory(chain: Chain, folder: string, capability: string): Promise<HistoryEntry[]> {
  const reference: FileReference = attenuate(decodeCapability(capability), "verify");
  const { deal } = await readDeal({ chain }, reference);
  const [logs, done] = await Promise.all([eventsOfDeal(chain, deal), readActivities(folder)]);
  const times = await timesOf(chain, logs);
  const onChain = logs.map((log): HistoryEntry => {
    const { eventName: what, blockNumber: block, transactionHash: transaction } = log;
    return { at: times.get(block)!, source: "chain", text: wordsOf(log), block, transaction, what };
  });
  const here = done
    .filter(({ dealKey }) => dealKey === deal.dealKey)
    .map(({ at, verb, text }): HistoryEntry => ({ at, source: "here", text, what: verb }));
  // Events of one block keep their order; toSorted is stable.
  return [...onChain, ...here].toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

async function timesOf(chain: Chain, logs: readonly HoldfastLog[]): Promise<Map<bigint, string>> {
  const blocks = [...new Set(logs.map(({ blockNumber }) => blockNumber))];
  const times = new Map<bigint, string>();
  for (let at = 0; at < blocks.length; at += 16) {
    const some = blocks.slice(at, at + 16);
    const found = await Promise.all(some.map((blockNumber) => chain.publicClient.getBlock({ blockNumber })));
    for (const { number, timestamp } of found) times.set(number, new Date(Number(timestamp) * 1000).toISOString());
  }
  return times;
}
