// All slots that can serve a file, connected; the channels of the preferred k funded in one transaction.

import type { Address } from "viem";
import { formatAmount } from "../../common/amounts.ts";
import { HoldfastError } from "../../common/errors.ts";
import { fund } from "../../consensus/channels.ts";
import { balanceOf } from "../../consensus/token.ts";
import { deposit, freeOf } from "../../consensus/vault.ts";
import type { Secrets } from "../../data/capability.ts";
import type { Header } from "../../data/header.ts";
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
  readonly header: Header;
  readonly table: SlotTable;
  readonly seal: Secrets["seal"];
  readonly pieces: number;
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
  /** `whole`: all that came was taken. */
  close(whole?: boolean): Promise<void>;
}

/** Throws `NOT_ENOUGH_PROVIDERS` unless k slots that this capability can unseal answer. */
export async function openSources(context: ClientContext, options: SourcesOptions): Promise<Sources> {
  const { deal, header, table, seal, pieces } = options;
  const { k } = header;
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
      reading: { sealKey: key, header },
      peer: peerOf(offer.provider),
      ledger,
      pieces,
      maxPrice: options.maxPrice ?? 2n ** 128n,
      fund: fundSpare,
    });
  });
  const onFailure = (i: number, cause: unknown) => options.onTrouble(readable[i]!.offer.slot, cause);
  const limitOf = (found: readonly PaidSource[]) => options.maxPrice ?? retrievalLimit(prices(found), k);
  let { open, late } = await openInTime(opening, k, onFailure);
  if (open.filter(({ price }) => price <= limitOf(open)).length < k) {
    // Too few are fair: then whoever is late is waited for.
    ({ open, late } = await openInTime(opening, opening.length, () => {}));
  }
  const limit = limitOf(open);
  for (const source of open) if (source.price > limit) options.onTrouble(source.slot, tooDear(source, limit));
  const fair = open.filter(({ price }) => price <= limit).toSorted((a, b) => a.slot - b.slot);
  const used: PaidSource[] = [...fair];
  const close = async (whole?: boolean) => {
    // Nobody waits for who has not even opened.
    for (const { source } of late) void source.then((opened) => opened.close()).catch(() => {});
    await Promise.all([...new Set([...open, ...used])].map((source) => source.close(whole).catch(() => {})));
  };
  if (fair.length < k) {
    await close();
    throw new HoldfastError(
      "NOT_ENOUGH_PROVIDERS",
      `Only ${fair.length} providers of this file answer at a fair price and ${k} are needed: try again when more of them are up.`,
      { details: { needed: k, found: fair.length } },
    );
  }
  // Before the first piece is asked for: while a transaction waits for its block, no provider must look slow.
  await fundFirst().catch(async (cause: unknown) => {
    await close();
    throw cause;
  });
  const served = new Map<Address, number>();
  const inOrder = [
    ...fair.map((source) => ({ slot: source.slot, source: Promise.resolve(source) })),
    ...late.map(({ index, source }) => ({ slot: readable[index]!.offer.slot, source })),
  ];
  const list = inOrder.map(
    ({ slot, source }): Source => ({
      slot,
      async fetch(first, count, signal) {
        const opened = await source;
        if (opened.price > limit) throw tooDear(opened, limit);
        if (!used.includes(opened)) used.push(opened);
        const pieces = await opened.fetch(first, count, signal);
        served.set(opened.provider, (served.get(opened.provider) ?? 0) + count);
        return pieces;
      },
    }),
  );

  async function fundFirst(): Promise<void> {
    for (const source of fair.slice(0, k + SPARES)) preferred.add(source);
    try {
      await inTurn([...preferred]);
    } catch (cause) {
      if (!(cause instanceof HoldfastError) || cause.code !== "NOT_ENOUGH_TOKENS" || preferred.size === k) throw cause;
      // Spares are paid for when they are needed.
      for (const source of fair.slice(k, k + SPARES)) preferred.delete(source);
      await inTurn([...preferred]);
    }
  }
  const paid = () => used.reduce((sum, source) => sum + source.paid(), 0n);
  return { list, paid, served: () => served, close };
}

/** Sources besides the preferred k whose channels are funded with theirs: a spare that waits for a block comes too late. */
const SPARES = 2;
/** Once k providers have answered, the others may take as long again as the k-th did, and this many milliseconds. */
const GRACE_MS = 250;

/** Those that open in time, and those that are still to: one that accepts and is silent must not hold up the others. */
async function openInTime(
  opening: readonly Promise<PaidSource>[],
  k: number,
  onFailure: (index: number, cause: unknown) => void,
): Promise<{ open: PaidSource[]; late: { index: number; source: Promise<PaidSource> }[] }> {
  const began = Date.now();
  const open: PaidSource[] = [];
  const pending = new Set(opening.keys());
  let graceOver = () => {};
  const grace = new Promise<void>((resolve) => {
    graceOver = resolve;
  });
  let timer: NodeJS.Timeout | undefined;
  const each = opening.map(async (source, index) => {
    try {
      open.push(await source);
      if (open.length === k) timer = setTimeout(graceOver, GRACE_MS + Date.now() - began);
    } catch (cause) {
      onFailure(index, cause);
    } finally {
      pending.delete(index);
    }
  });
  await Promise.race([Promise.all(each), grace]);
  clearTimeout(timer);
  // What comes from now on belongs to `late`.
  return { open: [...open], late: [...pending].map((index) => ({ index, source: opening[index]! })) };
}

function prices(sources: readonly PaidSource[]): bigint[] {
  return sources.map(({ price }) => price);
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
