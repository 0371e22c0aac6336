/** Answers requests for quotes: a price that this provider will stand by for a while. */
import { signMessage } from "../consensus/signing.ts";
import type { Quote } from "../data/terms.ts";
import { checkRoom } from "../incentive/admission.ts";
import { answering, checkAccepting, priceFor } from "../incentive/pricing.ts";
import type { QuoteHandlers } from "../network/protocols/quote.ts";
import type { ProviderParts } from "./provider-parts.ts";
import type { RoomReader } from "./provider-room.ts";

export function quoteHandlers(parts: ProviderParts, reader: RoomReader): QuoteHandlers {
  const { chain, settings } = parts;
  return {
    async quote(request) {
      const { client, m, groups, windows } = request;
      const [room, { epoch, accepting }] = await Promise.all([reader.room(), reader.lane()]);
      checkAccepting({ accepting });
      const price = answering(priceFor(settings.ask, request, await reader.limit(m)), request.collateral);
      checkRoom(room, { m, groups, collateral: price.collateral });
      const quote: Quote = {
        provider: chain.account.address,
        ...{ client, m, groups, windows },
        ...price,
        expiry: Number(parts.latestBlock()) + settings.limits.quoteBlocks,
        epoch,
      };
      return { quote, signature: await signMessage(chain, chain.account, "Quote", quote) };
    },
  };
}
