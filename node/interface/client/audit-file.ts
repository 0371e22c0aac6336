// Whether a stored file could be fetched now, and for how much longer: the chain's word on every slot, and what its provider
// answers when it is asked at random. Any capability will do; nothing secret is used.

import { randomInt } from "node:crypto";
import type { Hex } from "viem";
import { HoldfastError } from "../../common/errors.ts";
import type { Replica } from "../../consensus/deals.ts";
import type { SlotStatus } from "../../consensus/market.ts";
import { failsWhenSettled } from "../../consensus/settling.ts";
import { attenuate, type FileReference } from "../../data/capability.ts";
import { decodeCapability } from "../../data/capability-codec.ts";
import { sampleDetection } from "../../data/detection.ts";
import { pieceCount } from "../../data/layout.ts";
import { retrievalLimit } from "../../incentive/placement.ts";
import type { Peer } from "../../network/peer.ts";
import { openVoucherLedger } from "../../physical/voucher-ledger.ts";
import type { ClientContext } from "./context.ts";
import { readDeal } from "./deal-on-chain.ts";
import { reportOf, type SlotReport } from "./file-status.ts";
import { isOwnFault } from "./own-fault.ts";
import { openPaidSource, type PaidSource, tooDear } from "./paid-source.ts";
import { loadPeers } from "./quotes.ts";
import { checkBothRoots, drawElements, openElements } from "./sample-slot.ts";
import { topUp } from "./sources.ts";

export interface AuditOptions {
  readonly capability: string;
  /** Elements that each provider must open, free of charge; {@link AUDIT_SAMPLES} unless told. */
  readonly samples?: number | undefined;
  /** Random pieces bought of each provider and held to both roots; one unless told, zero for nothing that costs. */
  readonly pieces?: number | undefined;
  /** The most to pay per piece; base units. Unless told, a few times what the k cheapest ask. */
  readonly maxPrice?: bigint | undefined;
}

export const AUDIT_SAMPLES = 256;
/** What a free request may ask for in one go without running into a provider's rate limit. */
const MOST_SAMPLES = 4_096;
/** Shares of a replica for which the chance of detection is told. */
const LOSSES = [0.001, 0.01, 0.05, 0.2] as const;

export interface SlotAudit {
  readonly slot: number;
  /** Absent for a slot that never had one. */
  readonly provider?: string;
  readonly status: SlotStatus;
  /** What the chain's bitmap says; absent with the provider. */
  readonly chain?: Pick<SlotReport, "closed" | "proven" | "missed" | "settled" | "end">;
  /** Under contract, and every question was answered rightly. */
  readonly sound: boolean;
  /** Elements opened and pieces bought that were right. */
  readonly opened: number;
  readonly bought: number;
  /** Why it is not sound. */
  readonly reason?: string;
}

/** healthy: every slot is sound. degraded: any k still are. lost: fewer are. */
export type Health = "healthy" | "degraded" | "lost";

export interface FileAudit {
  readonly dealKey: Hex;
  readonly threshold: number;
  readonly health: Health;
  readonly sound: number;
  readonly slots: readonly SlotAudit[];
  readonly samples: number;
  /** Probability with which a provider that lost this share of its replica would have been found. */
  readonly detection: readonly { readonly lost: number; readonly probability: number }[];
  /** Base units promised for bought pieces. */
  readonly paid: bigint;
}

/** Throws what `readDeal` throws, and `BAD_SAMPLES`; what a provider does wrong is in the result. */
export async function auditFile(context: ClientContext, options: AuditOptions): Promise<FileAudit> {
  const { samples = AUDIT_SAMPLES, pieces = 1 } = options;
  checkCount("samples", samples, 1, MOST_SAMPLES);
  checkCount("pieces", pieces, 0, 64);
  const reference: FileReference = attenuate(decodeCapability(options.capability), "verify");
  const live = await readDeal(context, reference);
  const { threshold, slots: n } = live.deal.terms;
  const peerOf = await loadPeers(context);
  context.tell(`asking ${live.active.length} providers for ${samples} elements each`);
  const bought = await buyPieces(context, live.active, { pieces, k: threshold, maxPrice: options.maxPrice, peerOf });
  const slots = await Promise.all(
    Array.from({ length: n }, async (_, slot): Promise<SlotAudit> => {
      const i = live.replicas.findIndex(({ offer }) => offer.slot === slot);
      const replica = live.replicas[i];
      if (replica === undefined) {
        return { slot, status: "vacant", sound: false, opened: 0, bought: 0, reason: "no provider ever took it" };
      }
      const state = live.states[i]!;
      const report = await reportOf(context, replica, state);
      const { closed, proven, missed, settled, end, status } = report;
      const known = { slot, provider: replica.offer.provider, status, chain: { closed, proven, missed, settled, end } };
      if (!live.active.includes(replica)) {
        return {
          ...known,
          sound: false,
          opened: 0,
          bought: 0,
          reason: `its replica is not under contract (${status})`,
        };
      }
      // Windows that nobody has settled yet may have failed it already.
      if (await failsWhenSettled(context.chain, replica, state)) {
        return {
          ...known,
          sound: false,
          opened: 0,
          bought: 0,
          reason: "it missed too many windows and fails when settled",
        };
      }
      return { ...known, ...(await askSlot(context, replica, { samples, peerOf, purchase: bought.get(slot) })) };
    }),
  );
  context.signal?.throwIfAborted();
  const sound = slots.filter((slot) => slot.sound).length;
  const paid = [...bought.values()].reduce((sum, { paid: amount }) => sum + amount, 0n);
  return {
    dealKey: live.deal.dealKey,
    threshold,
    health: sound === n ? "healthy" : sound >= threshold ? "degraded" : "lost",
    sound,
    slots,
    samples,
    detection: LOSSES.map((lost) => ({ lost, probability: sampleDetection(lost, samples) })),
    paid,
  };
}

type Purchase = {
  readonly bought: readonly { index: number; bytes: Uint8Array }[];
  readonly paid: bigint;
  failure?: unknown;
};

/** Free questions first, then the bought pieces; the first wrong answer is the reason. */
async function askSlot(
  context: ClientContext,
  { offer }: Replica,
  {
    samples,
    peerOf,
    purchase,
  }: { samples: number; peerOf: (provider: string) => Peer; purchase: Purchase | undefined },
): Promise<Pick<SlotAudit, "sound" | "opened" | "bought" | "reason">> {
  let opened = 0;
  let bought = 0;
  try {
    const peer = peerOf(offer.provider);
    await openElements(context, offer, peer, drawElements(offer, samples));
    opened = samples;
    for (const piece of purchase?.bought ?? []) {
      await checkBothRoots(context, offer, peer, piece);
      bought++;
    }
    if (purchase?.failure !== undefined) throw purchase.failure;
    return { sound: true, opened, bought };
  } catch (cause) {
    if (isOwnFault(cause)) throw cause;
    return { sound: false, opened, bought, reason: cause instanceof Error ? cause.message : String(cause) };
  }
}

/** Random pieces of every provider that sells them, by slot; one transaction funds all channels. */
async function buyPieces(
  context: ClientContext,
  replicas: readonly Replica[],
  options: { pieces: number; k: number; maxPrice: bigint | undefined; peerOf: (provider: string) => Peer },
): Promise<Map<number, Purchase>> {
  const { pieces, k, peerOf, maxPrice = 2n ** 128n } = options;
  if (pieces === 0) return new Map();
  const ledger = await openVoucherLedger(context.folder);
  const opening = replicas.map(({ offer }) =>
    openPaidSource(context, { offer, peer: peerOf(offer.provider), ledger, pieces, maxPrice, fund: async () => {} }),
  );
  const outcomes = await Promise.allSettled(opening);
  const sources = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  try {
    const limit = retrievalLimit(
      sources.map(({ price }) => price),
      k,
    );
    const fair = sources.filter(({ price }) => options.maxPrice !== undefined || price <= limit);
    await topUp(context, fair, pieces);
    const purchases = await Promise.all(
      replicas.map(async ({ offer }, i): Promise<[number, Purchase]> => {
        const outcome = outcomes[i]!;
        if (outcome.status === "rejected") return [offer.slot, { bought: [], paid: 0n, failure: outcome.reason }];
        const source = outcome.value;
        if (!fair.includes(source)) return [offer.slot, { bought: [], paid: 0n, failure: tooDear(source, limit) }];
        return [offer.slot, await buy(context, source, pieces, pieceCount(offer.groups))];
      }),
    );
    return new Map(purchases);
  } finally {
    await Promise.all(sources.map((source) => source.close().catch(() => {})));
  }
}

async function buy(context: ClientContext, source: PaidSource, pieces: number, count: number): Promise<Purchase> {
  const bought: { index: number; bytes: Uint8Array }[] = [];
  try {
    for (let i = 0; i < Math.min(pieces, count); i++) {
      const index = randomInt(count);
      const [bytes] = await source.fetch(index, 1, context.signal ?? new AbortController().signal);
      bought.push({ index, bytes: bytes! });
    }
    return { bought, paid: source.paid() };
  } catch (failure) {
    return { bought, paid: source.paid(), failure };
  }
}

function checkCount(what: string, found: number, least: number, most: number): void {
  if (Number.isInteger(found) && found >= least && found <= most) return;
  throw new HoldfastError("BAD_SAMPLES", `An audit takes ${least} to ${most} ${what}, got ${found}.`);
}
