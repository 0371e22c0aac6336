// A chain's answers, kept once and told again with a lie in them.

import { type Address, custom, type Hex } from "viem";
import { type Chain, connectChain } from "../../../node/consensus/chain.ts";

/** One question to the server, and its honest answer. */
export interface Asked {
  readonly method: string;
  readonly params: unknown;
  readonly answer: unknown;
}

export interface RawLog {
  readonly address: Address;
  readonly topics: readonly Hex[];
  readonly data: Hex;
  readonly blockNumber: Hex;
  readonly transactionHash: Hex;
  readonly logIndex: Hex;
}

/** What to say instead of the honest answer. */
export type Lie = (asked: Asked) => unknown;

export interface Tape {
  /** All that was asked so far. */
  asked(): readonly Asked[];
  /** Hears the kept answers, and new ones from the chain, as the lie changes them. */
  readonly chain: Chain;
  /** From now on; honest answers unless given. */
  tell(lie?: Lie): void;
}

export async function tapeOf(rpcUrl: string, market: Address): Promise<Tape> {
  const kept = new Map<string, Promise<Asked>>();
  // An audit keeps this process busy for longer than the server keeps a silent connection: what is lost with one is asked again.
  const ask = async (method: string, params: unknown): Promise<Asked> => {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
    const post = () => fetch(rpcUrl, { method: "POST", headers: { "content-type": "application/json" }, body });
    const response = await post().catch(post).catch(post);
    const { result, error } = (await response.json()) as { result?: unknown; error?: object };
    if (error !== undefined) throw Object.assign(new Error("refused"), error);
    return { method, params, answer: result };
  };
  const known: Asked[] = [];
  const remember = (method: string, params: unknown) => {
    const key = JSON.stringify([method, params]);
    const found = kept.get(key) ?? ask(method, params);
    if (kept.has(key)) return found;
    kept.set(key, found);
    found.then(
      (asked) => known.push(asked),
      () => kept.delete(key),
    );
    return found;
  };
  let lie: Lie = honest;
  const request = async ({ method, params }: { method: string; params?: unknown }) =>
    lie(structuredClone(await remember(method, params)));
  const transport = custom({ request }, { retryCount: 0 });
  return {
    asked: () => known,
    chain: await connectChain({ rpcUrl, market, transport }),
    tell(next = honest) {
      lie = next;
    },
  };
}

const honest: Lie = ({ answer }) => answer;

/** The words of a log that a lie could be in: its indexed arguments, then its data. */
export function wordsOf(log: RawLog): { readonly topic?: number; readonly at?: number }[] {
  const topics = log.topics.slice(1).map((_, i) => ({ topic: i + 1 }));
  const data = Array.from({ length: Math.floor((log.data.length - 2) / 64) }, (_, at) => ({ at }));
  return [...topics, ...data];
}

/** The log with the lowest bit of one word changed. */
export function alterWord(log: RawLog, { topic, at }: { readonly topic?: number; readonly at?: number }): RawLog {
  if (topic !== undefined) return { ...log, topics: log.topics.map((word, i) => (i === topic ? flipped(word) : word)) };
  return { ...log, data: alterHex(log.data, at!) };
}

/** Hex of whole words with the lowest bit of one of them changed. */
export function alterHex(hex: Hex, word: number): Hex {
  const end = 2 + 64 * (word + 1);
  return `${hex.slice(0, end - 1)}${(Number.parseInt(hex[end - 1]!, 16) ^ 1).toString(16)}${hex.slice(end)}` as Hex;
}

function flipped(word: Hex): Hex {
  return alterHex(word, 0);
}
