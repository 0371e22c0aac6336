// The HTTP server of the gateway: loopback only, everything inbound bounded, and a body that cannot be completed ends with its
// connection, never as a short answer that looks whole.

import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { HoldfastError } from "../../common/errors.ts";
import type { Keys } from "./authenticate.ts";
import type { Answer, GatewayParts } from "./gateway-parts.ts";
import { handleCid, isCidRequest } from "./handle-cid.ts";
import { errorAnswer, handleS3 } from "./handle-s3.ts";
import { isLoopbackHost, requireLoopback } from "./loopback.ts";
import { asS3Error, S3Error } from "./s3-error.ts";
import { parseRequest, type S3Request } from "./s3-request.ts";

export interface ServerLimits {
  /** Requests at a time. */
  readonly requests: number;
  readonly headerBytes: number;
  /** Until all headers are there. */
  readonly headersMs: number;
  /** Without a byte of a body that is being sent, or taken. */
  readonly stallMs: number;
}

export const LIMITS: ServerLimits = { requests: 64, headerBytes: 16 * 1024, headersMs: 10_000, stallMs: 60_000 };

export interface GatewayServer {
  readonly host: string;
  readonly port: number;
  /** Takes no more requests and lets those under way end, for a while. */
  close(): Promise<void>;
}

export interface ServerOptions {
  readonly parts: GatewayParts;
  readonly keys: Keys;
  readonly host: string;
  /** 0 for a free one. */
  readonly port: number;
  readonly limits?: ServerLimits;
  /** Told of failures that are no client's fault. */
  readonly onFailure: (sentence: string, cause: unknown) => void;
}

/** How long requests under way have when the gateway stops. */
const GRACE_MS = 5_000;
/** How long what is left of a refused body is read, so that the client sees the answer before its connection ends. */
const LINGER_MS = 2_000;

/** Throws `NOT_LOOPBACK`, `PORT_TAKEN`. */
export async function serveGateway(options: ServerOptions): Promise<GatewayServer> {
  const { host, limits = LIMITS, onFailure } = options;
  requireLoopback(host);
  let underWay = 0;
  const server = createServer(
    {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersMs,
      // A body of gigabytes takes its time; that it comes at all is looked at piece by piece.
      requestTimeout: 0,
      connectionsCheckingInterval: Math.min(1_000, limits.headersMs),
    },
    serve,
  );
  server.maxConnections = 4 * limits.requests;
  server.on("checkContinue", serve);
  server.on("clientError", (_, socket) => {
    if (socket.writable) socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    else socket.destroy();
  });

  function serve(incoming: IncomingMessage, response: ServerResponse): void {
    // A connection that breaks is seen where it is read and written; here it must not end the process.
    incoming.on("error", () => {});
    response.on("error", () => {});
    if (underWay >= limits.requests) {
      const busy = new S3Error("SlowDown", "Too many requests at a time: try again in a moment.");
      void send(incoming, response, errorAnswer(busy, { path: "" }, ""), limits);
      return;
    }
    underWay++;
    void respond(incoming, response)
      .catch((cause: unknown) => {
        response.destroy();
        onFailure("a request could not be answered", cause);
      })
      .finally(() => {
        underWay--;
      });
  }

  async function respond(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = randomUUID();
    let request: S3Request | undefined;
    let answer: Answer;
    try {
      if (!isLoopbackHost(hostNameOf(incoming.headers.host))) {
        // A page whose own name resolves to 127.0.0.1 must not read this.
        throw new S3Error(
          "AccessDenied",
          "The gateway is asked for by the name of this machine: 127.0.0.1 or localhost.",
        );
      }
      request = parseRequest(incoming.method ?? "", incoming.url ?? "", incoming.rawHeaders);
      answer = isCidRequest(request)
        ? await handleCid(options.parts, request)
        : await handleS3(options.parts, options.keys, { request, source: () => bodyOf(incoming, response, limits) });
    } catch (cause) {
      const error = asS3Error(cause);
      if (error.status >= 500 && error.s3Code !== "NotImplemented")
        onFailure(`${incoming.method} ${request?.path ?? ""} failed`, cause);
      answer = errorAnswer(error, { path: request?.path ?? "" }, requestId);
    }
    const headers = { ...answer.headers, "x-amz-request-id": requestId };
    await send(incoming, response, { ...answer, headers }, limits);
  }

  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => {
      const port = options.port;
      const details = { host, port, reason: (cause as NodeJS.ErrnoException).code };
      reject(
        new HoldfastError("PORT_TAKEN", `Nothing can listen at ${host}, port ${port}: choose another with --listen.`, {
          details,
          cause,
        }),
      );
    });
    server.listen(options.port, host, resolve);
  });
  server.on("error", (cause) => onFailure("the server failed", cause));
  const address = server.address();
  return {
    host,
    port: typeof address === "object" && address !== null ? address.port : options.port,
    close: () =>
      new Promise((resolve) => {
        const forced = setTimeout(() => server.closeAllConnections(), GRACE_MS);
        server.close(() => {
          clearTimeout(forced);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}

function hostNameOf(header: string | undefined): string {
  return (header ?? "").replace(/:\d{1,5}$/, "");
}

/** The body as it comes; a client that sends nothing for too long, or goes, ends it. */
async function* bodyOf(
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

/** No page of any site may read, embed or run what comes from here. */
const SAFE_HEADERS = {
  "x-content-type-options": "nosniff",
  "content-security-policy": "sandbox; default-src 'none'",
  "cross-origin-resource-policy": "same-origin",
};

async function send(
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
