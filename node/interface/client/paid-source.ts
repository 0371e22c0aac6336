// One slot as a source of the swarm: paid by vouchers, each piece checked against the chain's dataRoot before it counts.

import type { Hex } from "viem";
import { formatAmount } from "../../common/amounts.ts";
import { HoldfastError } from "../../common/errors.ts";
import { fromHex } from "../../common/hex.ts";
import { channelOf } from "../../consensus/channels.ts";
import { signMessage } from "../../consensus/signing.ts";
import { verifyPiece } from "../../data/data-root.ts";
import { PIECE_BYTES } from "../../data/layout.ts";
import { unseal } from "../../data/seal.ts";
import type { Offer } from "../../data/terms.ts";
import { replicaIdOf } from "../../data/terms.ts";
import { createPayer } from "../../incentive/payer.ts";
import type { Peer } from "../../network/peer.ts";
import { openRetrieval } from "../../network/protocols/retrieve.ts";
import { channelName, type VoucherLedger } from "../../physical/voucher-ledger.ts";
import { type ClientContext, clientAddress } from "./context.ts";
import type { Source } from "./swarm.ts";

/** How long a provider may take to say what it charges. */
const OPEN_TIMEOUT_MS = 5_000;

export interface PaidSource extends Source {
  /** Base units per piece. */
  readonly price: bigint;
  /** What the channel lacks to pay for `pieces` pieces. */
  shortfall(pieces: number): bigint;
  readonly provider: `0x${string}`;
  /** Base units promised in this retrieval. */
  paid(): bigint;
  close(): Promise<void>;
}

export interface PaidSourceOptions {
  readonly offer: Offer;
  /** Unseals what comes; without it the bytes stay as the chain knows them. */
  readonly sealKey?: Uint8Array;
  readonly peer: Peer;
  readonly ledger: VoucherLedger;
  readonly pieces: number;
  /** The most this file's owner lets anybody charge; base units per piece. */
  readonly maxPrice: bigint;
  /** Tops the channel up before the first voucher unless it is; called once, and only for a source that is really used. */
  readonly fund: (source: PaidSource) => Promise<void>;
}

/** `limit` and price in base units per piece. */
export function tooDear({ provider, price }: Pick<PaidSource, "provider" | "price">, limit: bigint): HoldfastError {
  return new HoldfastError(
    "RETRIEVAL_TOO_DEAR",
    `Provider ${provider} asks ${formatAmount(price)} tokens a piece, at most ${formatAmount(limit)} are paid; allow more with --max-price.`,
    { details: { provider, price, limit } },
  );
}

/** Connects and hears the price. Throws `RETRIEVAL_TOO_DEAR`, `BAD_TERMS`, or what the network throws. */
export async function openPaidSource(context: ClientContext, options: PaidSourceOptions): Promise<PaidSource> {
  const { chain, host } = context;
  const { offer, ledger, pieces, peer } = options;
  const payer = clientAddress(context);
  const replicaId: Hex = replicaIdOf(offer.dealKey, offer.slot, offer.generation);
  const [session, channel] = await Promise.all([
    openRetrieval(host, peer, { replicaId, payer }, { timeoutMs: OPEN_TIMEOUT_MS }),
    channelOf(chain, payer, offer.provider),
  ]);
  const { price, groups, provider } = session.terms;
  if (groups !== offer.groups || provider !== offer.provider) {
    await session.close();
    throw new HoldfastError("BAD_TERMS", `Provider ${offer.provider} would send another replica than the deal names.`, {
      details: { provider: offer.provider, found: { groups, provider } },
    });
  }
  if (price > options.maxPrice) {
    await session.close();
    throw tooDear({ provider, price }, options.maxPrice);
  }
  const name = channelName(chain.chainId, chain.addresses.channels, payer, offer.provider);
  const { epoch } = channel;
  const recorded = ledger.promised(name, epoch);
  const promised = recorded > channel.redeemed ? recorded : channel.redeemed;
  const payments = createPayer({
    price,
    pieces,
    promised,
    async pay(cumulative) {
      const voucher = { payer, provider: offer.provider, epoch, cumulative };
      await ledger.promise(name, epoch, cumulative);
      const signature = await signMessage(chain, chain.account, "Voucher", voucher);
      return await session.pay({ epoch, cumulative, signature });
    },
  });
  let funded: Promise<void> | undefined;

  async function checkedPiece(index: number): Promise<Uint8Array> {
    const { bytes, path } = await session.piece(index);
    if (verifyPiece(fromHex(offer.dataRoot, 32), offer.groups, index, bytes, path)) return bytes;
    throw new HoldfastError(
      "WRONG_PIECE",
      `Provider ${offer.provider} sent bytes that are not piece ${index} of slot ${offer.slot}.`,
      { details: { provider: offer.provider, slot: offer.slot, index } },
    );
  }

  const source: PaidSource = {
    slot: offer.slot,
    provider: offer.provider,
    price,
    paid: () => payments.total,
    shortfall(wanted) {
      const missing = promised + price * BigInt(wanted) - channel.deposit;
      return missing > 0n ? missing : 0n;
    },
    async fetch(index, signal) {
      funded ??= options.fund(source);
      await funded;
      await payments.cover();
      if (signal.aborted) payments.unused();
      signal.throwIfAborted();
      const bytes = await checkedPiece(index).catch((cause: unknown) => {
        payments.fail(cause);
        throw cause;
      });
      payments.delivered();
      const { sealKey } = options;
      return sealKey === undefined ? bytes : unseal(sealKey, index * PIECE_BYTES, bytes);
    },
    close: () => session.close(),
  };
  return source;
}
