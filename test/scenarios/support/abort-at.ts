// A program that calls one verb of the client and aborts it at a line of its progress; it ends by itself or has left a handle open.
//
//   abort-at.ts VERB ARGUMENT OPTIONS TEXT LATER   milliseconds after the line; connection in the environment; prints a line of JSON

import { createClient } from "holdfast";
import type { Client } from "../../../node/application/client-api.ts";

const { RPC: rpcUrl, MARKET: market, PASSWORD: password, DATA: folder = "data" } = process.env;
const [verb, argument, options, text, later] = process.argv.slice(2) as [keyof Client, string, string, string, string];
const client = createClient({ folder, rpcUrl, market, password });
const abort = new AbortController();
let abortedAt = 0;
let seen = false;
const stop = () => {
  abortedAt = performance.now();
  abort.abort();
};
const call = {
  ...(JSON.parse(options) as object),
  signal: abort.signal,
  onProgress: (progress: { text: string }) => {
    if (seen || !progress.text.includes(text)) return;
    seen = true;
    if (later === "0") stop();
    else setTimeout(stop, Number(later));
  },
};
const run = client[verb] as (argument: string, options: typeof call) => Promise<unknown>;
const code = await run(argument, call).then(
  () => "DONE",
  (cause: { code?: string }) => cause.code ?? String(cause),
);
const afterMs = performance.now() - abortedAt;
await client.close();
console.log(JSON.stringify({ code, afterMs, aborted: abort.signal.aborted }));
