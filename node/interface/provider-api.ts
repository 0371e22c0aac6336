/** Everything a provider answers over the network. */
import type { Host } from "../network/host.ts";
import { serveExtend } from "../network/protocols/extend.ts";
import { serveMetadata } from "../network/protocols/metadata.ts";
import { serveQuote } from "../network/protocols/quote.ts";
import { serveRetrieve } from "../network/protocols/retrieve.ts";
import { serveSample } from "../network/protocols/sample.ts";
import { serveUpload } from "../network/protocols/upload.ts";
import { extendHandlers } from "./provider-api-extend.ts";
import { metadataHandlers } from "./provider-api-metadata.ts";
import { quoteHandlers } from "./provider-api-quote.ts";
import { retrieveHandlers } from "./provider-api-retrieve.ts";
import { sampleHandlers } from "./provider-api-sample.ts";
import { uploadHandlers } from "./provider-api-upload.ts";
import type { ProviderParts } from "./provider-parts.ts";
import type { RoomReader } from "./provider-room.ts";
import { createRateLimit, limitCalls } from "./rate-limit.ts";
import type { Sampler } from "./sampler.ts";

/** Starts answering; returns what stops it. Failures of this node's own go to `parts.log`. */
export async function serveProvider(
  host: Host,
  parts: ProviderParts,
  sampler: Sampler,
  room: RoomReader,
): Promise<() => Promise<void>> {
  const { freePerSecond, costlyPerSecond } = parts.settings.limits;
  const bucket = (perSecond: number) => createRateLimit({ perSecond, burst: 10 * perSecond, now: parts.now });
  const free = bucket(freePerSecond);
  const onError = (error: unknown) => parts.log("error", "Could not answer a peer.", { error: String(error) });
  const quotes = quoteHandlers(parts, room);
  const uploads = uploadHandlers(parts, room);
  const retrievals = retrieveHandlers(parts, free);
  const extensions = extendHandlers(parts, room);
  // Each of these costs signature checks (7 ms) or chain reads before anything is known of who asks.
  const costly = { each: free, together: bucket(costlyPerSecond) };
  const stops = await Promise.all([
    serveQuote(host, { quote: limitCalls(quotes.quote, costly) }, { onError }),
    serveUpload(host, { begin: limitCalls(uploads.begin, costly) }, { onError }),
    serveExtend(host, { extend: limitCalls(extensions.extend, costly) }, { onError }),
    serveSample(host, sampleHandlers(parts, sampler, free), { onError }),
    serveMetadata(host, metadataHandlers(parts, free), { onError }),
    serveRetrieve(host, { open: limitCalls(retrievals.open, costly) }, { onError }),
  ]);
  return async () => {
    for (const stop of stops) await stop();
  };
}
