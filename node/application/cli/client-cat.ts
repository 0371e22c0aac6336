import { concatBytes } from "../../common/bytes.ts";
import { amountOption } from "./amount-option.ts";
import { callOf, withClient } from "./client-session.ts";
import { type Command, stringOption } from "./command.ts";
import { UsageError } from "./usage-error.ts";

export const clientCat: Command = {
  name: "client cat",
  summary:
    "Write a file, or a range of its bytes, to standard output; only what the range touches is fetched and paid.",
  usage: "CAPABILITY | NAME [--range FROM-TO] [--max-price TOKENS]",
  example: [
    "holdfast client cat notes.txt | less",
    "holdfast client cat movie.mkv --range 1000000-1999999 > part.bin",
    "",
    "With --json the bytes are in the line of JSON, as base64.",
  ].join("\n"),
  options: {
    range: {
      type: "string",
      placeholder: "FROM-TO",
      description: "first and last byte, counted from 0; FROM- for all from there on",
    },
    "max-price": { type: "string", placeholder: "TOKENS", description: "the most to pay per piece, as for get" },
  },
  positionals: [1, 1],
  run: (args, io) =>
    withClient(args, io, async (client) => {
      const range = rangeOf(stringOption(args, "range"));
      const maxPrice = amountOption(args, "max-price");
      const { json } = args.settings;
      const kept: Uint8Array[] = [];
      let bytes = 0;
      for await (const chunk of client.cat(args.positionals[0]!, { ...range, maxPrice, ...callOf(io) })) {
        if (json) kept.push(chunk);
        else await io.write(chunk);
        bytes += chunk.length;
      }
      return { text: "", data: { bytes, base64: Buffer.from(concatBytes(...kept)).toString("base64") } };
    }),
};

function rangeOf(text: string | undefined): { offset?: number; length?: number } {
  if (text === undefined) return {};
  const match = /^(\d{1,15})-(\d{1,15})?$/.exec(text);
  const [from, to] = [Number(match?.[1]), match?.[2] === undefined ? undefined : Number(match[2])];
  if (match === null || (to !== undefined && to < from)) {
    throw new UsageError(`--range needs FROM-TO or FROM-, counted from 0, got "${text}".`);
  }
  return { offset: from, ...(to === undefined ? {} : { length: to - from + 1 }) };
}
