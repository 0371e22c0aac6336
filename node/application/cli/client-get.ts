import { formatAmount, parseAmount } from "../../common/amounts.ts";
import { get } from "../../interface/client/get.ts";
import { withClient } from "./client-session.ts";
import { type Command, stringOption } from "./command.ts";
import { capabilityOf } from "./stored-capability.ts";

export const clientGet: Command = {
  name: "client get",
  summary: "Get a file back from any of its providers, every byte checked.",
  usage: "CAPABILITY | NAME [--output PATH] [--force] [--max-price TOKENS]",
  example: "holdfast client get photos.tar --output back.tar\nholdfast client get hf1read1aaaa... --output photos.tar",
  options: {
    output: { type: "string", placeholder: "PATH", description: "where it goes; its own name here unless told" },
    force: { type: "boolean", description: "replace an existing file" },
    "max-price": {
      type: "string",
      placeholder: "TOKENS",
      description: "the most to pay per piece of 253,952 bytes; 3 times what the cheapest k ask unless told",
    },
  },
  positionals: [1, 1],
  run: (args, io) =>
    withClient(args, io, async (context) => {
      const output = stringOption(args, "output");
      const maxPrice = stringOption(args, "max-price");
      const result = await get(context, {
        capability: await capabilityOf(args.settings.data, args.positionals[0]!),
        force: args.values.force === true,
        ...(output === undefined ? {} : { output }),
        ...(maxPrice === undefined ? {} : { maxPrice: parseAmount(maxPrice, "--max-price") }),
      });
      const trouble = result.trouble.map(({ slot, reason }) => `Slot ${slot} was not used: ${reason}`);
      const paid = `${result.bytes} bytes, ${result.cid}, for ${formatAmount(BigInt(result.paid))} tokens`;
      return { text: [result.path, paid, ...trouble].join("\n"), data: { ...result } };
    }),
};
