import { formatAmount } from "../../common/amounts.ts";
import { withClient } from "./client-session.ts";
import type { Command } from "./command.ts";
import { withCid } from "./with-cid.ts";

export const clientStatus: Command = {
  name: "client status",
  summary: "Show how each replica of a file is doing, from the chain alone.",
  usage: "CAPABILITY | NAME",
  example: "holdfast client status photos.tar",
  options: {},
  positionals: [1, 1],
  run: (args, io) =>
    withClient(args, io, async (client) => {
      const file = args.positionals[0]!;
      const status = await client.status(file);
      const rows = status.slots.map(
        (slot) =>
          `slot ${slot.slot}  ${slot.provider}  ${slot.status.padEnd(7)}  proven ${slot.proven}  missed ${slot.missed}  of ${slot.end}  escrow ${formatAmount(slot.escrow)}`,
      );
      const health = `${status.active} replicas under contract, ${status.threshold} rebuild the file`;
      return await withCid(client, file, { text: [...rows, health].join("\n"), data: { ...status } });
    }),
};
