import { withClient } from "./client-session.ts";
import type { Command } from "./command.ts";

export const clientLs: Command = {
  name: "client ls",
  summary: "List the files stored from this data folder.",
  usage: "[--capabilities]",
  example: "holdfast client ls",
  options: { capabilities: { type: "boolean", description: "print the capabilities too; they are secrets" } },
  async run(args, io) {
    const files = await withClient(args, io, (client) => client.ls());
    const shown = args.values.capabilities === true;
    const lines = files.map((file) => {
      const line = `${file.storedAt.slice(0, 19)}Z  ${String(file.size).padStart(12)}  ${file.threshold}-of-${file.slots}  ${file.cid}  ${file.name}`;
      return shown ? `${line}\n  ${file.capability}` : line;
    });
    const data = files.map(({ capability, ...file }) => (shown ? { ...file, capability } : file));
    return {
      text: lines.length === 0 ? "No files yet; store one with `holdfast client put PATH`." : lines.join("\n"),
      data: { files: data },
    };
  },
};
