import { zeroAddress } from "viem";
import { formatAmount } from "../../common/amounts.ts";
import { amountOption } from "./amount-option.ts";
import { callOf, withClient } from "./client-session.ts";
import type { Command } from "./command.ts";
import { parseAddress } from "./settings.ts";
import { UsageError } from "./usage-error.ts";
import { wholeNumber } from "./whole-number.ts";

/** A month of blocks of two seconds. */
const BLOCKS = 1_296_000;

export const clientSteward: Command = {
  name: "client steward",
  summary: "Name who may fill a file's lost slots while you are away, or say that you are still there.",
  usage:
    "CAPABILITY | NAME (ADDRESS | --nobody | --heartbeat) [--blocks N] [--max-price TOKENS] [--min-collateral TOKENS]",
  example:
    "holdfast client steward photos.tar 0x7099... --blocks 100000\nholdfast client steward photos.tar --heartbeat",
  options: {
    nobody: { type: "boolean", description: "take the right back" },
    heartbeat: { type: "boolean", description: "let the steward approve n - k replacements again" },
    blocks: { type: "string", placeholder: "N", description: `for how many blocks it may act; ${BLOCKS} unless told` },
    "max-price": {
      type: "string",
      placeholder: "TOKENS",
      description: "the most that a window of a replica may cost; the dearest there is now unless told",
    },
    "min-collateral": {
      type: "string",
      placeholder: "TOKENS",
      description: "the least that must answer for a replica; the least there is now unless told",
    },
  },
  positionals: [1, 2],
  run(args, io) {
    const [file, address] = args.positionals;
    const { nobody, heartbeat } = args.values;
    if ([address !== undefined, nobody === true, heartbeat === true].filter((given) => given).length !== 1) {
      throw new UsageError("client steward needs one of ADDRESS, --nobody and --heartbeat");
    }
    const steward = address === undefined ? zeroAddress : parseAddress(address, "ADDRESS");
    const blocks = wholeNumber(args, "blocks", BLOCKS);
    const maxPrice = amountOption(args, "max-price");
    const minCollateral = amountOption(args, "min-collateral");
    return withClient(args, io, async (client) => {
      if (heartbeat === true) {
        await client.heartbeat(file!, callOf(io));
        return { text: "The steward may approve n - k replacements again.", data: {} };
      }
      const named = await client.nameSteward(file!, steward, { blocks, maxPrice, minCollateral, ...callOf(io) });
      if (nobody === true) return { text: "Nobody may act for you any more.", data: { steward } };
      const text = [
        `${steward} may fill lost slots until block ${named.until}, for at most ${formatAmount(named.maxPrice)} tokens a window`,
        `and with at least ${formatAmount(named.minCollateral)} tokens of collateral. It needs the capability below, which cannot read the file.`,
        named.capability,
      ];
      return { text: text.join("\n"), data: { ...named } };
    });
  },
};
