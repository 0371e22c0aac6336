/** What every part of a provider works with; the daemon puts it together once. */
import type { Hex } from "viem";
import type { SigningChain } from "../consensus/chain.ts";
import type { TreeHash } from "../data/commitment.ts";
import type { CommitPool } from "../data/kernels/commit-pool.ts";
import type { TermDemands } from "../incentive/admission.ts";
import type { Ask } from "../incentive/pricing.ts";
import type { Journal } from "../physical/journal.ts";
import type { MetadataStore } from "../physical/metadata-store.ts";
import type { PieceStore } from "../physical/piece-store.ts";

/** One line for the operator: a level, a sentence, and the values behind it. */
export type Log = (
  level: "info" | "warn" | "error",
  sentence: string,
  values?: Readonly<Record<string, unknown>>,
) => void;

export interface ProviderSettings {
  ask: Ask;
  /** Bytes offered to the market. */
  capacity: bigint;
  /** What terms must grant. */
  demands: TermDemands;
  limits: ProviderLimits;
}

export interface ProviderLimits {
  /** Blocks for which a quote, and after it an offer, holds. */
  quoteBlocks: number;
  offerBlocks: number;
  /** Uploads that one client, and all clients together, may have under way. */
  uploadsPerClient: number;
  uploads: number;
  /** Replicas of one client that are in no deal yet. */
  pendingPerClient: number;
  /** Milliseconds after which an upload that stands still is dropped with its bytes. */
  uploadIdleMs: number;
  /** Free requests per peer and second: quotes, samples and metadata together. */
  freePerSecond: number;
  /** Quotes, admissions and openings of retrievals per second, of all peers together: each takes 7 to 14 ms of this process. */
  costlyPerSecond: number;
}

export const defaultLimits: ProviderLimits = {
  quoteBlocks: 600,
  offerBlocks: 600,
  uploadsPerClient: 8,
  uploads: 64,
  pendingPerClient: 32,
  uploadIdleMs: 15 * 60_000,
  freePerSecond: 50,
  costlyPerSecond: 32,
};

export interface ProviderParts {
  chain: SigningChain;
  settings: ProviderSettings;
  journal: Journal;
  pieces: PieceStore;
  metadata: MetadataStore;
  commitPool: CommitPool;
  hash: TreeHash;
  /** The newest block known. */
  latestBlock(): bigint;
  /** Milliseconds since 1970. */
  now(): number;
  log: Log;
  /**
   * Lets empty space give way to a committed replica, whose offer is about to be signed; nothing where none is filled. Never throws: a
   * deal is worth more than the reward for what it replaces.
   */
  giveWay?(root: Hex): Promise<void>;
}
