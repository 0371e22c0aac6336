// All slots that can serve a file, connected; the channels of the preferred k funded in one transaction.

import type { Address } from "viem";
import { formatAmount } from "../../common/amounts.ts";
import { HoldfastError } from "../../common/errors.ts";
import { fund } from "../../consensus/channels.ts";
import { balanceOf } from "../../consensus/token.ts";
import { deposit, freeOf } from "../../consensus/vault.ts";
import type { Secrets } from "../../data/capability.ts";
import { sealKey } from "../../data/seal.ts";
import type { SlotTable } from "../../data/slot-table.ts";
import { retrievalLimit } from "../../incentive/placement.ts";
import { openVoucherLedger } from "../../physical/voucher-ledger.ts";
import { type ClientContext, clientAddress } from "./context.ts";
import type { LiveDeal } from "./deal-on-chain.ts";
import { openPaidSource, type PaidSource, tooDear } from "./paid-source.ts";
import { loadPeers } from "./quotes.ts";
import type { Source } from "./swarm.ts";

export interface SourcesOptions {
  readonly deal: LiveDeal;
  readonly table: SlotTable;
  readonly seal: Secrets["seal"];
  readonly pieces: number;
  readonly k: number;
  readonly maxPrice: bigint | undefined;
  readonly onTrouble: (slot: number, cause: unknown) => void;
}

export interface Sources {
  /** Data shards first: they need no decoding. */
  readonly list: readonly Source[];
  /** Base units promised so far. */
  paid(): bigint;
  /** Pieces that came and were right, by provider. */
  served(): ReadonlyMap<Address, number>;
  close(): Promise<void>;
}

/** Throws `NOT_ENOUGH_PROVIDERS` unless k slots that this capability can unseal answer. */
export async function openSources(context: ClientContext, options: SourcesOptions): Promise<Sources> {
  const { deal, table, seal, pieces, k } = options;
  const { chain } = context;
  const [ledger, peerOf] = await Promise.all([openVoucherLedger(context.folder), loadPeers(context)]);
  const preferred = new Set<PaidSource>();
  let turn: Promise<unknown> = Promise.resolve();
  // One after the other: side by side, two would count on the same free tokens in the vault.
  const inTurn = (sources: readonly PaidSource[]) => {
    const mine = turn.then(() => topUp(context, sources, pieces));
    turn = mine.catch(() => {});
    return mine;
  };
  const fundSpare = async (source: PaidSource) => {
    if (!preferred.has(source)) await inTurn([source]);
  };
  const readable = deal.active.flatMap(({ offer }) => {
    const entry = table.slots[offer.slot];
    const secret = entry && seal[entry.secret];
    return entry && secret ? [{ offer, entry, secret }] : [];
  });
  const opening = readable.map(async ({ offer, entry, secret }) => {
    const key = sealKey(secret, {
      chainId: chain.chainId,
      market: chain.addresses.market,
      dealKey: offer.dealKey,
      slot: offer.slot,
      generation: entry.generation,
      sealingProvider: entry.sealingProvider,
    });
    return await openPaidSource(context, {
      offer,
      sealKey: key,
      peer: peerOf(offer.provider),
      ledger,
      pieces,
      maxPrice: options.maxPrice ?? 2n ** 128n,
      fund: fundSpare,
    });
  });
  let open: PaidSource[] = [];
  for (const [i, outcome] of (await Promise.allSettled(opening)).entries()) {
    if (outcome.status === "fulfilled") open.push(outcome.value);
    else options.onTrouble(readable[i]!.offer.slot, outcome.reason);
  }
  if (options.maxPrice === undefined) {
    const limit = retrievalLimit(
      open.map(({ price }) => price),
      k,
    );
    for (const source of open) if (source.price > limit) options.onTrouble(source.slot, tooDear(source, limit));
    await Promise.all(open.filter(({ price }) => price > limit).map((source) => source.close().catch(() => {})));
    open = open.filter(({ price }) => price <= limit);
  }
  const close = async () => {
    await Promise.all(open.map((source) => source.close().catch(() => {})));
  };
  if (open.length < k) {
    await close();
    throw new HoldfastError(
      "NOT_ENOUGH_PROVIDERS",
      `Only ${open.length} providers of this file answer at a fair price and ${k} are needed: try again when more of them are up.`,
      { details: { needed: k, found: open.length } },
    );
  }
  const list = open.toSorted((a, b) => a.slot - b.slot);
  for (const source of list.slice(0, k)) preferred.add(source);
  // Before the first piece is asked for: while a transaction waits for its block, no provider must look slow.
  await inTurn([...preferred]).catch(async (cause: unknown) => {
    await close();
    throw cause;
  });
  const served = new Map<Address, number>();
  const counting = list.map((source) => ({
    ...source,
    async fetch(index: number, signal: AbortSignal) {
      const bytes = await source.fetch(index, signal);
      served.set(source.provider, (served.get(source.provider) ?? 0) + 1);
      return bytes;
    },
  }));
  const paid = () => list.reduce((sum, source) => sum + source.paid(), 0n);
  return { list: counting, paid, served: () => served, close };
}

/** One transaction for all channels; one more when the vault account does not hold enough. Throws `NOT_ENOUGH_TOKENS`. */
export async function topUp(context: ClientContext, sources: readonly PaidSource[], pieces: number): Promise<void> {
  const { chain } = context;
  const wanted: { provider: Address; amount: bigint }[] = sources
    .map((source) => ({ provider: source.provider, amount: source.shortfall(pieces) }))
    .filter(({ amount }) => amount > 0n);
  if (wanted.length === 0) return;
  const total = wanted.reduce((sum, { amount }) => sum + amount, 0n);
  const client = clientAddress(context);
  const [free, owned] = await Promise.all([freeOf(chain, client), balanceOf(chain, client)]);
  if (free + owned < total) {
    throw new HoldfastError(
      "NOT_ENOUGH_TOKENS",
      `The download needs ${formatAmount(total)} tokens and ${client} has ${formatAmount(free + owned)}: send it more.`,
      { details: { needed: total, free, owned } },
    );
  }
  if (free < total) await deposit(chain, total - free);
  context.tell(`funding ${wanted.length} payment channels`);
  await fund(chain, wanted);
}
