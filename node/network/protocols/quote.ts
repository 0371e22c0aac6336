/**
 * /holdfast/quote/1: a provider's signed price for a replica of a size.
 *
 *   { t: "quote", client, m, groups, windows, collateral? } -> { t: "quote", quote, signature }
 */
import type { Address } from "viem";
import { fromHex, type Hex, toHex } from "../../common/hex.ts";
import { MAX_CLASS, MAX_SHARD_GROUPS } from "../../data/layout.ts";
import { MAX_WINDOWS, type Quote, quoteTypes } from "../../data/terms.ts";
import { ask, type CallOptions } from "../call.ts";
import type { Dialer } from "../dialer.ts";
import { addressOf, amountOf, bytesOf, expectKind, recordOf, uintOf } from "../fields.ts";
import type { Host } from "../host.ts";
import type { Peer } from "../peer.ts";
import { type ServeOptions, serve, unknownRequest } from "../serve.ts";
import { structFromWire, structToWire } from "../structs.ts";

export const QUOTE_PROTOCOL = "/holdfast/quote/1";

export interface QuoteRequest {
  client: Address;
  m: number;
  groups: number;
  windows: number;
  /** What must answer for the replica at least, in base units: a replacement answers for no less than what it replaces. */
  collateral?: bigint;
}

export interface SignedQuote {
  quote: Quote;
  /** 65 bytes: the provider's EIP-712 signature under the market's domain. */
  signature: Hex;
}

/** Asks for a price. What comes back is well-formed; the caller checks signature, size and price. */
export async function requestQuote(
  host: Dialer,
  peer: Peer,
  request: QuoteRequest,
  options?: CallOptions,
): Promise<SignedQuote> {
  const { client, m, groups, windows, collateral } = request;
  const least = collateral === undefined ? {} : { collateral: collateral.toString() };
  const message = { t: "quote", client: fromHex(client), m, groups, windows, ...least };
  const answer = await ask(host, peer, QUOTE_PROTOCOL, message, options);
  expectKind(answer, "quote");
  return {
    quote: structFromWire<Quote>(quoteTypes.Quote, recordOf(answer, "quote")),
    signature: toHex(bytesOf(answer, "signature", 65)),
  };
}

export interface QuoteHandlers {
  /** `peerId` is who asks, proven by the connection. Throws a Refusal to refuse. */
  quote(request: QuoteRequest, peerId: string): Promise<SignedQuote>;
}

export function serveQuote(host: Host, handlers: QuoteHandlers, options: Partial<ServeOptions> = {}) {
  return serve(host, { protocol: QUOTE_PROTOCOL, maxRequestBytes: 1024, idleMs: 20_000, ...options }, (peerId) => ({
    async answer(request) {
      if (request.t !== "quote") throw unknownRequest(request);
      const { quote, signature } = await handlers.quote(
        {
          client: addressOf(request, "client"),
          m: uintOf(request, "m", MAX_CLASS),
          groups: uintOf(request, "groups", MAX_SHARD_GROUPS),
          windows: uintOf(request, "windows", MAX_WINDOWS),
          ...(request.collateral === undefined ? {} : { collateral: amountOf(request, "collateral") }),
        },
        peerId,
      );
      return { t: "quote", quote: structToWire(quoteTypes.Quote, quote), signature: fromHex(signature) };
    },
  }));
}
