import { formatAmount } from "../../common/amounts.ts";
import { amountOption } from "./amount-option.ts";
import { callOf, withClient } from "./client-session.ts";
import type { Command } from "./command.ts";
import { UsageError } from "./usage-error.ts";
import { wholeNumber } from "./whole-number.ts";
import { withCid } from "./with-cid.ts";

export const clientRenew: Command = {
  name: "client renew",
  summary: "Keep a file longer: its providers sign what they ask, and the deal is extended at once.",
  usage: "CAPABILITY | NAME --windows W [--budget TOKENS] [--max-price TOKENS] [--min-slots M] [--dry-run]",
  example: "holdfast client renew photos.tar --windows 100 --budget 2",
  options: {
    windows: { type: "string", placeholder: "W", description: "proving windows to add" },
    budget: { type: "string", placeholder: "TOKENS", description: "the most to pay, fee included" },
    "max-price": {
      type: "string",
      placeholder: "TOKENS",
      description: "the most a slot may cost per window; 3 times the median of what they cost now unless told",
    },
    "min-slots": {
      type: "string",
      placeholder: "M",
      description: "fewest slots that must go on; all that are under contract unless told",
    },
    "dry-run": { type: "boolean", description: "ask the providers and say the price; nothing is paid" },
  },
  positionals: [1, 1],
  async run(args, io) {
    const windows = wholeNumber(args, "windows");
    if (windows === undefined) throw new UsageError("client renew needs --windows W: how many to add");
    const options = {
      windows,
      budget: amountOption(args, "budget"),
      maxPrice: amountOption(args, "max-price"),
      minSlots: wholeNumber(args, "min-slots"),
      dryRun: args.values["dry-run"] === true,
    };
    return await withClient(args, io, async (client) => {
      const file = args.positionals[0]!;
      const renewed = await client.renew(file, { ...options, ...callOf(io) });
      const text = [
        ...renewed.slots.map(
          ({ slot, provider, price, cost }) =>
            `slot ${slot}  ${provider}  ${formatAmount(price)} a window, at most ${formatAmount(cost)} in all`,
        ),
        ...renewed.refused.map(({ slot, reason }) => `slot ${slot} ends as it would have: ${reason}`),
        renewed.done
          ? `Extended by ${windows} windows for at most ${formatAmount(renewed.cost)} tokens, fee included.`
          : `It would cost at most ${formatAmount(renewed.cost)} tokens, fee included; nothing was paid.`,
      ];
      return await withCid(client, file, { text: text.join("\n"), data: { ...renewed } });
    });
  },
};
