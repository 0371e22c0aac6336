// The body of a request, as node:http has it.

import type { IncomingMessage, ServerResponse } from "node:http";
import { S3Error } from "./s3-error.ts";
import type { ServerLimits } from "./server-limits.ts";

/** The body as it comes; a client that sends nothing for too long, or goes, ends it. */
export async function* bodyOf(
  incoming: IncomingMessage,
  response: ServerResponse,
  { stallMs }: ServerLimits,
): AsyncGenerator<Uint8Array> {
  if (incoming.headers.expect?.toLowerCase() === "100-continue") response.writeContinue();
  const stalled = new S3Error("RequestTimeout", "Nothing of the body came for too long.");
  const timer = setTimeout(() => incoming.destroy(stalled), stallMs);
  try {
    for await (const chunk of incoming.iterator({ destroyOnReturn: false })) {
      timer.refresh();
      yield chunk as Uint8Array;
      timer.refresh();
    }
  } catch (cause) {
    if (cause instanceof S3Error) throw cause;
    throw new S3Error("IncompleteBody", "The connection ended before the body did.", cause);
  } finally {
    clearTimeout(timer);
  }
}
