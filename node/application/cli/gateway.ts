import { type GatewayOptions, startGateway } from "../gateway.ts";
import type { StoreTerms } from "../gateway-store.ts";
import { amountOption } from "./amount-option.ts";
import { withClient } from "./client-session.ts";
import { type Args, type Command, stringOption } from "./command.ts";
import { dataShards } from "./data-option.ts";
import { regionsOf } from "./regions-option.ts";
import { UsageError } from "./usage-error.ts";
import { wholeNumber } from "./whole-number.ts";

const DEFAULT_LISTEN = "127.0.0.1:9000";

export const gateway: Command = {
  name: "gateway",
  summary: "Serve this client's files to S3 tools on this machine, and public files by CID, until Ctrl-C.",
  usage: "--budget TOKENS [--listen 127.0.0.1:PORT] [--data K] [--total N] [--windows W] [--public]",
  example: [
    "holdfast gateway --budget 0.5 --total-budget 20 --home ./alice --password-file ./alice.password",
    "AWS_SHARED_CREDENTIALS_FILE=./alice/gateway/credentials aws --endpoint-url http://127.0.0.1:9000 s3 mb s3://photos",
    "",
    "Access keys are in gateway/credentials of the data folder; `holdfast gateway key NAME` makes another. See docs/gateway.md.",
  ].join("\n"),
  options: {
    listen: { type: "string", placeholder: "HOST:PORT", description: `on this machine; ${DEFAULT_LISTEN} unless told` },
    budget: { type: "string", placeholder: "TOKENS", description: "the most that one object may cost, fee included" },
    "total-budget": {
      type: "string",
      placeholder: "TOKENS",
      description: "the most that all that is stored and read until Ctrl-C may cost; no limit unless told",
    },
    data: { type: "string", placeholder: "K", description: "shards that rebuild an object; 3 unless told" },
    total: {
      type: "string",
      placeholder: "N",
      description: "slots, each with its own provider; 5, or 5 K / 3 if that is more, unless told",
    },
    windows: {
      type: "string",
      placeholder: "W",
      description: "length of the deals in proving windows; 12 unless told",
    },
    "min-slots": { type: "string", placeholder: "M", description: "open deals with at least M slots; N unless told" },
    region: { type: "string", placeholder: "XX,YY", description: "countries of the providers; anywhere unless told" },
    public: {
      type: "boolean",
      description: "store objects to be published: whoever is on this machine gets them by CID",
    },
    "min-part": {
      type: "string",
      placeholder: "BYTES",
      description: "least size of the parts of an upload, but for the last; 5242880 as in S3 unless told",
    },
    "max-price": {
      type: "string",
      placeholder: "TOKENS",
      description: "the most to pay per piece read, as for client get",
    },
  },
  async run(args, io) {
    const { host, port } = listenOf(stringOption(args, "listen") ?? DEFAULT_LISTEN);
    const terms = termsOf(args);
    const minPartBytes = wholeNumber(args, "min-part");
    const { json, home: folder } = args.settings;
    const { signal } = io; // asked for here: from now on a signal ends the run in order
    const log: GatewayOptions["log"] = (sentence) => io.log(`${new Date().toISOString()} ${sentence}`);
    await withClient(args, io, async (client) => {
      const running = await startGateway({ folder, client, host, port, terms, minPartBytes, log });
      const { url, credentials } = running;
      // The one line that whoever started it waits for; the result comes when it ends.
      const ready = json
        ? JSON.stringify({ ready: true, url, credentials })
        : `Gateway is ready at ${url}; access keys are in ${credentials}`;
      await io.write(Buffer.from(`${ready}\n`));
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      io.log("stopping");
      await running.stop();
    });
    return { text: "Stopped.", data: { stopped: true } };
  },
};

function termsOf(args: Args): StoreTerms {
  const budget = amountOption(args, "budget");
  if (budget === undefined) {
    throw new UsageError(
      "gateway needs --budget TOKENS: the most that one object may cost, so that no program overspends",
    );
  }
  return {
    budget,
    totalBudget: amountOption(args, "total-budget"),
    maxPrice: amountOption(args, "max-price"),
    k: dataShards(args),
    n: wholeNumber(args, "total"),
    windows: wholeNumber(args, "windows"),
    minSlots: wholeNumber(args, "min-slots"),
    regions: regionsOf(stringOption(args, "region")),
    public: args.values.public === true,
  };
}

function listenOf(text: string): { host: string; port: number } {
  const match = /^(.*):(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (match === null || port > 65_535) throw new UsageError(`--listen needs HOST:PORT, got "${text}".`);
  return { host: match[1]!.replace(/^\[(.*)\]$/, "$1"), port };
}
