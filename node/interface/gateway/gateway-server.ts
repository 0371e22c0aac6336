// The HTTP server of the gateway: loopback only, and everything inbound bounded.

import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { HoldfastError } from "../../common/errors.ts";
import type { Keys } from "./authenticate.ts";
import type { Answer, GatewayParts } from "./gateway-parts.ts";
import { handleCid, isCidRequest } from "./handle-cid.ts";
import { errorAnswer, handleS3 } from "./handle-s3.ts";
import { bodyOf } from "./incoming-body.ts";
import { isLoopbackHost, requireLoopback } from "./loopback.ts";
import { asS3Error, S3Error } from "./s3-error.ts";
import { parseRequest, type S3Request } from "./s3-request.ts";
import { sendAnswer } from "./send-answer.ts";
import { LIMITS, type ServerLimits } from "./server-limits.ts";

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
      void sendAnswer(incoming, response, errorAnswer(busy, { path: "" }, ""), limits);
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
    await sendAnswer(incoming, response, { ...answer, headers }, limits);
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
