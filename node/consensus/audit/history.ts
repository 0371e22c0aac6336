// A stretch of the chain's history as an audit reads it: nothing that a contract of the deployment said is left out.

import { type Address, encodeEventTopics, type Hex, type Log, pad, parseEventLogs } from "viem";
import { holdfastTokenAbi, recordingBeaconAbi } from "../abi.ts";
import type { Chain } from "../chain.ts";
import { emitters, eventsAbi, type HoldfastLog, readLogs } from "../events.ts";
import type { Difference } from "./difference.ts";
import type { TransactionLogs } from "./replay.ts";
import type { TokenTransfer } from "./vault-events.ts";

export interface History {
  /** In the order of the chain. */
  readonly transactions: readonly TransactionLogs[];
  readonly events: number;
  /** What a recording beacon kept, by the block that it is asked for. */
  readonly recorded: ReadonlyMap<bigint, Hex>;
  /** A log of one of the contracts that is no event of theirs. */
  readonly unknown?: Difference;
}

/** Everything in [from, to]. Throws `CHAIN_UNREACHABLE`, `CHAIN_REJECTED`. */
export async function readHistory(chain: Chain, from: bigint, to: bigint): Promise<History> {
  const { vault, token, beacon } = chain.addresses;
  const range = { from, to };
  const transfer = encodeEventTopics({ abi: holdfastTokenAbi, eventName: "Transfer" })[0] as Hex;
  const [logs, sent, received, randomness] = await Promise.all([
    readLogs(chain, { ...range, address: emitters(chain) }),
    readLogs(chain, { ...range, address: token, topics: [transfer, pad(vault)] }),
    readLogs(chain, { ...range, address: token, topics: [transfer, null, pad(vault)] }),
    readLogs(chain, { ...range, address: beacon }),
  ]);
  const events: HoldfastLog[] = [];
  let unknown: { readonly at: bigint; readonly difference: Difference } | undefined;
  for (const log of logs) {
    const [event] = parseEventLogs({ abi: eventsAbi, logs: [log], strict: true });
    if (event === undefined) {
      unknown = unknownLog(log as Log<bigint, number, false>);
      break;
    }
    events.push(event);
  }
  const records = parseEventLogs({ abi: recordingBeaconAbi, logs: randomness, strict: true });
  const all = byTransaction(events, transfersIn([...sent, ...received]));
  // What comes before the unknown one is replayed as well: the first difference may be there.
  const known = unknown === undefined ? all : all.filter(({ at }) => at < unknown.at);
  return {
    transactions: known,
    events: events.length,
    ...(unknown === undefined ? {} : { unknown: unknown.difference }),
    recorded: new Map(records.map(({ args }) => [args.blockNumber, args.randomness])),
  };
}

function unknownLog(log: Log<bigint, number, false>) {
  const { blockNumber: block, transactionHash: transaction, logIndex, topics, address } = log;
  const event = topics[0] ?? "anonymous";
  const what = `log of ${address}`;
  const difference = { block, transaction, logIndex, event, what, expected: "an event of this release", found: event };
  return { at: placeOf(log), difference };
}

type Placed<value> = { readonly at: bigint; readonly value: value };

function transfersIn(logs: Log[]): Placed<TokenTransfer>[] {
  const seen = new Set<string>();
  return parseEventLogs({ abi: holdfastTokenAbi, logs, strict: true }).flatMap((log) => {
    const key = `${log.blockHash}:${log.logIndex}`; // the vault may be both sides of one
    if (log.eventName !== "Transfer" || seen.has(key)) return [];
    seen.add(key);
    const { from, to, value } = log.args as { from: Address; to: Address; value: bigint };
    const { transactionHash: transaction, blockNumber: block } = log;
    return [{ at: placeOf(log), value: { transaction, block, from, to, value } }];
  });
}

function byTransaction(
  events: readonly HoldfastLog[],
  transfers: readonly Placed<TokenTransfer>[],
): (TransactionLogs & { readonly at: bigint })[] {
  const found = new Map<Hex, { at: bigint; logs: HoldfastLog[]; transfers: TokenTransfer[] }>();
  const entry = (hash: Hex, at: bigint) => {
    const one = found.get(hash) ?? { at, logs: [], transfers: [] };
    found.set(hash, one);
    return one;
  };
  for (const log of events) entry(log.transactionHash, placeOf(log)).logs.push(log);
  for (const { at, value } of transfers) entry(value.transaction, at).transfers.push(value);
  return [...found.values()].sort((a, b) => (a.at < b.at ? -1 : 1));
}

/** Rises along the chain. */
function placeOf({ blockNumber, transactionIndex }: Pick<HoldfastLog, "blockNumber" | "transactionIndex">): bigint {
  return (blockNumber << 32n) + BigInt(transactionIndex);
}
