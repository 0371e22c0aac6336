import { formatAmount } from "../../common/amounts.ts";
import type { EndResult, SlotEnding } from "../../interface/client/end-file.ts";
import { callOf, withClient } from "./client-session.ts";
import type { Command } from "./command.ts";
import { withCid } from "./with-cid.ts";

export const clientRm: Command = {
  name: "client rm",
  summary: "End a file's deal early. Without --yes it only says what would be paid back.",
  usage: "CAPABILITY | NAME [--yes]",
  example: [
    "holdfast client rm photos.tar",
    "holdfast client rm photos.tar --yes",
    "",
    "Slots in their cooling-off are dropped for nothing; others are cancelled for the fee that their terms state.",
    "What comes back is free in the vault: `holdfast wallet withdraw`. The providers then delete the bytes.",
  ].join("\n"),
  options: { yes: { type: "boolean", description: "really end it; it cannot be undone" } },
  positionals: [1, 1],
  run(args, io) {
    const yes = args.values.yes === true;
    return withClient(args, io, async (client) => {
      const file = args.positionals[0]!;
      const ended = await client.rm(file, { dryRun: !yes, ...callOf(io) });
      const failed = !yes && ended.slots.length > 0;
      return await withCid(client, file, { text: textOf(ended, yes), data: { ...ended, done: yes }, failed });
    });
  },
};

const WORDS: Record<SlotEnding["how"], string> = {
  drop: "dropped for nothing, in its cooling-off",
  cancel: "cancelled",
  reclaim: "given up by its provider; what waits for a refill comes back",
  fail: "failed, which nobody has settled yet",
};

function textOf({ slots, refund, fee, paidBack }: EndResult, yes: boolean): string {
  if (slots.length === 0) return "Nothing of this file's deal is left to end.";
  const lines = slots.map(({ slot, how, refund: back, fee: cost, windowsLeft }) => {
    const left = windowsLeft === 0 ? "" : `; ${windowsLeft} windows are still to be paid if they are proven`;
    return `slot ${slot}  ${WORDS[how]}: ${formatAmount(back)} back, ${formatAmount(cost)} fee${left}`;
  });
  const sums = `${formatAmount(refund)} tokens come back, ${formatAmount(fee)} are the fee`;
  const done = yes
    ? `Ended; ${formatAmount(paidBack ?? 0n)} tokens are free in the vault now.`
    : "Nothing was ended: add --yes to do it. The file is then lost unless it is elsewhere.";
  return [...lines, sums, done].join("\n");
}
