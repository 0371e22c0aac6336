import { formatAmount } from "../../common/amounts.ts";
import { amountOption } from "./amount-option.ts";
import { callOf, withClient } from "./client-session.ts";
import { type Command, stringOption } from "./command.ts";

export const clientGet: Command = {
  name: "client get",
  summary: "Get a file back from any of its providers, every byte checked.",
  usage: "CAPABILITY | NAME [--output PATH] [--car] [--force] [--max-price TOKENS]",
  example: "holdfast client get photos.tar --output back.tar\nholdfast client get hf1read1aaaa... --output photos.tar",
  options: {
    output: { type: "string", placeholder: "PATH", description: "where it goes; its own name here unless told" },
    car: { type: "boolean", description: "write a CAR with the file as one block under its CID" },
    force: { type: "boolean", description: "replace an existing file" },
    "max-price": {
      type: "string",
      placeholder: "TOKENS",
      description: "the most to pay per piece of 253,952 bytes; 3 times what the cheapest k ask unless told",
    },
  },
  positionals: [1, 1],
  run: (args, io) =>
    withClient(args, io, async (client) => {
      const result = await client.get(args.positionals[0]!, {
        output: stringOption(args, "output"),
        car: args.values.car === true,
        force: args.values.force === true,
        maxPrice: amountOption(args, "max-price"),
        ...callOf(io),
      });
      const trouble = result.trouble.map(({ slot, reason }) => `Slot ${slot} was not used: ${reason}`);
      const paid = `${result.bytes} bytes, ${result.cid}, for ${formatAmount(result.paid)} tokens`;
      return { text: [result.path, paid, ...trouble].join("\n"), data: { ...result } };
    }),
};
