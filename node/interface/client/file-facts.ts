// Everything that is known of one stored file: its own facts, its deal, and until when it is kept.

import type { Address } from "viem";
import type { Chain } from "../../consensus/chain.ts";
import { attenuate, type CapabilityType, type FileReference } from "../../data/capability.ts";
import { decodeCapability } from "../../data/capability-codec.ts";
import { fileLayout } from "../../data/layout.ts";
import { closeOf } from "../../data/windows.ts";
import type { StoredFile } from "../../physical/file-index.ts";
import { type LiveDeal, readDeal } from "./deal-on-chain.ts";

/** What the header says, if this capability reads it, or the client's own list. */
export type ContentFacts = Pick<StoredFile, "name" | "size" | "cid"> & { readonly hot: number };

export interface FileFacts {
  /** Absent where neither the capability nor the client's own list tells. */
  readonly content?: ContentFacts & {
    readonly segments: number;
    /** Bytes of each replica, and the share of what is paid for that they fill. */
    readonly replicaBytes: number;
    readonly fill: number;
  };
  readonly capability: CapabilityType;
  readonly dealKey: string;
  readonly headerHash: string;
  readonly client: Address;
  /** Any k of n replicas rebuild it. */
  readonly k: number;
  readonly n: number;
  readonly active: number;
  readonly openedAtBlock: bigint;
  /** Block after which fewer than k replicas are still paid for; absent when that is so already. */
  readonly keptUntilBlock?: bigint;
  /** How many blocks that is from now; 0 when it is so already. */
  readonly blocksLeft: bigint;
  /** When that is, at the pace of the last blocks; ISO 8601. */
  readonly keptUntil?: string;
  /** Base units per window of all active slots together, and still in escrow. */
  readonly price: bigint;
  readonly escrow: bigint;
}

export async function fileFacts(chain: Chain, text: string, content: ContentFacts | undefined): Promise<FileFacts> {
  const capability = decodeCapability(text);
  const reference: FileReference = attenuate(capability, "verify");
  const live = await readDeal({ chain }, reference);
  const { deal, active } = live;
  const stateOf = (slot: number) => live.states[live.replicas.findIndex(({ offer }) => offer.slot === slot)]!;
  const block = await chain.publicClient.getBlockNumber();
  const until = keptUntil(chain, live, (slot) => stateOf(slot).end);
  return {
    ...(content === undefined ? {} : { content: { ...content, ...shapeOf(content, deal.terms.threshold) } }),
    capability: capability.type,
    dealKey: deal.dealKey,
    headerHash: deal.headerHash,
    client: deal.client,
    k: deal.terms.threshold,
    n: deal.terms.slots,
    active: active.length,
    openedAtBlock: deal.block,
    blocksLeft: until === undefined || until < block ? 0n : until - block,
    ...(until === undefined ? {} : { keptUntilBlock: until, keptUntil: await timeOfBlock(chain, until) }),
    price: active.reduce((sum, { offer }) => sum + offer.price, 0n),
    escrow: active.reduce((sum, { offer }) => {
      const { end, settled } = stateOf(offer.slot);
      return sum + offer.price * BigInt(end - settled);
    }, 0n),
  };
}

function shapeOf({ size }: ContentFacts, k: number) {
  const { segments, shardBytes, fill } = fileLayout(size, k);
  return { segments, replicaBytes: shardBytes, fill };
}

/** The k-th latest end: from there on too few are left. */
function keptUntil(chain: Chain, { deal, active }: LiveDeal, endOf: (slot: number) => number): bigint | undefined {
  const ends = active.map(({ offer, firstWindow }) =>
    closeOf(chain.parameters, offer.provider, firstWindow + endOf(offer.slot) - 1),
  );
  return ends.toSorted((a, b) => (a > b ? -1 : a < b ? 1 : 0))[deal.terms.threshold - 1];
}

async function timeOfBlock({ publicClient }: Chain, block: bigint): Promise<string> {
  const newest = await publicClient.getBlock();
  const span = newest.number < 1_000n ? newest.number : 1_000n;
  const older = await publicClient.getBlock({ blockNumber: newest.number - span });
  const pace = span === 0n ? 0 : Number(newest.timestamp - older.timestamp) / Number(span);
  return new Date((Number(newest.timestamp) + Number(block - newest.number) * pace) * 1000).toISOString();
}
