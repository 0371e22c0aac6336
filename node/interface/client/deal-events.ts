// Every event of the chain that is about one deal: its own, its replicas', and what its client pays its providers for pieces.

import { type Abi, type Address, encodeEventTopics, type Hex, pad } from "viem";
import { paymentChannelsAbi, strictDownloadAbi } from "../../consensus/abi.ts";
import type { Chain } from "../../consensus/chain.ts";
import type { Deal } from "../../consensus/deals.ts";
import { type HoldfastLog, readEvents } from "../../consensus/events.ts";
import { retrievalIdOf } from "../../data/forced-retrieval.ts";
import type { Offer } from "../../data/terms.ts";

/** In the order of the chain. A channel pays for pieces of every file that the client reads from that provider, so all of it is here. */
export async function eventsOfDeal(chain: Chain, { dealKey, client, block }: Deal): Promise<HoldfastLog[]> {
  const [from, to] = [block, await chain.publicClient.getBlockNumber()];
  const ofDeal = await readEvents(chain, { from, to, topics: [null, dealKey] });
  const offers = ofDeal.flatMap(offersIn);
  if (offers.length === 0) return ofDeal;
  const roots = unique(offers.map(({ root }) => root));
  const providers = unique(offers.map(({ provider }) => pad(provider)));
  const [pinned, ofRoots, asked, paid, downloads] = await Promise.all([
    readEvents(chain, { from, to, topics: [null, null, null, roots] }),
    readEvents(chain, { from, to, topics: [null, null, roots] }),
    readEvents(chain, { from, to, topics: [null, unique(offers.map(retrievalIdOf))] }),
    readEvents(chain, { from, to, topics: [channelTopics(), pad(client), providers] }),
    readEvents(chain, { from, to, topics: [topicOf(strictDownloadAbi, "DownloadOpened"), null, null, providers] }),
  ]);
  const dataRoots = new Set(offers.map(({ dataRoot }) => dataRoot));
  const ids = downloads.flatMap((log) =>
    log.eventName === "DownloadOpened" && dataRoots.has(log.args.session.dataRoot) ? [log.args.id] : [],
  );
  const strict = ids.length === 0 ? [] : await readEvents(chain, { from, to, topics: [null, ids] });
  // A root is of one replica only together with its provider.
  const own = new Set(offers.map(({ provider, root }) => `${provider} ${root}`.toLowerCase()));
  const ofReplicas = [...pinned, ...ofRoots].filter(({ args }) => {
    const { provider, root } = args as { provider?: Address; root?: Hex };
    return own.has(`${provider} ${root}`.toLowerCase());
  });
  return [...ofDeal, ...ofReplicas, ...asked, ...paid, ...strict].toSorted(
    (a, b) => Number(a.blockNumber - b.blockNumber) || a.logIndex - b.logIndex,
  );
}

/** Every replica that the deal ever had comes with its offer. */
function offersIn({ eventName, args }: HoldfastLog): Offer[] {
  const filled = eventName === "SlotFilled" || eventName === "SlotRefilled" || eventName === "SlotHandedOver";
  return filled ? [args.offer] : [];
}

function channelTopics(): Hex[] {
  const names = ["ChannelFunded", "VoucherRedeemed", "ChannelClosing", "ChannelClosed"] as const;
  return names.map((name) => topicOf(paymentChannelsAbi, name));
}

function topicOf(abi: Abi, eventName: string): Hex {
  return encodeEventTopics({ abi, eventName })[0] as Hex;
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
