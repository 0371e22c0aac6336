import { formatAmount, parseAmount } from "../../common/amounts.ts";
import { type PinReport, pinFile } from "../../interface/client/pin-file.ts";
import { type Command, stringOption } from "./command.ts";
import { connectWallet } from "./session.ts";
import { capabilityOf } from "./stored-capability.ts";

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
  async run(args, io) {
    const text = stringOption(args, "fee");
    const fee = text === undefined ? undefined : parseAmount(text, "--fee"); // said before a password is asked for
    const capability = await capabilityOf(args.settings.data, args.positionals[0]!);
    const { chain } = await connectWallet(args.settings, io);
    const pins = await pinFile(chain, capability, fee);
    return {
      text: pins.length === 0 ? "No replica of this file is under contract." : pins.map(describe).join("\n"),
      data: { pins },
      failed: pins.every(({ window }) => window === undefined),
    };
  },
};

function describe({ slot, provider, window, fee }: PinReport): string {
  const lane = `slot ${slot}  ${provider}`;
  return window === undefined
    ? `${lane}  pinned already; --fee ${formatAmount(fee)} pushes that out`
    : `${lane}  window ${window} asks for it; ${formatAmount(fee)} burned`;
}
