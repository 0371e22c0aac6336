import type { ListedEntry } from "../client-api.ts";
import { amountOption } from "./amount-option.ts";
import { callOf, withClient } from "./client-session.ts";
import type { Command } from "./command.ts";

export const clientLs: Command = {
  name: "client ls",
  summary: "List the files stored from this data folder, or what a stored folder holds.",
  usage: "[CAPABILITY | NAME] [--capabilities] [--max-price TOKENS]",
  example: "holdfast client ls\nholdfast client ls photos/",
  options: {
    capabilities: { type: "boolean", description: "print the capabilities too; they are secrets" },
    "max-price": {
      type: "string",
      placeholder: "TOKENS",
      description: "the most to pay per piece for a folder's list",
    },
  },
  positionals: [0, 1],
  async run(args, io) {
    const [folder] = args.positionals;
    if (folder !== undefined) {
      const options = { maxPrice: amountOption(args, "max-price"), ...callOf(io) };
      const entries = await withClient(args, io, (client) => client.entries(folder, options));
      return { text: entries.map(lineOf).join("\n"), data: { entries } };
    }
    const files = await withClient(args, io, (client) => client.ls());
    const shown = args.values.capabilities === true;
    const lines = files.map((file) => {
      const ended = file.endedAt === undefined ? "" : "  (ended)";
      const line = `${file.storedAt.slice(0, 19)}Z  ${String(file.size).padStart(12)}  ${file.threshold}-of-${file.slots}  ${file.cid}  ${file.name}${ended}`;
      return shown ? `${line}\n  ${file.capability}` : line;
    });
    const data = files.map(({ capability, ...file }) => (shown ? { ...file, capability } : file));
    return {
      text: lines.length === 0 ? "No files yet; store one with `holdfast client put PATH`." : lines.join("\n"),
      data: { files: data },
    };
  },
};

function lineOf(entry: ListedEntry): string {
  if (entry.type === "link") return `link  ${" ".repeat(37)}${entry.path} -> ${entry.target}`;
  const time = new Date(entry.modifiedMs).toISOString().slice(0, 19);
  const size = entry.type === "file" ? String(entry.size) : "-";
  const cid = entry.cid === undefined ? "" : `  ${entry.cid}`;
  return `${entry.mode.toString(8).padStart(4)}  ${time}Z  ${size.padStart(14)}  ${entry.path}${entry.type === "folder" ? "/" : ""}${cid}`;
}
