// Events of all contracts of a deployment: read in ranges, and followed as blocks come.

import { setTimeout as sleep } from "node:timers/promises";
import { type Address, type Hex, type Log, type ParseEventLogsReturnType, parseEventLogs, type RpcLog } from "viem";
import { formatLog, numberToHex } from "viem/utils";
import {
  auditPinsAbi,
  capacityProgrammeAbi,
  capacityProofsAbi,
  forcedRetrievalAbi,
  orderBookAbi,
  paymentChannelsAbi,
  providerRegistryAbi,
  referencePriceAbi,
  rewardPoolAbi,
  spacetimeProofsAbi,
  storageMarketAbi,
  strictDownloadAbi,
  vaultAbi,
} from "./abi.ts";
import type { Chain } from "./chain.ts";
import { chainError, isOutage } from "./revert.ts";

/** Events of one name are one event (both funds tell of `PoolFunded`), so one list decodes the logs of every contract. */
export const eventsAbi = [
  ...vaultAbi,
  ...providerRegistryAbi,
  ...spacetimeProofsAbi,
  ...storageMarketAbi,
  ...paymentChannelsAbi,
  ...strictDownloadAbi,
  ...forcedRetrievalAbi,
  ...rewardPoolAbi,
  ...auditPinsAbi,
  ...orderBookAbi,
  ...referencePriceAbi,
  ...capacityProofsAbi,
  ...capacityProgrammeAbi,
] as const;

/** A decoded event: switch on `eventName`. */
export type HoldfastLog = ParseEventLogsReturnType<typeof eventsAbi, undefined, true>[number];

/** Blocks in one request; halved while a server refuses. */
const RANGE = 5_000n;

/** Filter as in eth_getLogs: at each place a topic, any of several, or any at all. */
export type Topics = (Hex | Hex[] | null)[];

export interface LogQuery {
  from: bigint;
  to: bigint;
  /** Every event of the deployment unless given. */
  topics?: Topics;
}

/** Every event in [from, to], in the order of the chain. Throws `CHAIN_UNREACHABLE`, `CHAIN_REJECTED`. */
export async function readEvents(chain: Chain, { from, to, topics }: LogQuery): Promise<HoldfastLog[]> {
  const logs = await readLogs(chain, {
    from,
    to,
    address: emitters(chain),
    ...(topics === undefined ? {} : { topics }),
  });
  const decoded = parseEventLogs({ abi: eventsAbi, logs, strict: true });
  return decoded;
}

/** The contracts whose events tell the whole history of a deployment. */
export function emitters({ addresses }: Chain): Address[] {
  const { vault, registry, spacetime, market, channels, downloads, retrieval, rewards, pins } = addresses;
  const { orders, reference, capacity, programme } = addresses;
  return [vault, registry, spacetime, market, channels, downloads, retrieval, rewards, orders, reference, pins].concat(
    capacity ?? [],
    programme ?? [],
  );
}

/** Logs as they are, of any contracts; a null topic stands for any. Throws `CHAIN_UNREACHABLE`, `CHAIN_REJECTED`. */
export async function readLogs(
  chain: Pick<Chain, "publicClient">,
  { from, to, ...filter }: LogQuery & { address?: Address | Address[] },
): Promise<Log[]> {
  const found: Log[] = [];
  let range = RANGE;
  for (let at = from; at <= to; ) {
    const end = at + range - 1n < to ? at + range - 1n : to;
    try {
      const logs: RpcLog[] = await chain.publicClient.request({
        method: "eth_getLogs",
        params: [{ ...filter, fromBlock: numberToHex(at), toBlock: numberToHex(end) }],
      });
      for (const log of logs) found.push(formatLog(log));
      at = end + 1n;
    } catch (error) {
      if (range === 1n || isOutage(error)) throw chainError("the events", error);
      range = range / 2n; // the server's limit is its own secret
    }
  }
  return found;
}

/** What one look at the chain brought. Events are identified by block hash and log index, never by block number. */
export interface EventBatch {
  logs: readonly HoldfastLog[];
  /** Events told of before, whose block the chain has replaced. */
  removed: readonly HoldfastLog[];
  /** Everything up to this block has been told: to resume, follow from the one after it. */
  through: bigint;
}

export interface FollowOptions {
  /** First block to tell of. */
  fromBlock: bigint;
  /** Awaited; when it throws, following stops with that error. */
  onEvents: (batch: EventBatch) => void | Promise<void>;
  signal: AbortSignal;
  /** Blocks that are read again each time, to notice that the chain replaced them; 8 unless told. */
  overlap?: bigint;
  /** Called once per outage. */
  onOutage?: (error: Error) => void;
}

/** The longest pause between looks while the chain does not answer, in milliseconds. */
const LONGEST_BACKOFF = 10_000;

/**
 * Tells every event once, from `fromBlock` on, until `signal` is aborted. Survives outages. Whoever resumes passes
 * `through + 1` of the last batch it has dealt with; a batch may be empty.
 */
export async function followEvents(chain: Chain, options: FollowOptions): Promise<void> {
  const { signal, onEvents, overlap = 8n } = options;
  let next = options.fromBlock;
  let told = new Map<string, HoldfastLog>();
  let pause = chain.publicClient.pollingInterval;
  while (!signal.aborted) {
    let batch: EventBatch | undefined;
    try {
      const head = await chain.publicClient.getBlockNumber();
      if (head >= next || head + 1n < next) {
        const floor = later(next - overlap, options.fromBlock);
        const logs = head < floor ? [] : await readEvents(chain, { from: floor, to: head });
        const present = new Map(logs.map((log) => [idOf(log), log]));
        batch = {
          logs: logs.filter((log) => !told.has(idOf(log))),
          removed: [...told.values()].filter((log) => !present.has(idOf(log))),
          through: head,
        };
        const kept = head + 1n - overlap;
        told = new Map([...present].filter(([, log]) => log.blockNumber >= kept));
        next = head + 1n;
      }
      pause = chain.publicClient.pollingInterval;
    } catch (error) {
      // Whatever the server says, the chain goes on: a follower that gave up would leave its daemon blind.
      if (pause === chain.publicClient.pollingInterval) options.onOutage?.(chainError("the events", error));
      pause = Math.min(2 * pause, LONGEST_BACKOFF);
    }
    if (batch !== undefined && !signal.aborted) await onEvents(batch);
    await sleep(pause, undefined, { signal }).catch(() => undefined);
  }
}

function later(a: bigint, b: bigint): bigint {
  if (a > b) return a;
  return b;
}

function idOf(log: HoldfastLog): string {
  return `${log.blockHash}:${log.logIndex}`;
}
