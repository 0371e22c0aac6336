/**
 * /holdfast/upload/1: one sealed shard to one provider, from admission to the provider's offer.
 *
 *   { t: "begin", upload, signature, salt, terms, quote, quoteSignature } -> { t: "ready", have: bitmap of durable pieces }
 *   { t: "pieces", index, bytes: 1 to 4 pieces from `index` on }          -> { t: "ack", index }, once they are durable
 *   { t: "finish", dataRoot }                                             -> { t: "commitment", root, dataRoot, signature }
 *   { t: "offer" }                                                        -> { t: "offer", offer, signature }
 *
 * A broken upload is taken up by sending the same `begin` again on a new stream.
 */
import { Uint8ArrayList } from "uint8arraylist";
import { fromHex, type Hex, toHex } from "../../common/hex.ts";
import { GROUP_BYTES, MAX_SHARD_GROUPS, PIECE_BYTES, pieceCount } from "../../data/layout.ts";
import type { Offer, Quote, SignedOffer, Terms, Upload } from "../../data/terms.ts";
import { offerTypes, quoteTypes, termsTuple, uploadTypes } from "../../data/terms.ts";
import { bitsFromBytes, bitsToBytes } from "../bits.ts";
import { type CallOptions, openCall } from "../call.ts";
import type { Dialer } from "../dialer.ts";
import { badMessage, bytesOf, expectKind, recordOf, uintOf } from "../fields.ts";
import { RUN_PIECES } from "../frames.ts";
import type { Host } from "../host.ts";
import type { Message } from "../message-codec.ts";
import type { Peer } from "../peer.ts";
import { type ServeOptions, type Session, serve, unknownRequest } from "../serve.ts";
import { structFromWire, structToWire } from "../structs.ts";

export const UPLOAD_PROTOCOL = "/holdfast/upload/1";

/** Admission to an upload: what the client signed, what it will pay, and the terms behind the dealKey. */
export interface UploadRequest {
  upload: Upload;
  /** The client's EIP-712 signature of `upload`. */
  signature: Hex;
  salt: Hex;
  terms: Terms;
  /** The quote that the provider gave for this replica, with its own signature. */
  quote: Quote;
  quoteSignature: Hex;
}

/** What the provider says it holds: the fields of `Commitment` that it adds, and its signature of the whole. */
export interface UploadCommitment {
  root: Hex;
  dataRoot: Hex;
  signature: Hex;
}

export interface UploadClient {
  /** Pieces that need not be sent. */
  readonly have: ReadonlySet<number>;
  /** Sends up to {@link RUN_PIECES} pieces, `index` first. Resolves once the provider says that they are durable. Up to two runs are under way at a time. */
  sendPieces(index: number, pieces: readonly Uint8Array[]): Promise<void>;
  /** Fails with `DATA_ROOT_MISMATCH` when the provider holds other bytes, `PIECES_MISSING` when not all were sent. */
  finish(dataRoot: Hex): Promise<UploadCommitment>;
  /** The provider's offer for what it committed to; the same one when asked again. */
  offer(): Promise<SignedOffer>;
  close(): Promise<void>;
}

/** Requests with pieces that may wait for their answers. */
const RUNS_OUTSTANDING = 2;

/** A run may wait for the one before it at a busy disk, eight pieces in all; `finish` for the rest of the commitment. */
const RUN_TIMEOUT_MS = 60_000;
const FINISH_TIMEOUT_MS = 180_000;

/** Begins or takes up an upload. */
export async function openUpload(
  host: Dialer,
  peer: Peer,
  request: UploadRequest,
  options?: CallOptions,
): Promise<UploadClient> {
  const call = await openCall(host, peer, UPLOAD_PROTOCOL, { outstanding: RUNS_OUTSTANDING, ...options });
  try {
    const ready = await call.request({
      t: "begin",
      upload: structToWire(uploadTypes.Upload, request.upload),
      signature: fromHex(request.signature),
      salt: fromHex(request.salt),
      terms: structToWire(termsTuple.components, request.terms),
      quote: structToWire(quoteTypes.Quote, request.quote),
      quoteSignature: fromHex(request.quoteSignature),
    });
    expectKind(ready, "ready");
    const pieces = pieceCount(request.upload.groups);
    const have = bitsFromBytes(bytesOf(ready, "have", Math.ceil(pieces / 8)), pieces);
    return {
      have,
      async sendPieces(index, run) {
        const message = { t: "pieces", index, bytes: new Uint8ArrayList(...run) };
        const ack = await call.request(message, options?.timeoutMs ?? RUN_TIMEOUT_MS);
        expectKind(ack, "ack");
        if (ack.index !== index) throw badMessage("The provider acknowledged another piece than was sent.");
      },
      async finish(dataRoot) {
        const message = { t: "finish", dataRoot: fromHex(dataRoot) };
        const answer = await call.request(message, options?.timeoutMs ?? FINISH_TIMEOUT_MS);
        expectKind(answer, "commitment");
        return {
          root: toHex(bytesOf(answer, "root", 32)),
          dataRoot: toHex(bytesOf(answer, "dataRoot", 32)),
          signature: toHex(bytesOf(answer, "signature", 65)),
        };
      },
      async offer() {
        const answer = await call.request({ t: "offer" });
        expectKind(answer, "offer");
        return {
          offer: structFromWire<Offer>(offerTypes.Offer, recordOf(answer, "offer")),
          signature: toHex(bytesOf(answer, "signature", 65)),
        };
      },
      close: () => call.close(),
    };
  } catch (error) {
    await call.close();
    throw error;
  }
}

export interface UploadHandlers {
  /** Admits an upload or throws a Refusal. */
  begin(request: UploadRequest, peerId: string): Promise<UploadSession>;
}

export interface UploadSession {
  readonly have: ReadonlySet<number>;
  /** Resolves when the piece is durable. Up to eight at a time; none while `finish` or `offer` runs. */
  piece(index: number, bytes: Uint8Array): Promise<void>;
  finish(dataRoot: Hex): Promise<UploadCommitment>;
  offer(): Promise<SignedOffer>;
  /** The client is gone, perhaps to come back. */
  close(): void;
}

export function serveUpload(host: Host, handlers: UploadHandlers, options: Partial<ServeOptions> = {}) {
  const limits = {
    protocol: UPLOAD_PROTOCOL,
    maxRequestBytes: RUN_PIECES * PIECE_BYTES + 4096,
    outstanding: RUNS_OUTSTANDING,
    sideBySide: ["pieces"],
    ...options,
  };
  return serve(host, limits, (peerId) => uploadSession(handlers, peerId));
}

function uploadSession(handlers: UploadHandlers, peerId: string): Session {
  let session: UploadSession | undefined;
  let groups = 0;
  let gone = false;
  return {
    async answer(request) {
      if (request.t === "begin") {
        if (session !== undefined) throw badMessage("This stream has its upload already.");
        const begun = uploadRequestOf(request);
        groups = begun.upload.groups;
        session = await handlers.begin(begun, peerId);
        if (gone) session.close();
        return { t: "ready", have: bitsToBytes(session.have, pieceCount(groups)) };
      }
      if (session === undefined) throw badMessage("An upload starts with its admission.");
      return await answerUpload(request, session, groups);
    },
    close() {
      gone = true;
      session?.close();
    },
  };
}

async function answerUpload(request: Message, session: UploadSession, groups: number): Promise<Message> {
  switch (request.t) {
    case "pieces": {
      const index = uintOf(request, "index", pieceCount(groups) - 1);
      const bytes = bytesOf(request, "bytes", GROUP_BYTES, RUN_PIECES * PIECE_BYTES);
      const count = Math.ceil(bytes.length / PIECE_BYTES);
      if (index + count > pieceCount(groups)) throw badMessage("There are fewer pieces in this replica.");
      const pieces = Array.from({ length: count }, (_, i) => bytes.subarray(i * PIECE_BYTES, (i + 1) * PIECE_BYTES));
      // None may be at work any more when the answer is out: the next request may be for the same ones.
      const outcomes = await Promise.allSettled(pieces.map((piece, i) => session.piece(index + i, piece)));
      for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
      return { t: "ack", index };
    }
    case "finish": {
      const held = await session.finish(toHex(bytesOf(request, "dataRoot", 32)));
      return {
        t: "commitment",
        root: fromHex(held.root),
        dataRoot: fromHex(held.dataRoot),
        signature: fromHex(held.signature),
      };
    }
    case "offer": {
      const { offer, signature } = await session.offer();
      return { t: "offer", offer: structToWire(offerTypes.Offer, offer), signature: fromHex(signature) };
    }
    default:
      throw unknownRequest(request);
  }
}

function uploadRequestOf(request: Message): UploadRequest {
  const upload = structFromWire<Upload>(uploadTypes.Upload, recordOf(request, "upload"));
  if (upload.groups < 1 || upload.groups > MAX_SHARD_GROUPS) {
    throw badMessage(`A replica has 1 to ${MAX_SHARD_GROUPS} groups.`);
  }
  return {
    upload,
    signature: toHex(bytesOf(request, "signature", 65)),
    salt: toHex(bytesOf(request, "salt", 32)),
    terms: structFromWire<Terms>(termsTuple.components, recordOf(request, "terms")),
    quote: structFromWire<Quote>(quoteTypes.Quote, recordOf(request, "quote")),
    quoteSignature: toHex(bytesOf(request, "quoteSignature", 65)),
  };
}
