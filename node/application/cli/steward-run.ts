import { readFile } from "node:fs/promises";
import { formatAmount } from "../../common/amounts.ts";
import { decodeCapability } from "../../data/capability-codec.ts";
import { capabilityOf } from "../../interface/client/stored-capability.ts";
import { fileError } from "../../physical/user-file.ts";
import { type Look, runSteward } from "../steward.ts";
import { amountOption } from "./amount-option.ts";
import { describeRepair } from "./client-repair.ts";
import { withClient } from "./client-session.ts";
import { type Args, type Command, stringOption } from "./command.ts";
import { UsageError } from "./usage-error.ts";
import { wholeNumber } from "./whole-number.ts";

export const stewardRun: Command = {
  name: "steward run",
  summary:
    "Look after files of others, unattended: fill the slots they lose, within their owners' limits, for the bonus.",
  usage: "[CAPABILITY...] [--capabilities FILE] [--every SECONDS] [--once] [--max-price TOKENS]",
  example: "holdfast steward run --capabilities ./in-my-care.txt --home ./steward --password-file ./steward.password",
  options: {
    capabilities: {
      type: "string",
      placeholder: "FILE",
      description: "repair capabilities, one a line: other users of a machine see the arguments of its commands",
    },
    every: { type: "string", placeholder: "SECONDS", description: "between two looks; 30 unless told" },
    once: { type: "boolean", description: "look once and say what was done" },
    "max-price": {
      type: "string",
      placeholder: "TOKENS",
      description: "the most to pay per piece fetched; 3 times what the cheapest k ask unless told",
    },
  },
  positionals: [0, 256],
  async run(args, io) {
    const every = wholeNumber(args, "every", 30);
    if (every < 1) throw new UsageError(`--every needs a second at least, got ${every}`);
    const maxPrice = amountOption(args, "max-price");
    const capabilities = await capabilitiesOf(args);
    if (capabilities.length === 0) {
      throw new UsageError("steward run needs a repair capability, as an argument or in --capabilities FILE");
    }
    const keys = capabilities.map((capability) => decodeCapability(capability).dealKey);
    const looks: Look[] = [];
    await withClient(args, io, (client) =>
      runSteward(client, {
        capabilities,
        everyMs: every * 1_000,
        once: args.values.once === true,
        maxPrice,
        signal: io.signal,
        onProgress: ({ text }) => io.progress(text),
        onLook: (look) => {
          if (args.values.once === true) looks.push(look);
          else for (const line of describeLook(look, keys[look.file]!)) io.log(line);
        },
      }),
    );
    const files = looks.map(({ file, result, failure }) => ({
      dealKey: keys[file]!,
      ...(result ?? { error: { code: failure!.code, message: failure!.message } }),
    }));
    const text = looks.flatMap((look) => describeLook(look, keys[look.file]!)).join("\n");
    const failed = looks.some(({ result }) => result === undefined || result.stillLost.length > 0);
    return { text: text === "" ? "Nothing is left to do." : text, data: { files }, failed };
  },
};

async function capabilitiesOf({ positionals, settings, ...args }: Args): Promise<string[]> {
  const named = await Promise.all(positionals.map((text) => capabilityOf(settings.home, text)));
  const file = stringOption({ positionals, settings, ...args }, "capabilities");
  if (file === undefined) return named;
  const text = await readFile(file, "utf8").catch((cause) => {
    throw fileError(cause, file);
  });
  return [...named, ...text.split(/\s+/).filter((word) => word !== "")];
}

/** What is worth a line; nothing for a file that is well. */
function describeLook({ result, failure }: Look, dealKey: string): string[] {
  const name = dealKey.slice(0, 10);
  if (failure !== undefined) return [`${name}: ${failure.message} (${failure.code})`];
  const bonuses = result.bonuses.map(({ slot, amount }) => `slot ${slot} earned a bonus of ${formatAmount(amount)}`);
  const lost = result.stillLost.map(({ slot, reason }) => `slot ${slot} is lost: ${reason}`);
  const lines = [...bonuses, ...(result.repair === undefined ? lost : describeRepair(result.repair).split("\n"))];
  return lines.map((line) => `${name}: ${line}`);
}
