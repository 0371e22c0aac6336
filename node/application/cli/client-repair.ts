import { formatAmount } from "../../common/amounts.ts";
import type { RepairResult } from "../../interface/client/repair/repair.ts";
import { amountOption } from "./amount-option.ts";
import { callOf, withClient } from "./client-session.ts";
import type { Command } from "./command.ts";
import { withCid } from "./with-cid.ts";

export const clientRepair: Command = {
  name: "client repair",
  summary: "Give every lost slot of a file a replica again, rebuilt from any k of the others.",
  usage: "CAPABILITY | NAME [--budget TOKENS] [--max-price TOKENS]",
  example: "holdfast client repair photos.tar --budget 0.5",
  options: {
    budget: {
      type: "string",
      placeholder: "TOKENS",
      description: "the most to pay beyond what the lost replicas left in escrow; nothing unless told",
    },
    "max-price": {
      type: "string",
      placeholder: "TOKENS",
      description: "the most to pay per piece fetched; 3 times what the cheapest k ask unless told",
    },
  },
  positionals: [1, 1],
  run(args, io) {
    const budget = amountOption(args, "budget");
    const maxPrice = amountOption(args, "max-price");
    return withClient(args, io, async (client) => {
      const file = args.positionals[0]!;
      const repaired = await client.repair(file, { budget, maxPrice, ...callOf(io) });
      const failed = repaired.stillLost.length > 0;
      const result = { text: describeRepair(repaired), data: { ...repaired }, failed };
      return await withCid(client, file, result, repaired.cid);
    });
  },
};

/** For people; `steward run` says the same. */
export function describeRepair({ repaired, stillLost, tables, fetched }: RepairResult): string {
  const filled = repaired.map(
    ({ slot, provider, windows, payment }) =>
      `slot ${slot} is with ${provider} for ${windows} windows; ${formatAmount(payment)} tokens more were paid`,
  );
  const lost = stillLost.map(({ slot, reason }) => `slot ${slot} is still lost: ${reason}`);
  const told = tables.updated.map((slot) => `the provider of slot ${slot} has the slot table now`);
  const missed = tables.missed.map(
    ({ slot, reason }) => `the provider of slot ${slot} did not take the slot table: ${reason}`,
  );
  const nothing = filled.length + lost.length === 0 ? ["No slot is lost."] : [];
  return [
    ...nothing,
    ...filled,
    ...lost,
    ...told,
    ...missed,
    `pieces fetched for ${formatAmount(fetched)} tokens`,
  ].join("\n");
}
