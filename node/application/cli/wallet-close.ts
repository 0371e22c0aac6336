import { formatAmount } from "../../common/amounts.ts";
import { callOf, withClient } from "./client-session.ts";
import type { Command } from "./command.ts";

export const walletClose: Command = {
  name: "wallet close",
  summary: "Get back what payment channels still hold: starts their delay, and closes those whose delay is over.",
  usage: "",
  example: "holdfast wallet close --home ./alice --password-file ./alice.password",
  options: {},
  async run(args, io) {
    const { closed, closing } = await withClient(args, io, (client) => client.closeChannels(callOf(io)));
    const lines = [
      ...closed.map(({ provider, returned }) => `${provider}  closed, ${formatAmount(returned)} tokens came back`),
      ...closing.map(
        ({ provider, rest, closableAt }) =>
          `${provider}  closing, ${formatAmount(rest)} tokens are in it: run this again from block ${closableAt} on`,
      ),
    ];
    return { text: lines.length === 0 ? "No channel holds anything." : lines.join("\n"), data: { closed, closing } };
  },
};
