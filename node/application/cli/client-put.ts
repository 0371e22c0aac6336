import { formatAmount } from "../../common/amounts.ts";
import { amountOption } from "./amount-option.ts";
import { callOf, withClient } from "./client-session.ts";
import { type Command, stringOption } from "./command.ts";
import { dataShards } from "./data-option.ts";
import { noticeOption } from "./notice-option.ts";
import { dryRunResult, previewLines } from "./put-lines.ts";
import { regionsOf } from "./regions-option.ts";
import { wholeNumber } from "./whole-number.ts";

export const clientPut: Command = {
  name: "client put",
  summary: "Store a file or folder with several providers and print the capability that gets it back.",
  usage:
    "PATH [--data K] [--total N] [--windows W] [--min-slots M] [--budget TOKENS] [--notice LOST,SURELY] [--region XX,YY] [--public] [--car] [--dry-run] [--explain]",
  example: "holdfast client put photos.tar --data 3 --total 5 --windows 12",
  options: {
    data: { type: "string", placeholder: "K", description: "shards that rebuild the file; 3 unless told" },
    total: {
      type: "string",
      placeholder: "N",
      description: "slots, each with its own provider; 5, or 5 K / 3 if that is more, unless told",
    },
    windows: { type: "string", placeholder: "W", description: "length of the deal in proving windows; 12 unless told" },
    "min-slots": {
      type: "string",
      placeholder: "M",
      description: "open the deal with at least M slots; N unless told",
    },
    region: {
      type: "string",
      placeholder: "XX,YY",
      description: "countries in which the providers say they are; anywhere unless told",
    },
    car: { type: "boolean", description: "PATH is a CAR of one file, which is checked and stored" },
    public: {
      type: "boolean",
      description: "to be published: K slots stay cold; needs N of at least 2 K, 2 K + 1 unless told",
    },
    "dry-run": {
      type: "boolean",
      description: "ask all providers, print the price, what each part is for and what you can lose; nothing is paid",
    },
    explain: {
      type: "boolean",
      description: "print every factor of every provider's score first, and how probably a loss is found out",
    },
    notice: {
      type: "string",
      placeholder: "LOST,SURELY",
      description:
        "per cent of its bytes that a provider's loss has to reach to be noticed within the deal, and how surely; e.g. 50,99",
    },
    budget: { type: "string", placeholder: "TOKENS", description: "the most to pay, fee included" },
  },
  positionals: [1, 1],
  run: (args, io) =>
    withClient(args, io, async (client) => {
      const path = args.positionals[0]!;
      const options = {
        k: dataShards(args),
        n: wholeNumber(args, "total"),
        windows: wholeNumber(args, "windows"),
        minSlots: wholeNumber(args, "min-slots"),
        regions: regionsOf(stringOption(args, "region")),
        budget: amountOption(args, "budget"),
        detection: noticeOption(stringOption(args, "notice")),
        car: args.values.car === true,
        public: args.values.public === true,
        ...callOf(io),
      };
      const [dryRun, explain] = [args.values["dry-run"] === true, args.values.explain === true];
      if (dryRun || explain) {
        const preview = await client.preview(path, options);
        if (dryRun) return dryRunResult(preview, explain);
        for (const line of previewLines(preview, explain)) io.log(line);
      }
      const result = await client.put(path, options);
      const cost =
        result.escrow === undefined
          ? "The deal was opened by the run before; nothing more was paid."
          : `${formatAmount(result.escrow)} tokens are in escrow, ${formatAmount(result.fee!)} were the fee.`;
      const vacant = result.vacant.map(({ slot, reason }) => `Slot ${slot} is vacant: ${reason}`);
      const text = [
        ...(result.root === undefined ? [] : [`The CAR's root is ${result.root}.`]),
        ...(result.files === undefined
          ? []
          : [`${result.files} files, ${result.reused} of them stored before and only referred to.`]),
        `${result.bytes} bytes in ${result.slots.length} slots, ${result.cid}`,
        cost,
        ...vacant,
        ...(result.unchecked === undefined
          ? []
          : [`The providers' commitments were not computed again: ${result.unchecked}.`]),
        "The capability below reads, ends and repairs the file: keep it secret, and keep it.",
        result.capability,
      ];
      return { text: text.join("\n"), data: { ...result } };
    }),
};
