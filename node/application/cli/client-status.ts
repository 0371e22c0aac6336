import { formatAmount } from "../../common/amounts.ts";
import { fileStatus } from "../../interface/client/file-status.ts";
import type { Command } from "./command.ts";
import { connectReader } from "./session.ts";
import { capabilityOf } from "./stored-capability.ts";

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
