import { formatAmount } from "../../common/amounts.ts";
import { AUDIT_SAMPLES, type FileAudit, type SlotAudit } from "../../interface/client/audit-file.ts";
import { amountOption } from "./amount-option.ts";
import { callOf, withClient } from "./client-session.ts";
import type { Command } from "./command.ts";
import { wholeNumber } from "./whole-number.ts";
import { withCid } from "./with-cid.ts";

/** What scripts tell apart. */
const EXIT = { healthy: 0, degraded: 3, lost: 4 } as const;

export const clientAudit: Command = {
  name: "client audit",
  summary:
    "Ask every provider of a file, at random, for what it is paid to keep. Exit code 0: healthy, 3: degraded, 4: lost.",
  usage: "CAPABILITY | NAME [--samples N] [--pieces N] [--max-price TOKENS]",
  example: "holdfast client audit photos.tar --samples 1024\nholdfast client audit hf1verify1aaaa... --pieces 0",
  options: {
    samples: {
      type: "string",
      placeholder: "N",
      description: `elements that each provider must open, free of charge; ${AUDIT_SAMPLES} unless told`,
    },
    pieces: {
      type: "string",
      placeholder: "N",
      description: "pieces to buy of each provider and hold to both roots; 1 unless told, 0 costs nothing",
    },
    "max-price": {
      type: "string",
      placeholder: "TOKENS",
      description: "the most to pay per piece; 3 times what the cheapest k ask unless told",
    },
  },
  positionals: [1, 1],
  run(args, io) {
    const samples = wholeNumber(args, "samples");
    const pieces = wholeNumber(args, "pieces");
    const maxPrice = amountOption(args, "max-price");
    return withClient(args, io, async (client) => {
      const file = args.positionals[0]!;
      const audit = await client.audit(file, { samples, pieces, maxPrice, ...callOf(io) });
      const result = { text: describe(audit), data: { ...audit }, exitCode: EXIT[audit.health] };
      return await withCid(client, file, result);
    });
  },
};

function describe({ slots, health, sound, threshold, samples, detection, paid }: FileAudit): string {
  const chances = detection.map(({ lost, probability }) => `${lost * 100} % with ${percent(probability)}`).join(", ");
  return [
    ...slots.map(describeSlot),
    `${samples} samples find a loss of ${chances}; bought pieces cost ${formatAmount(paid)} tokens`,
    `${health}: ${sound} of ${slots.length} slots are sound, ${threshold} rebuild the file`,
  ].join("\n");
}

function describeSlot({ slot, provider, chain, sound, opened, bought, reason }: SlotAudit): string {
  const windows = chain === undefined ? "" : `  proven ${chain.proven}  missed ${chain.missed}  of ${chain.end}`;
  const answers = `  opened ${opened}  bought ${bought}`;
  return `slot ${slot}  ${provider ?? "nobody"}${windows}${answers}  ${sound ? "sound" : `NOT SOUND: ${reason}`}`;
}

/** With as many digits as say something: 99.9993 % is not 100 %. */
function percent(probability: number): string {
  const missing = 1 - probability;
  const digits = Math.min(12, Math.max(1, Math.ceil(-Math.log10(Math.max(missing, 1e-10))) - 1));
  return `${(100 * probability).toFixed(digits)} %`;
}
