import { formatAmount, parseAmount } from "../../common/amounts.ts";
import { callOf, withClient } from "./client-session.ts";
import { type Command, stringOption } from "./command.ts";
import { parseAddress } from "./settings.ts";

export const walletWithdraw: Command = {
  name: "wallet withdraw",
  summary: "Take free tokens out of the vault.",
  usage: "AMOUNT | all [--to ADDRESS]",
  example: "holdfast wallet withdraw all --home ./alice --password-file ./alice.password",
  options: {
    to: { type: "string", placeholder: "ADDRESS", description: "who gets them; this key's own wallet unless told" },
  },
  positionals: [1, 1],
  async run(args, io) {
    const [text] = args.positionals;
    const amount = text === "all" ? undefined : parseAmount(text!, "AMOUNT");
    const receiver = stringOption(args, "to");
    const to = receiver === undefined ? undefined : parseAddress(receiver, "--to");
    const sent = await withClient(args, io, (client) => client.withdraw({ amount, to, ...callOf(io) }));
    return { text: `${formatAmount(sent.amount)} tokens went to ${sent.to}.`, data: { ...sent } };
  },
};
