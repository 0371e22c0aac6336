// What a put would cost, what each part is for, what its client can lose, and why these providers: before anything is paid or sent.

import type { Address } from "viem";
import type { HoldfastError } from "../../common/errors.ts";
import { paymentFor, sharesOf } from "../../consensus/market.ts";
import { weightOf } from "../../consensus/spacetime.ts";
import { detectionProbability, sampleDetection } from "../../data/detection.ts";
import { fileLayout } from "../../data/layout.ts";
import { MAX_INCREMENT } from "../../incentive/payer.ts";
import { type Ranked, takeRanked } from "../../incentive/placement.ts";
import type { Factor } from "../../incentive/score.ts";
import { isFolderOnDisk, scanTree } from "../../physical/folder-tree.ts";
import { describeFile } from "../../physical/regular-file.ts";
import { aboveBudget, shapeOf } from "./begin-put.ts";
import type { ClientContext } from "./context.ts";
import { fundsOf } from "./open-deal.ts";
import type { PutOptions } from "./put.ts";
import { defaultTerms } from "./put-plan.ts";
import { type QuoteCandidate, surveyProviders } from "./quotes.ts";
import { SPOT_CHECKS } from "./spot-check.ts";

/** Amounts are base units. */
export interface PutPreview {
  /** Of a folder at most: what of it is stored already is known only once it is hashed. */
  readonly bytes: number;
  readonly folder: boolean;
  readonly k: number;
  readonly n: number;
  /** Hot slots. */
  readonly e: number;
  readonly windows: number;
  /** Bytes of each replica, and the share of what is paid for that they fill. */
  readonly replicaBytes: number;
  readonly fill: number;
  readonly slots: readonly { readonly slot: number; readonly provider: string; readonly price: bigint }[];
  /** Held for the providers, window by window; what they do not prove comes back. */
  readonly escrow: bigint;
  /** Burned when the deal opens. */
  readonly fee: bigint;
  readonly total: bigint;
  /** What the client has for it, free in the vault and in its own wallet together. */
  readonly balance: bigint;
  /** Why `put` would not pay that: the budget is lower. Not enough tokens are no refusal yet: they can be sent before the put. */
  readonly refusal?: HoldfastError;
  /** One whole download at today's prices, from the k cheapest; paid when it happens. */
  readonly download: bigint;
  readonly risk: PutRisk;
  /** Every provider that quoted, with every factor of its score. */
  readonly ranking: readonly RankedProvider[];
  readonly refused: readonly { readonly provider: Address; readonly reason: string }[];
  readonly detection: readonly DetectionLine[];
}

export interface PutRisk {
  /** The protocol fee: gone whatever happens. */
  readonly fee: bigint;
  /** Windows in which a slot is left for nothing; leaving all of them later costs at most `leaving`. */
  readonly coolingOff: number;
  readonly leaving: bigint;
  /** What the client gets when every provider fails at once; the rest of the collateral goes to who repairs and is burned. */
  readonly compensation: bigint;
  /** Providers that may be lost together without the file. */
  readonly spare: number;
  /** The most a provider can take for pieces that it does not send. */
  readonly unsent: bigint;
}

export interface RankedProvider {
  readonly provider: string;
  readonly verdict: Ranked<unknown>["verdict"];
  readonly score: number;
  readonly price: bigint;
  readonly collateral: bigint;
  readonly retrievalPrice: bigint;
  readonly factors: readonly Factor[];
}

/** How probably a provider that lost this share of the replica is found out. */
export interface DetectionLine {
  readonly lost: number;
  /** By the openings that are checked before the deal is paid. */
  readonly beforePaying: number;
  /** In one window, and over the whole deal, in the largest lane among the chosen: fewer draws fall on this replica there. */
  readonly perWindow: number;
  readonly perDeal: number;
}

/** About what an entry takes in a folder's manifest; bytes. */
const MANIFEST_ENTRY = 256;

const LOSSES = [0.001, 0.01, 0.1, 0.5, 1];

/** Asks all providers for prices. Throws what `put` would before it sends anything, but for budget and balance: these are in the result. */
export async function previewPut(context: ClientContext, options: PutOptions): Promise<PutPreview> {
  const { chain } = context;
  const { k, n, e, windows } = shapeOf(options);
  const { challenges } = chain.parameters;
  const terms = defaultTerms({ n, k, windows, challenges, detection: options.detection });
  const folder = await isFolderOnDisk(options.path);
  const size = folder ? await sizeOfFolder(options.path) : (await describeFile(options.path)).size;
  const layout = fileLayout(size, k);
  const { m, shardGroups: groups, segments: pieces } = layout;
  const regions = options.regions === undefined ? {} : { regions: options.regions };
  const survey = await surveyProviders(context, { m, groups, windows, pieces, slots: n, ...regions });
  const chosen = takeRanked(survey.ranked, n).slice(0, n);
  const escrow = chosen.reduce((sum, { price }) => sum + price * BigInt(windows), 0n);
  const [{ fee, total }, { free, owned }, shares, weights] = await Promise.all([
    paymentFor(chain, escrow),
    fundsOf(context),
    sharesOf(chain),
    Promise.all(chosen.map(({ placed }) => weightOf(chain, placed.quote.provider))),
  ]);
  const retrieval = chosen.map(({ retrievalPrice }) => retrievalPrice).toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const refusal = aboveBudget(total, options.budget);
  const largest = weights.reduce((most, weight) => (weight > most ? weight : most), 0n) + (1n << BigInt(m));
  return {
    ...{ bytes: size, folder, k, n, e, windows, replicaBytes: layout.shardBytes, fill: layout.fill },
    slots: chosen.map(({ provider, price }, slot) => ({ slot, provider, price })),
    ...{ escrow, fee, total, balance: free + owned },
    ...(refusal === undefined ? {} : { refusal }),
    download: retrieval.slice(0, k).reduce((sum, price) => sum + price * BigInt(pieces), 0n),
    risk: {
      fee,
      coolingOff: terms.coolingOff,
      leaving: chosen.reduce((sum, { price }) => sum + price * BigInt(terms.cancelFeeWindows), 0n),
      compensation: chosen.reduce((sum, { collateral }) => sum + (collateral * shares.client) / 10_000n, 0n),
      spare: n - k,
      unsent: (retrieval.at(-1) ?? 0n) * BigInt(Math.min(MAX_INCREMENT, pieces)),
    },
    ranking: survey.ranked.map(rowOf),
    refused: survey.refused,
    detection: detectionTable({ challenges, windows, share: 2 ** m / Number(largest) }),
  };
}

async function sizeOfFolder(folder: string): Promise<number> {
  const entries = await scanTree(folder);
  return entries.reduce((sum, entry) => sum + MANIFEST_ENTRY + (entry.type === "file" ? entry.size : 0), 0);
}

/** `share` of the lane's weight that the replica has, above 0 and at most 1. */
export function detectionTable(deal: { challenges: number; windows: number; share: number }): DetectionLine[] {
  const { challenges, windows, share } = deal;
  return LOSSES.map((lost) => ({
    lost,
    beforePaying: sampleDetection(lost, SPOT_CHECKS),
    perWindow: detectionProbability({ lost: lost * share, challenges, windows: 1 }),
    perDeal: detectionProbability({ lost: lost * share, challenges, windows }),
  }));
}

function rowOf({ candidate, verdict, score, factors }: Ranked<QuoteCandidate>): RankedProvider {
  const { provider, price, collateral, retrievalPrice } = candidate;
  return { provider, verdict, score, price, collateral, retrievalPrice, factors };
}
