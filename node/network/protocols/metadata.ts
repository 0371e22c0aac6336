/**
 * /holdfast/metadata/1: a deal's header and slot table, kept by all its providers and served to anybody. Free.
 *
 *   { t: "put", dealKey, slot, what, total, offset, bytes } -> { t: "stored", offset }
 *   { t: "get", dealKey, what, offset }                     -> { t: "part", total, bytes }
 *
 * Both travel in parts; a put is judged and made durable when its last part is there.
 */
import { concatBytes } from "../../common/bytes.ts";
import { fromHex, type Hex, toHex } from "../../common/hex.ts";
import { type Call, type CallOptions, openCall } from "../call.ts";
import type { Dialer } from "../dialer.ts";
import { badMessage, bytesOf, choiceOf, expectKind, uintOf } from "../fields.ts";
import type { Host } from "../host.ts";
import type { Message } from "../message-codec.ts";
import type { Peer } from "../peer.ts";
import { type ServeOptions, type Session, serve, unknownRequest } from "../serve.ts";

export const METADATA_PROTOCOL = "/holdfast/metadata/1";
/** A header holds 32 bytes per piece and slot: enough for 60 GB at 3-of-5. */
export const MAX_METADATA_BYTES = 16 * 2 ** 20;
const PART_BYTES = 128 * 1024;

/** In the order of a put: before a deal is open, its client's signed slot table says which header is right. */
const metadataKinds = ["slotTable", "header"] as const;
export type MetadataKind = (typeof metadataKinds)[number];

/** Hands a provider the header and slot table of a deal in which it holds (or is about to hold) `slot`. */
export async function putMetadata(
  host: Dialer,
  peer: Peer,
  request: { dealKey: Hex; slot: number; header: Uint8Array; slotTable: Uint8Array },
  options?: CallOptions,
): Promise<void> {
  const call = await openCall(host, peer, METADATA_PROTOCOL, options);
  try {
    for (const what of metadataKinds) await put(call, fromHex(request.dealKey, 32), request.slot, what, request[what]);
  } finally {
    await call.close();
  }
}

async function put(
  call: Call,
  dealKey: Uint8Array,
  slot: number,
  what: MetadataKind,
  bytes: Uint8Array,
): Promise<void> {
  for (let offset = 0; offset < bytes.length; offset += PART_BYTES) {
    const part = bytes.subarray(offset, offset + PART_BYTES);
    const message = { t: "put", dealKey, slot, what, total: bytes.length, offset, bytes: part };
    expectKind(await call.request(message), "stored");
  }
}

/** The header or slot table of a deal; the caller checks its hash or its roots. */
export async function getMetadata(
  host: Dialer,
  peer: Peer,
  request: { dealKey: Hex; what: MetadataKind },
  options?: CallOptions,
): Promise<Uint8Array> {
  const call = await openCall(host, peer, METADATA_PROTOCOL, options);
  try {
    const parts: Uint8Array[] = [];
    let offset = 0;
    for (;;) {
      const answer = await call.request({
        t: "get",
        dealKey: fromHex(request.dealKey, 32),
        what: request.what,
        offset,
      });
      expectKind(answer, "part");
      const total = uintOf(answer, "total", MAX_METADATA_BYTES);
      const bytes = bytesOf(answer, "bytes", 1, PART_BYTES);
      parts.push(bytes);
      offset += bytes.length;
      if (offset === total) return concatBytes(...parts);
      if (offset > total) throw badMessage("The provider sent more metadata than it announced.");
    }
  } finally {
    await call.close();
  }
}

export interface MetadataHandlers {
  /** Whether it takes `total` bytes for the deal; asked before anything is buffered. Throws a Refusal. */
  accept(request: { dealKey: Hex; slot: number; what: MetadataKind; total: number }, peerId: string): Promise<void>;
  /** Judges and stores the whole; resolves when durable. Throws a Refusal. */
  put(request: { dealKey: Hex; slot: number; what: MetadataKind; bytes: Uint8Array }): Promise<void>;
  get(request: { dealKey: Hex; what: MetadataKind }, peerId: string): Promise<Uint8Array>;
}

export function serveMetadata(host: Host, handlers: MetadataHandlers, options: Partial<ServeOptions> = {}) {
  const limits = { protocol: METADATA_PROTOCOL, maxRequestBytes: PART_BYTES + 1024, maxStreams: 32, ...options };
  return serve(host, limits, (peerId) => metadataSession(handlers, peerId));
}

function metadataSession(handlers: MetadataHandlers, peerId: string): Session {
  let pending: { key: string; bytes: Uint8Array; filled: number } | undefined;
  let open: { key: string; bytes: Uint8Array } | undefined;

  async function putPart(request: Message): Promise<Message> {
    const dealKey = toHex(bytesOf(request, "dealKey", 32));
    const slot = uintOf(request, "slot", 255);
    const what = choiceOf(request, "what", metadataKinds);
    const total = uintOf(request, "total", MAX_METADATA_BYTES);
    const offset = uintOf(request, "offset", total);
    const part = bytesOf(request, "bytes", 1, PART_BYTES);
    const key = `${dealKey}/${slot}/${what}/${total}`;
    if (offset === 0) {
      await handlers.accept({ dealKey, slot, what, total }, peerId);
      pending = { key, bytes: new Uint8Array(total), filled: 0 };
    }
    if (pending?.key !== key || pending.filled !== offset || offset + part.length > total) {
      throw badMessage("The parts of metadata must follow each other.");
    }
    pending.bytes.set(part, offset);
    pending.filled += part.length;
    if (pending.filled === total) {
      const { bytes } = pending;
      pending = undefined;
      await handlers.put({ dealKey, slot, what, bytes });
    }
    return { t: "stored", offset };
  }

  async function getPart(request: Message): Promise<Message> {
    const dealKey = toHex(bytesOf(request, "dealKey", 32));
    const what = choiceOf(request, "what", metadataKinds);
    const key = `${dealKey}/${what}`;
    // Read once per stream, so that a slot table that is replaced meanwhile is never served in two halves.
    if (open?.key !== key) open = { key, bytes: await handlers.get({ dealKey, what }, peerId) };
    const { bytes } = open;
    const offset = uintOf(request, "offset", bytes.length - 1);
    return { t: "part", total: bytes.length, bytes: bytes.slice(offset, offset + PART_BYTES) };
  }

  return {
    async answer(request) {
      if (request.t === "put") return await putPart(request);
      if (request.t === "get") return await getPart(request);
      throw unknownRequest(request);
    },
  };
}
