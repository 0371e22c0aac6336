import { formatAmount } from "../../common/amounts.ts";
import type { PinReport } from "../../interface/client/pin-file.ts";
import { amountOption } from "./amount-option.ts";
import { withClient } from "./client-session.ts";
import type { Command } from "./command.ts";
import { withCid } from "./with-cid.ts";

export const clientPin: Command = {
  name: "client pin",
  summary: "Make each provider's next window ask for this file in particular. The fee is burned.",
  usage: "CAPABILITY | NAME [--fee TOKENS]",
  example: "holdfast client pin photos.tar --fee 0.002",
  options: {
    fee: {
      type: "string",
      placeholder: "TOKENS",
      description: "burned for each replica; the least there is by default",
    },
  },
  positionals: [1, 1],
  run(args, io) {
    const fee = amountOption(args, "fee");
    return withClient(args, io, async (client) => {
      const file = args.positionals[0]!;
      const pins = await client.pin(file, { fee });
      return await withCid(client, file, {
        text: pins.length === 0 ? "No replica of this file is under contract." : pins.map(describe).join("\n"),
        data: { pins },
        failed: pins.every(({ window }) => window === undefined),
      });
    });
  },
};

function describe({ slot, provider, window, fee }: PinReport): string {
  const lane = `slot ${slot}  ${provider}`;
  return window === undefined
    ? `${lane}  pinned already; --fee ${formatAmount(fee)} pushes that out`
    : `${lane}  window ${window} asks for it; ${formatAmount(fee)} burned`;
}
