// What the chain and this client's own downloads say of providers that quoted: what their score is made of.

import { type Address, encodeEventTopics, type Hex, pad } from "viem";
import { forcedRetrievalAbi, spacetimeProofsAbi } from "../../consensus/abi.ts";
import { readEvents } from "../../consensus/events.ts";
import type { ProviderView } from "../../consensus/registry.ts";
import { lane, provenBetween, weightOf } from "../../consensus/spacetime.ts";
import { ELEMENT_BYTES, GROUP_BYTES } from "../../data/layout.ts";
import { closedWindows } from "../../data/windows.ts";
import { networkOf, type ProviderFacts } from "../../incentive/score.ts";
import { peerOfProfile } from "../../network/peer.ts";
import { readRetrievalRecords } from "../../physical/provider-record.ts";
import type { ClientContext } from "./context.ts";

/** Windows of the past that count: a lane is what it was lately. */
const HISTORY_WINDOWS = 256;

export interface Answered {
  readonly view: ProviderView;
  readonly latencyMs: number;
}

/** By provider. `groups` is the size of the replica that is to be placed. */
export async function gatherFacts(
  context: ClientContext,
  answered: readonly Answered[],
  { groups }: { groups: number },
): Promise<Map<Address, ProviderFacts>> {
  if (answered.length === 0) return new Map();
  const { chain, folder } = context;
  const providers = answered.map(({ view }) => view.provider);
  const [block, records, complaints] = await Promise.all([
    chain.publicClient.getBlockNumber(),
    readRetrievalRecords(folder),
    complaintsAbout(context, providers),
  ]);
  const facts = await Promise.all(
    answered.map(async ({ view, latencyMs }): Promise<[Address, ProviderFacts]> => {
      const { provider, profile } = view;
      const closed = closedWindows(chain.parameters, provider, block);
      const from = Math.max(closed - HISTORY_WINDOWS, 0);
      const [proven, weight, state] = await Promise.all([
        provenBetween(chain, provider, from, closed),
        weightOf(chain, provider),
        lane(chain, provider),
      ]);
      // Misses that nobody has burned stake for yet: an empty lane has none.
      const open = Math.max(state.accounted, from);
      const unseen =
        weight === 0n || open >= closed ? 0 : closed - open - (await provenBetween(chain, provider, open, closed));
      const { missed = 0, withheld = 0 } = complaints.get(provider) ?? {};
      const record = records[provider.toLowerCase()] ?? { served: 0, failed: 0 };
      const held = weight * BigInt(ELEMENT_BYTES);
      return [
        provider,
        {
          proven,
          missed: missed + unseen,
          served: record.served,
          failed: record.failed + withheld,
          freeBytes: profile.capacity > held ? profile.capacity - held : 0n,
          replicaBytes: BigInt(groups * GROUP_BYTES),
          latencyMs,
          network: networkOf(peerOfProfile(profile).addresses),
        },
      ];
    }),
  );
  return new Map(facts);
}

/** Windows that cost stake lately, and groups that were asked for on chain and withheld. */
async function complaintsAbout({ chain }: ClientContext, providers: readonly Address[]) {
  const to = await chain.publicClient.getBlockNumber();
  const span = BigInt(HISTORY_WINDOWS) * chain.parameters.period;
  const from = to - span > chain.fromBlock ? to - span : chain.fromBlock;
  const who: Hex[] = providers.map((provider) => pad(provider));
  const [misses] = encodeEventTopics({ abi: spacetimeProofsAbi, eventName: "MissesAccounted" });
  const [withheld] = encodeEventTopics({ abi: forcedRetrievalAbi, eventName: "GroupWithheld" });
  const logs = [
    ...(await readEvents(chain, { from, to, topics: [misses!, who] })),
    ...(await readEvents(chain, { from, to, topics: [withheld!, null, who] })),
  ];
  const found = new Map<Address, { missed: number; withheld: number }>();
  for (const log of logs) {
    if (log.eventName !== "MissesAccounted" && log.eventName !== "GroupWithheld") continue;
    const { provider } = log.args;
    const sum = found.get(provider) ?? { missed: 0, withheld: 0 };
    if (log.eventName === "MissesAccounted") sum.missed += Number(log.args.missed);
    else sum.withheld++;
    found.set(provider, sum);
  }
  return found;
}
