import { amountOption } from "./amount-option.ts";
import { callOf, withClient } from "./client-session.ts";
import type { Command } from "./command.ts";

export const clientRestore: Command = {
  name: "client restore",
  summary: "Find everything again that this wallet stored, from the chain and the providers alone.",
  usage: "[--max-price TOKENS]",
  example: "holdfast wallet new --phrase-file ./words --home ./new-laptop\nholdfast client restore --home ./new-laptop",
  options: {
    "max-price": {
      type: "string",
      placeholder: "TOKENS",
      description: "the most to pay per piece of a list kept with `client backup`; 3 times the cheapest k unless told",
    },
  },
  run(args, io) {
    const maxPrice = amountOption(args, "max-price");
    return withClient(args, io, async (client) => {
      const { files, lost, index, unread } = await client.restore({ maxPrice, ...callOf(io) });
      const shown = files.map(({ name, size, cid }) => `${String(size).padStart(12)}  ${cid}  ${name}`);
      const gone = lost.map(({ dealKey, reason }) => `deal ${dealKey} is not restored: ${reason}`);
      const kept = typeof index === "object" ? [`The list that was kept could not be read: ${index.unreadable}`] : [];
      const folders = unread.map(({ dealKey, reason }) => `What folder ${dealKey} holds could not be read: ${reason}`);
      const text = [
        ...shown,
        ...gone,
        ...kept,
        ...folders,
        `${files.length} files are in the list of this folder.`,
      ].join("\n");
      const data = { files: files.map(({ capability: _secret, ...file }) => file), lost, index, unread };
      return { text, data };
    });
  },
};
