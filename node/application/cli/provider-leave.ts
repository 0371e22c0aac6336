import { setTimeout as sleep } from "node:timers/promises";
import { formatAmount } from "../../common/amounts.ts";
import { type Leaving, leaveMarket } from "../leaving.ts";
import type { Command } from "./command.ts";
import { connectProvider } from "./provider-session.ts";

/** For scripts: not out yet, run it again. */
const NOT_YET = 3;
const LOOK_MS = 5_000;

export const providerLeave: Command = {
  name: "provider leave",
  summary:
    "Leave in order: take nothing new, keep to its end what is kept, then get all stake and collateral back. Exit code 3: not out yet.",
  usage: "[--wait]",
  example: [
    "holdfast provider leave --home ./bob --password-file ./bob.password",
    "",
    "Does what can be done now and says what is waited for; run it again then, or let it --wait. The daemon has to",
    "run until the last replica is through. Nothing is forfeited.",
  ].join("\n"),
  options: { wait: { type: "boolean", description: "stay until the provider is out" } },
  async run({ settings, values }, io) {
    const { chain } = await connectProvider(settings, io);
    const done: string[] = [];
    for (;;) {
      const leaving = await leaveMarket(chain, settings.home);
      done.push(...leaving.done);
      for (const step of leaving.done) io.log(`the provider ${step}`);
      if (leaving.left || values.wait !== true) {
        return { text: describe(leaving), data: { ...leaving, done }, exitCode: leaving.left ? 0 : NOT_YET };
      }
      io.progress(`waiting for ${waitOf(leaving)}`);
      await sleep(LOOK_MS, undefined, { signal: io.signal }).catch(() => {}); // the reason is in the signal
      io.signal.throwIfAborted();
    }
  },
};

function describe(leaving: Leaving): string {
  if (!leaving.left)
    return `Not out yet: it waits for ${waitOf(leaving)}. Its stake is ${formatAmount(leaving.stake)}.`;
  return `The provider is out; ${formatAmount(leaving.withdrawn)} tokens came back to its wallet.`;
}

function waitOf({ waitsFor, untilBlock }: Leaving): string {
  return untilBlock === undefined ? waitsFor! : `${waitsFor}, until block ${untilBlock}`;
}
