// Audits a deployment: replays all of its history by the rules, verifies every proof again, and holds the books against
// the chain's state.

import type { Address, Hex } from "viem";
import { HoldfastError } from "../../common/errors.ts";
import { openingOf } from "../../data/windows.ts";
import { keyedVerifierAbi } from "../abi.ts";
import { read } from "../call.ts";
import type { Chain } from "../chain.ts";
import type { HoldfastLog } from "../events.ts";
import { verifyingKeyHash as hashOfKey, type VerifyingKey } from "../prover/verifying-key.ts";
import { chainError } from "../revert.ts";
import { verifyingKeyHash } from "../spacetime.ts";
import type { Bucket } from "../vault.ts";
import { claimChecker } from "./check-claims.ts";
import type { Difference } from "./difference.ts";
import { type History, readHistory } from "./history.ts";
import type { ProofClaim } from "./proof-claims.ts";
import { replayTransaction } from "./replay.ts";
import { readRules } from "./rules.ts";
import { type Books, newBooks } from "./state.ts";
import { checkState } from "./state-check.ts";
import { inTurns } from "./turns.ts";

export interface AuditOptions {
  /** Proofs in blocks before it are believed; events are replayed from the deployment on in any case. */
  readonly from?: bigint;
  /** Uniform 128-bit integers. */
  readonly randomWeight: () => bigint;
  readonly onProgress?: (progress: AuditProgress) => void;
  readonly signal?: AbortSignal;
  /** Blocks that are read at once; 2,000 unless told. */
  readonly stretch?: bigint;
}

export interface AuditProgress {
  readonly block: bigint;
  readonly head: bigint;
  readonly events: number;
  readonly proofs: number;
}

export interface AuditReport {
  readonly closes: boolean;
  readonly difference?: Difference;
  /** First and last block of the replay. */
  readonly from: bigint;
  readonly to: bigint;
  readonly events: number;
  readonly transactions: number;
  readonly proofs: { readonly verified: number; readonly believed: number };
  /** keccak256 of the verifying key that the proofs were verified with, which is the chain's. */
  readonly keyHash: Hex;
  /** The same of proofs of empty capacity, where the deployment has them. */
  readonly capacityKeyHash?: Hex;
  readonly accounts: number;
  readonly lanes: number;
  readonly deals: number;
  /** Of empty space that are there. */
  readonly sectors: number;
  readonly totals: Readonly<Record<Bucket, bigint>>;
  readonly liabilities: bigint;
}

const STRETCH = 2_000n;
const READS = 8;

/**
 * Throws `CHAIN_UNREACHABLE`, `CHAIN_REJECTED`, `VERIFIER_WITHOUT_KEY`, and `CHAIN_REORGANISED` if blocks that were read
 * are gone in the end. A difference is no error: it is the answer.
 */
export async function audit(chain: Chain, options: AuditOptions): Promise<AuditReport> {
  const { books, ends, ...replayed } = await replayChain(chain, options);
  const difference = replayed.difference ?? (await checkState(chain, books, replayed.to));
  await refuseReorganised(chain, ends);
  return { ...replayed, closes: difference === undefined, ...(difference && { difference }), ...summary(books) };
}

type Replayed = Omit<AuditReport, "closes" | keyof ReturnType<typeof summary>> & {
  readonly books: Books;
  /** Hashes of the last blocks of all stretches that were read. */
  readonly ends: ReadonlyMap<bigint, Hex>;
};

/** The first half of an audit: the books as history makes them, before they are held against the state. */
export async function replayChain(chain: Chain, options: AuditOptions): Promise<Replayed> {
  const { signal, onProgress, stretch = STRETCH } = options;
  const [rules, key] = await Promise.all([readRules(chain), readKey(chain, chain.addresses.verifier)]);
  const capacityKey = rules.capacity && (await readKey(chain, rules.capacity.verifier));
  const books = newBooks(rules);
  const checker = claimChecker(
    chain,
    rules,
    { spacetime: key, ...(capacityKey && { capacity: capacityKey }) },
    options.randomWeight,
  );
  const believedBefore = options.from ?? 0n;
  const ends = new Map<bigint, Hex>();
  let recorded = new Map<bigint, Hex>();
  const count = { events: 0, transactions: 0, verified: 0, believed: 0 };
  let difference: Difference | undefined;
  let head = await headOf(chain);
  let at = chain.fromBlock;
  while (at <= head.number && difference === undefined) {
    signal?.throwIfAborted();
    const end = at + stretch - 1n < head.number ? at + stretch - 1n : head.number;
    ends.set(end, await hashOf(chain, end));
    const history = await readHistory(chain, at, end);
    recorded = new Map([...recorded, ...history.recorded].filter(([block]) => block + 4n * rules.schedule.period > at));
    const { claims, ...outcome } = await replay(chain, books, history, { recorded, believedBefore });
    count.events += history.events;
    count.transactions += history.transactions.length;
    difference = (await checker.check(claims)) ?? outcome.difference ?? history.unknown;
    count.verified += claims.length;
    count.believed += outcome.believed;
    onProgress?.({ block: end, head: head.number, events: count.events, proofs: count.verified });
    at = end + 1n;
    // While it was read the chain went on: the state is compared at its head, which every server still knows.
    if (at > head.number) head = await headOf(chain);
  }
  return {
    books,
    ends,
    ...(difference === undefined ? {} : { difference }),
    from: chain.fromBlock,
    to: at - 1n,
    events: count.events,
    transactions: count.transactions,
    proofs: { verified: count.verified, believed: count.believed },
    keyHash: hashOfKey(key),
    ...(capacityKey && { capacityKeyHash: hashOfKey(capacityKey) }),
  };
}

/** Replays a stretch up to its first difference; answers the proofs before it that are not believed. */
async function replay(
  chain: Chain,
  books: Books,
  { transactions }: History,
  { recorded, believedBefore }: { recorded: ReadonlyMap<bigint, Hex>; believedBefore: bigint },
): Promise<{ claims: ProofClaim[]; believed: number; difference?: Difference }> {
  const { schedule } = books.rules;
  const proofs = transactions
    .flatMap(({ logs }) => logs)
    .filter(isProof)
    .filter(({ blockNumber }) => blockNumber >= believedBefore);
  const openings = [...new Set(proofs.map(({ args }) => openingOf(schedule, args.provider, args.window)))];
  const hashes = await inTurns(openings, READS, async (block) => recorded.get(block) ?? (await hashOf(chain, block)));
  const randomness = new Map(openings.map((block, i) => [block, hashes[i]!]));
  const claims: ProofClaim[] = [];
  let believed = 0;
  for (const transaction of transactions) {
    const outcome = replayTransaction(books, transaction, { randomness });
    claims.push(...outcome.claims);
    believed += transaction.logs.filter(isProof).length - outcome.claims.length;
    if (outcome.difference !== undefined) return { claims, believed, difference: outcome.difference };
  }
  return { claims, believed };
}

type ProofLog = Extract<HoldfastLog, { eventName: "SpacetimeProven" | "CapacityProven" }>;

function isProof(log: HoldfastLog): log is ProofLog {
  return log.eventName === "SpacetimeProven" || log.eventName === "CapacityProven";
}

/** The chain's own key, checked against the hash that the verifier is known by. */
async function readKey(chain: Chain, address: Address): Promise<VerifyingKey> {
  const verifier = { address, abi: keyedVerifierAbi, args: [] } as const;
  const stated = await verifyingKeyHash(chain, address);
  const key = await read(chain, { ...verifier, functionName: "verifyingKey" }).catch((cause: unknown) => {
    throw new HoldfastError(
      "VERIFIER_WITHOUT_KEY",
      `The verifier at ${verifier.address} does not show its verifying key, so nobody can verify its proofs again.`,
      { cause },
    );
  });
  const found = hashOfKey(key);
  if (found === stated) return key;
  throw new HoldfastError(
    "VERIFIER_MISMATCH",
    `The verifier at ${verifier.address} shows another key than the one it is known by: expected ${stated}, found ${found}.`,
    { details: { expected: stated, found } },
  );
}

async function headOf(chain: Chain): Promise<{ number: bigint }> {
  try {
    return { number: await chain.publicClient.getBlockNumber() };
  } catch (error) {
    throw chainError("the newest block", error);
  }
}

async function hashOf(chain: Chain, blockNumber: bigint): Promise<Hex> {
  try {
    return (await chain.publicClient.getBlock({ blockNumber })).hash;
  } catch (error) {
    throw chainError("a block", error);
  }
}

async function refuseReorganised(chain: Chain, ends: ReadonlyMap<bigint, Hex>): Promise<void> {
  for (const [block, hash] of ends) {
    if ((await hashOf(chain, block)) === hash) continue;
    throw new HoldfastError(
      "CHAIN_REORGANISED",
      `The chain replaced blocks up to ${block} while they were read; run the audit again.`,
      { details: { block } },
    );
  }
}

function summary(books: Books) {
  const totals = { accounts: [...books.free.values()].reduce((sum, free) => sum + free, 0n) } as Record<Bucket, bigint>;
  for (const [key, held] of books.held) {
    const bucket = key.split(" ")[1] as Bucket;
    totals[bucket] = (totals[bucket] ?? 0n) + held;
  }
  return {
    accounts: books.free.size,
    lanes: books.lanes.size,
    deals: books.deals.size,
    sectors: [...books.spaces.values()].reduce((sum, { bag }) => sum + [...bag.values()].flat().length, 0),
    totals,
    liabilities: books.liabilities,
  };
}
