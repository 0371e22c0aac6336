import { withClient } from "./client-session.ts";
import type { Command } from "./command.ts";
import { withCid } from "./with-cid.ts";

export const clientHistory: Command = {
  name: "client history",
  summary:
    "Show what happened to a file: on the chain, and from this data folder. Without a file, all that was done here.",
  usage: "[CAPABILITY | NAME]",
  example: "holdfast client history photos.tar",
  options: {},
  positionals: [0, 1],
  run: (args, io) =>
    withClient(args, io, async (client) => {
      const [file] = args.positionals;
      if (file === undefined) {
        const entries = await client.activities();
        const lines = entries.map(
          ({ at, dealKey, verb, text }) => `${line(at)}  ${dealKey.slice(0, 10)}  ${verb}: ${text}`,
        );
        return {
          text: lines.length === 0 ? "Nothing was done from this folder yet." : lines.join("\n"),
          data: { entries },
        };
      }
      const entries = await client.history(file);
      const lines = entries.map(
        ({ at, source, text, block }) => `${line(at)}  ${source === "here" ? "here" : `block ${block}`}  ${text}`,
      );
      return await withCid(client, file, { text: lines.join("\n"), data: { entries } });
    }),
};

function line(at: string): string {
  return `${at.slice(0, 19)}Z`;
}
