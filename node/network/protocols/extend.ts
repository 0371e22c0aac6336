/**
 * /holdfast/extend/1: a provider's signature for keeping a replica longer.
 *
 *   { t: "extend", replicaId, windows } -> { t: "extension", offer, until, signature }
 *
 * Anybody may ask: only the deal's client can use what comes back, and the provider stands by it until the offer expires.
 */
import { fromHex, type Hex, toHex } from "../../common/hex.ts";
import type { SignedExtension } from "../../data/change-messages.ts";
import { MAX_WINDOWS, type Offer, offerTypes } from "../../data/terms.ts";
import { ask, type CallOptions } from "../call.ts";
import type { Dialer } from "../dialer.ts";
import { bytesOf, expectKind, recordOf, uintOf } from "../fields.ts";
import type { Host } from "../host.ts";
import type { Peer } from "../peer.ts";
import { type ServeOptions, serve, unknownRequest } from "../serve.ts";
import { structFromWire, structToWire } from "../structs.ts";

export const EXTEND_PROTOCOL = "/holdfast/extend/1";

export interface ExtendRequest {
  replicaId: Hex;
  /** Windows to add behind the slot's end. */
  windows: number;
}

/** Asks for an extension. What comes back is well-formed; the caller checks signature, bytes, price and end. */
export async function requestExtension(
  host: Dialer,
  peer: Peer,
  { replicaId, windows }: ExtendRequest,
  options?: CallOptions,
): Promise<SignedExtension> {
  const message = { t: "extend", replicaId: fromHex(replicaId, 32), windows };
  const answer = await ask(host, peer, EXTEND_PROTOCOL, message, options);
  expectKind(answer, "extension");
  return {
    extension: {
      offer: structFromWire<Offer>(offerTypes.Offer, recordOf(answer, "offer")),
      until: uintOf(answer, "until", 2 ** 40 - 1),
    },
    signature: toHex(bytesOf(answer, "signature", 65)),
  };
}

export interface ExtendHandlers {
  /** Throws a Refusal to refuse. */
  extend(request: ExtendRequest, peerId: string): Promise<SignedExtension>;
}

export function serveExtend(host: Host, handlers: ExtendHandlers, options: Partial<ServeOptions> = {}) {
  return serve(host, { protocol: EXTEND_PROTOCOL, maxRequestBytes: 1024, idleMs: 20_000, ...options }, (peerId) => ({
    async answer(request) {
      if (request.t !== "extend") throw unknownRequest(request);
      const { extension, signature } = await handlers.extend(
        { replicaId: toHex(bytesOf(request, "replicaId", 32)), windows: uintOf(request, "windows", MAX_WINDOWS) },
        peerId,
      );
      const { offer, until } = extension;
      return {
        t: "extension",
        offer: structToWire(offerTypes.Offer, offer),
        until,
        signature: fromHex(signature),
      };
    },
  }));
}
