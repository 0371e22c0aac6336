import { formatAmount } from "../../common/amounts.ts";
import { amountOption } from "./amount-option.ts";
import { callOf, withClient } from "./client-session.ts";
import type { Command } from "./command.ts";
import { dataShards } from "./data-option.ts";
import { wholeNumber } from "./whole-number.ts";

export const clientBackup: Command = {
  name: "client backup",
  summary: "Store the list of stored files like a file, encrypted, so that the wallet's phrase alone finds it again.",
  usage: "[--data K] [--total N] [--windows W] [--budget TOKENS]",
  example: "holdfast client backup --windows 100",
  options: {
    data: { type: "string", placeholder: "K", description: "shards that rebuild it; 3 unless told" },
    total: {
      type: "string",
      placeholder: "N",
      description: "slots, each with its own provider; 5, or 5 K / 3 if that is more, unless told",
    },
    windows: { type: "string", placeholder: "W", description: "length of the deal in proving windows; 12 unless told" },
    budget: { type: "string", placeholder: "TOKENS", description: "the most to pay, fee included" },
  },
  run(args, io) {
    const [k, n] = [dataShards(args), wholeNumber(args, "total")];
    const windows = wholeNumber(args, "windows");
    const budget = amountOption(args, "budget");
    return withClient(args, io, async (client) => {
      const { dealKey, bytes, slots, escrow } = await client.backup({ k, n, windows, budget, ...callOf(io) });
      const paid = escrow === undefined ? "paid by the run before" : `${formatAmount(escrow)} tokens are in escrow`;
      const text = `The list is kept in ${slots.length} slots (${bytes} bytes); ${paid}.`;
      return { text, data: { dealKey, bytes, slots, ...(escrow === undefined ? {} : { escrow }) } };
    });
  },
};
