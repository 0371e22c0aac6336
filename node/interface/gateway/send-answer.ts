// An answer on its way: what cannot be completed ends with its connection, never as a short answer that looks whole.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Answer } from "./gateway-parts.ts";
import type { ServerLimits } from "./server-limits.ts";

/** How long what is left of a refused body is read, so that the client sees the answer before its connection ends. */
const LINGER_MS = 2_000;

/** No page of any site may read, embed or run what comes from here. */
const SAFE_HEADERS = {
  "x-content-type-options": "nosniff",
  "content-security-policy": "sandbox; default-src 'none'",
  "cross-origin-resource-policy": "same-origin",
};

/** Rejects when the body fails; the connection is gone then. */
export async function sendAnswer(
  incoming: IncomingMessage,
  response: ServerResponse,
  { status, headers = {}, body }: Answer,
  { stallMs }: ServerLimits,
): Promise<void> {
  if (response.destroyed) {
    if (typeof body === "object") await body[Symbol.asyncIterator]().return?.();
    return;
  }
  const text = typeof body === "string" || body === undefined ? (body ?? "") : undefined;
  const length =
    text === undefined || incoming.method === "HEAD" || status === 304
      ? {}
      : { "content-length": Buffer.byteLength(text) };
  if (!incoming.complete) lingerOver(incoming);
  response.writeHead(status, { ...SAFE_HEADERS, ...length, ...headers });
  if (text !== undefined) {
    response.end(incoming.method === "HEAD" ? "" : text);
    return;
  }
  try {
    for await (const bytes of body as AsyncIterable<Uint8Array>) {
      if (!response.write(bytes)) await drained(response, stallMs);
      if (response.destroyed) return;
    }
    response.end();
  } catch (cause) {
    // The client must see that this was not all of it.
    response.destroy();
    throw cause;
  }
}

/** Reads on for a moment and drops it; then the connection goes. */
function lingerOver(incoming: IncomingMessage): void {
  incoming.resume();
  const timer = setTimeout(() => incoming.socket.destroy(), LINGER_MS);
  incoming.once("close", () => clearTimeout(timer)).once("end", () => clearTimeout(timer));
}

/** Resolves when more can be written, or the connection is gone. */
function drained(response: ServerResponse, stallMs: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      response.off("drain", done).off("close", done);
      resolve();
    };
    const timer = setTimeout(() => response.destroy(), stallMs);
    response.once("drain", done).once("close", done);
  });
}
