/**
 * /holdfast/sample/1: openings of elements that the client chose after the provider had signed its root. Free.
 *
 *   { t: "sample", replicaId, indices (at most 64) } -> { t: "openings", openings: [{ leaf, rows }] }
 */
import { fromHex, type Hex, toHex } from "../../common/hex.ts";
import { ARITY, NODE_BYTES } from "../../data/commitment.ts";
import { depthOfClass, ELEMENT_BYTES, MAX_CLASS } from "../../data/layout.ts";
import type { OpeningBytes } from "../../data/opening-codec.ts";
import { type CallOptions, openCall } from "../call.ts";
import type { Dialer } from "../dialer.ts";
import { badMessage, bytesOf, expectKind, isRecord, listOf, uintOf } from "../fields.ts";
import type { Host } from "../host.ts";
import type { Message } from "../message-codec.ts";
import type { Peer } from "../peer.ts";
import { type ServeOptions, serve, unknownRequest } from "../serve.ts";

export const SAMPLE_PROTOCOL = "/holdfast/sample/1";
/** Openings in one answer: 64 of the largest class take 150 KB. */
export const MAX_SAMPLES = 64;

/**
 * Openings of `indices`, in their order, in as many requests as they need. Each is the right size for class `m`;
 * `decodeOpening` and `verifyOpening` judge the content.
 */
export async function requestSample(
  host: Dialer,
  peer: Peer,
  request: { replicaId: Hex; m: number; indices: readonly number[] },
  options?: CallOptions,
): Promise<OpeningBytes[]> {
  const { m, indices } = request;
  const replicaId = fromHex(request.replicaId, 32);
  const call = await openCall(host, peer, SAMPLE_PROTOCOL, { timeoutMs: 60_000, ...options });
  try {
    const starts = Array.from({ length: Math.ceil(indices.length / MAX_SAMPLES) }, (_, i) => i * MAX_SAMPLES);
    const answers = starts.map(async (start) => {
      const asked = indices.slice(start, start + MAX_SAMPLES);
      return openingsOf(await call.request({ t: "sample", replicaId, indices: asked }), m, asked.length);
    });
    return (await Promise.all(answers)).flat();
  } finally {
    await call.close();
  }
}

function openingsOf(answer: Message, m: number, count: number): OpeningBytes[] {
  expectKind(answer, "openings");
  const openings = listOf(answer, "openings", MAX_SAMPLES);
  if (openings.length !== count) throw badMessage("The provider opened another number of elements than asked.");
  return openings.map((opening) => {
    if (!isRecord(opening)) throw badMessage("The provider sent an opening that is no record.");
    return {
      leaf: bytesOf(opening, "leaf", ELEMENT_BYTES),
      rows: bytesOf(opening, "rows", depthOfClass(m) * ARITY * NODE_BYTES),
    };
  });
}

export interface SampleHandlers {
  /** Openings of a replica that this provider holds, or has just taken in. Throws a Refusal. */
  sample(request: { replicaId: Hex; indices: readonly number[] }, peerId: string): Promise<readonly OpeningBytes[]>;
}

export function serveSample(host: Host, handlers: SampleHandlers, options: Partial<ServeOptions> = {}) {
  return serve(host, { protocol: SAMPLE_PROTOCOL, maxRequestBytes: 4096, ...options }, (peerId) => ({
    async answer(request) {
      if (request.t !== "sample") throw unknownRequest(request);
      const indices = listOf(request, "indices", MAX_SAMPLES).map((index) =>
        uintOf({ index }, "index", 2 ** MAX_CLASS - 1),
      );
      const replicaId = toHex(bytesOf(request, "replicaId", 32));
      const openings = await handlers.sample({ replicaId, indices }, peerId);
      return { t: "openings", openings: openings.map(({ leaf, rows }) => ({ leaf, rows })) };
    },
  }));
}
