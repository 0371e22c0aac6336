// One slot as a source of the swarm: paid by vouchers, each piece checked before it counts.

import type { Hex } from "viem";
import { formatAmount } from "../../common/amounts.ts";
import { HoldfastError } from "../../common/errors.ts";
import { release } from "../../common/release.ts";
import { channelOf } from "../../consensus/channels.ts";
import { signMessage } from "../../consensus/signing.ts";
import type { Header } from "../../data/header.ts";
import { WrongPieceError } from "../../data/segment-codec.ts";
import type { Offer } from "../../data/terms.ts";
import { replicaIdOf } from "../../data/terms.ts";
import { createPayer } from "../../incentive/payer.ts";
import type { Peer } from "../../network/peer.ts";
import { openRetrieval, type PieceWithPath } from "../../network/protocols/retrieve.ts";
import { channelName, type VoucherLedger } from "../../physical/voucher-ledger.ts";
import { type ClientContext, clientAddress } from "./context.ts";
import { checkSealed, openPiece } from "./open-piece.ts";
import { promisedSoFar } from "./standing.ts";
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
  /** `whole`: all that came was taken; otherwise the provider is to know that some may have been in vain. */
  close(whole?: boolean): Promise<void>;
}

export interface PaidSourceOptions {
  readonly offer: Offer;
  /** Opens what comes; without it the bytes stay as the chain knows them. */
  readonly reading?: { readonly sealKey: Uint8Array; readonly header: Header };
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
  const promised = await promisedSoFar(chain, {
    payer,
    provider,
    epoch,
    recorded: ledger.promised(name, epoch),
    redeemed: channel.redeemed,
    told: session.terms.standing,
  });
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
  /** Paid for in a retrieval that broke off. */
  const again = new Set(session.terms.again);

  async function checkedPieces(first: number, count: number): Promise<Uint8Array[]> {
    const pieces = await session.pieces(first, count);
    const { reading } = options;
    if (reading === undefined) {
      for (const [i, piece] of pieces.entries()) checkSealed(offer, first + i, piece);
      return pieces.map(({ bytes }) => bytes);
    }
    const opened = pieces.map((piece, i) => openPiece(reading.header, reading.sealKey, offer, first + i, piece));
    release(asTheyCame(pieces));
    return opened;
  }

  /** How many pieces from `at` on cost nothing; they do from now on. */
  function takeFree(at: number, most: number): number {
    let count = 0;
    while (count < most && again.delete(at + count)) count++;
    return count;
  }

  function untilFree(at: number, most: number): number {
    let count = 1;
    while (count < most && !again.has(at + count)) count++;
    return count;
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
    async fetch(first, count, signal) {
      funded ??= options.fund(source);
      await funded;
      const found: Uint8Array[] = [];
      while (found.length < count) {
        const at = first + found.length;
        signal.throwIfAborted();
        const free = takeFree(at, count - found.length);
        if (free > 0) {
          const came = await checkedPieces(at, free).catch(requirePaid);
          if (came !== undefined) payments.free(free);
          found.push(...(came ?? []));
          continue;
        }
        const covered = await payments.cover(untilFree(at, count - found.length));
        if (signal.aborted) payments.unused(covered);
        signal.throwIfAborted();
        const came = await checkedPieces(at, covered).catch((cause: unknown) => {
          // Whoever serves what it was given has earned its price.
          if (cause instanceof WrongPieceError) payments.delivered(covered);
          else payments.fail(cause);
          throw cause;
        });
        payments.delivered(covered);
        found.push(...came);
      }
      return found;
    },
    close: (whole) => session.close(whole),
  };
  return source;
}

/** What was offered for nothing may have gone to another retrieval meanwhile: then it has its price again. */
function requirePaid(cause: unknown): undefined {
  if (cause instanceof HoldfastError && cause.code === "PAYMENT_REQUIRED") return undefined;
  throw cause;
}

/** The pieces of an answer, which lie one after the other. */
function asTheyCame(pieces: readonly PieceWithPath[]): Uint8Array {
  const { buffer, byteOffset } = pieces[0]!.bytes;
  const length = pieces.reduce((sum, { bytes }) => sum + bytes.length, 0);
  return new Uint8Array(buffer, byteOffset, length);
}
