import { formatAmount } from "../../common/amounts.ts";
import { HoldfastError } from "../../common/errors.ts";
import { fileStatus } from "../../interface/client/file-status.ts";
import { readFileIndex } from "../../physical/file-index.ts";
import type { Command } from "./command.ts";
import { connectReader } from "./session.ts";

export const clientStatus: Command = {
  name: "client status",
  summary: "Show how each replica of a file is doing, from the chain alone.",
  usage: "CAPABILITY | NAME",
  example: "holdfast client status photos.tar",
  options: {},
  positionals: [1, 1],
  async run(args) {
    const chain = await connectReader(args.settings);
    const status = await fileStatus({ chain }, await capabilityOf(args.settings.data, args.positionals[0]!));
    const rows = status.slots.map(
      (slot) =>
        `slot ${slot.slot}  ${slot.provider}  ${slot.status.padEnd(7)}  proven ${slot.proven}  missed ${slot.missed}  of ${slot.end}  escrow ${formatAmount(BigInt(slot.escrow))}`,
    );
    const health = `${status.active} replicas under contract, ${status.threshold} rebuild the file`;
    return { text: [...rows, health].join("\n"), data: { ...status } };
  },
};

/** A capability as it is, or the newest stored file of that name. */
async function capabilityOf(folder: string, text: string): Promise<string> {
  if (/^hf\d+[a-z]+1/.test(text)) return text;
  const found = (await readFileIndex(folder)).findLast((file) => file.name === text || file.dealKey === text);
  if (found !== undefined) return found.capability;
  throw new HoldfastError(
    "UNKNOWN_FILE",
    `"${text}" is neither a capability nor a file stored from ${folder}; see \`holdfast client ls\`.`,
  );
}
