/** Status of a daemon for its operator: GET /status on 127.0.0.1, JSON with amounts as decimal strings. Reads only. */
import { createServer } from "node:http";
import { HoldfastError } from "../common/errors.ts";

export interface StatusServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Starts the server; `status` is asked at every request. Throws `PORT_TAKEN`. */
export async function serveStatus(port: number, status: () => Promise<Record<string, unknown>>): Promise<StatusServer> {
  const server = createServer((request, response) => {
    const answer = (code: number, body: unknown) => {
      response.writeHead(code, { "content-type": "application/json", "cache-control": "no-store" });
      response.end(JSON.stringify(body, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value)));
    };
    // A web page that resolves its own name to 127.0.0.1 must not read this.
    if (!/^(?:127\.0\.0\.1|localhost)(?::\d+)?$/.test(request.headers.host ?? ""))
      return answer(403, { error: "FORBIDDEN" });
    if (request.method !== "GET" || request.url !== "/status") return answer(404, { error: "NOT_FOUND" });
    status().then(
      (body) => answer(200, body),
      (error: unknown) => answer(503, { error: error instanceof HoldfastError ? error.code : "UNEXPECTED" }),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => {
      reject(
        new HoldfastError("PORT_TAKEN", `Port ${port} is taken; stop who has it or change statusPort in config.json.`, {
          details: { port },
          cause,
        }),
      );
    });
    server.listen(port, "127.0.0.1", resolve);
  });
  const address = server.address();
  const found = typeof address === "object" && address !== null ? address.port : port;
  return {
    url: `http://127.0.0.1:${found}/status`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
