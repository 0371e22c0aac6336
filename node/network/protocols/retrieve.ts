/**
 * /holdfast/retrieve/1: pieces of a replica against vouchers.
 *
 *   { t: "open", replicaId, payer }                -> { t: "terms", groups, pieces, price, provider, standing?, again? }
 *   { t: "voucher", epoch, cumulative, signature } -> { t: "credit", cumulative, spent }
 *   { t: "pieces", index, count: 1 to 4 }          -> { t: "pieces", bytes, paths }
 *
 * A run of pieces is sent and charged for whole, or refused and costs nothing: with PIECE_LOST when one of them is lost. The others
 * can still be asked for one by one.
 *
 * `standing` is the payer's own highest voucher, { epoch, cumulative, signature }, for a payer that signed it on another
 * machine or lost its ledger; it will be public once redeemed. Nothing is sent on credit: a run beyond what vouchers cover is
 * refused with PAYMENT_REQUIRED. A voucher is durable at the provider before its credit is confirmed.
 *
 * `again` are indices of pieces that this peer has paid for and may not have had, because the stream broke on which they were last
 * sent: each is sent once more for nothing. Who ends its side in order says that all has arrived.
 */
import { Uint8ArrayList } from "uint8arraylist";
import type { Address } from "viem";
import { fromHex, type Hex, toHex } from "../../common/hex.ts";
import { GROUP_BYTES, groupsOfPiece, MAX_SHARD_GROUPS, PIECE_BYTES, pieceCount } from "../../data/layout.ts";
import { type CallOptions, openCall } from "../call.ts";
import type { Dialer } from "../dialer.ts";
import {
  addressOf,
  amountOf,
  badMessage,
  bytesOf,
  expectKind,
  type Fields,
  listOf,
  recordOf,
  uintOf,
} from "../fields.ts";
import { MAX_MESSAGE_BYTES, RUN_PIECES } from "../frames.ts";
import type { Host } from "../host.ts";
import type { Message } from "../message-codec.ts";
import type { Peer } from "../peer.ts";
import { type ServeOptions, type Session, serve, unknownRequest } from "../serve.ts";

export const RETRIEVE_PROTOCOL = "/holdfast/retrieve/1";
/** Levels of the tree over the pieces of the largest replica (16,384). */
const MAX_PATH = 14;
/** Pieces that may be on their way to a peer when its stream breaks. */
export const MAX_UNDER_WAY = 2 * RUN_PIECES;
/** And those that an earlier break left. */
export const MAX_AGAIN = 2 * MAX_UNDER_WAY;

export interface RetrievalTerms {
  groups: number;
  pieces: number;
  /** Base units per piece. */
  price: bigint;
  provider: Address;
  /** The highest voucher the provider says this payer has signed; the caller verifies it. */
  standing?: VoucherMessage | undefined;
  /** Indices of pieces that cost this peer nothing, once: they were paid for and may not have arrived. None if absent. */
  again?: readonly number[] | undefined;
}

/** A voucher without its payer and provider, which the conversation fixes. */
export interface VoucherMessage {
  epoch: bigint;
  cumulative: bigint;
  signature: Hex;
}

/** Base units in this life of the channel: the highest voucher the provider holds, and what it has sent for. */
export interface Credit {
  cumulative: bigint;
  spent: bigint;
}

export interface PieceWithPath {
  bytes: Uint8Array;
  /** SHA-256 audit path for `verifyPiece`. */
  path: Uint8Array[];
}

export interface RetrievalClient {
  readonly terms: RetrievalTerms;
  /** Hands over a voucher. The answer tells where this payer stands: the next one must exceed `cumulative`. */
  pay(voucher: VoucherMessage): Promise<Credit>;
  /**
   * Up to {@link RUN_PIECES} pieces of the right lengths with their paths, `index` first; the caller verifies them. Refused as a
   * whole, for nothing, with `PIECE_LOST` when one is lost.
   */
  pieces(index: number, count: number): Promise<PieceWithPath[]>;
  /** Says that all that was asked for has arrived, unless it is not `whole`: then the pieces under way may be had again. */
  close(whole?: boolean): Promise<void>;
}

/** Two runs of pieces and vouchers beside them. */
const OUTSTANDING = 4;
const ANSWER_BYTES = RUN_PIECES * MAX_MESSAGE_BYTES;

export async function openRetrieval(
  host: Dialer,
  peer: Peer,
  request: { replicaId: Hex; payer: Address },
  options?: CallOptions,
): Promise<RetrievalClient> {
  const limits = { outstanding: OUTSTANDING, maxAnswerBytes: ANSWER_BYTES };
  const call = await openCall(host, peer, RETRIEVE_PROTOCOL, { ...limits, ...options });
  try {
    const opened = { t: "open", replicaId: fromHex(request.replicaId, 32), payer: fromHex(request.payer) };
    const terms = retrievalTermsOf(await call.request(opened));
    return {
      terms,
      async pay({ epoch, cumulative, signature }) {
        const answer = await call.request({ t: "voucher", ...writtenVoucher({ epoch, cumulative, signature }) });
        expectKind(answer, "credit");
        return { cumulative: amountOf(answer, "cumulative"), spent: amountOf(answer, "spent") };
      },
      async pieces(index, count) {
        const answer = await call.request({ t: "pieces", index, count });
        expectKind(answer, "pieces");
        const lengths = Array.from({ length: count }, (_, i) => groupsOfPiece(terms.groups, index + i) * GROUP_BYTES);
        const bytes = bytesOf(
          answer,
          "bytes",
          lengths.reduce((sum, length) => sum + length, 0),
        );
        const paths = listOf(answer, "paths", count);
        return lengths.map((length, i) => ({
          bytes: bytes.subarray(i * PIECE_BYTES, i * PIECE_BYTES + length),
          path: listOf({ path: paths[i] }, "path", MAX_PATH).map((node) => bytesOf({ node }, "node", 32)),
        }));
      },
      close: (whole) => call.close(whole),
    };
  } catch (error) {
    await call.close();
    throw error;
  }
}

function retrievalTermsOf(answer: Message): RetrievalTerms {
  expectKind(answer, "terms");
  const groups = uintOf(answer, "groups", MAX_SHARD_GROUPS);
  const pieces = uintOf(answer, "pieces", MAX_SHARD_GROUPS);
  if (groups < 1 || pieces !== pieceCount(groups)) {
    throw badMessage("The provider's piece count does not fit its group count.");
  }
  const standing = answer.standing === undefined ? undefined : voucherOf(recordOf(answer, "standing"));
  const again =
    answer.again === undefined
      ? undefined
      : listOf(answer, "again", MAX_AGAIN).map((index) => uintOf({ index }, "index", pieces - 1));
  return { groups, pieces, price: amountOf(answer, "price"), provider: addressOf(answer, "provider"), standing, again };
}

function writtenVoucher({ epoch, cumulative, signature }: VoucherMessage) {
  return { epoch: String(epoch), cumulative: String(cumulative), signature: fromHex(signature) };
}

function voucherOf(fields: Fields): VoucherMessage {
  return {
    epoch: amountOf(fields, "epoch", 64),
    cumulative: amountOf(fields, "cumulative"),
    signature: toHex(bytesOf(fields, "signature", 65)),
  };
}

export interface RetrieveHandlers {
  open(request: { replicaId: Hex; payer: Address }, peerId: string): Promise<RetrievalSession>;
}

export interface RetrievalSession {
  readonly terms: RetrievalTerms;
  /** Verifies the voucher and makes it durable before it resolves. */
  voucher(voucher: VoucherMessage): Promise<Credit>;
  /** Spends credit for all of the pieces before they are sent, or refuses and spends none. Several runs at a time. */
  pieces(index: number, count: number): Promise<PieceWithPath[]>;
  /** `ended`: the peer has had all of it. */
  close(ended: boolean): void;
}

export function serveRetrieve(host: Host, handlers: RetrieveHandlers, options: Partial<ServeOptions> = {}) {
  const limits = { outstanding: OUTSTANDING, maxRequestBytes: 1024, sideBySide: ["pieces"], ...options };
  return serve(host, { protocol: RETRIEVE_PROTOCOL, ...limits }, (peerId) => retrieveSession(handlers, peerId));
}

function retrieveSession(handlers: RetrieveHandlers, peerId: string): Session {
  let session: RetrievalSession | undefined;
  let gone: { readonly ended: boolean } | undefined;
  return {
    async answer(request) {
      if (request.t === "open") {
        if (session !== undefined) throw badMessage("This stream has its replica already.");
        const replicaId = toHex(bytesOf(request, "replicaId", 32));
        session = await handlers.open({ replicaId, payer: addressOf(request, "payer") }, peerId);
        if (gone !== undefined) session.close(gone.ended);
        const { groups, pieces, price, provider, standing, again } = session.terms;
        const offered = { t: "terms", groups, pieces, price: String(price), provider: fromHex(provider) };
        const terms = again === undefined ? offered : { ...offered, again };
        return standing === undefined ? terms : { ...terms, standing: writtenVoucher(standing) };
      }
      if (session === undefined) throw badMessage("A retrieval starts with the replica it is about.");
      return await answerRetrieve(request, session);
    },
    close(ended) {
      gone = { ended };
      session?.close(ended);
    },
  };
}

async function answerRetrieve(request: Message, session: RetrievalSession): Promise<Message> {
  if (request.t === "voucher") {
    const { cumulative, spent } = await session.voucher(voucherOf(request));
    return { t: "credit", cumulative: String(cumulative), spent: String(spent) };
  }
  if (request.t === "pieces") {
    const { pieces } = session.terms;
    const index = uintOf(request, "index", pieces - 1);
    const count = uintOf(request, "count", Math.min(RUN_PIECES, pieces - index));
    if (count === 0) throw badMessage("A request is for one piece or more.");
    const found = await session.pieces(index, count);
    return {
      t: "pieces",
      bytes: new Uint8ArrayList(...found.map(({ bytes }) => bytes)),
      paths: found.map(({ path }) => path),
    };
  }
  throw unknownRequest(request);
}
