import { setAccepting } from "../pausing.ts";
import type { Command } from "./command.ts";
import { connectProvider } from "./provider-session.ts";

export const providerPause: Command = {
  name: "provider pause",
  summary: "Take no new replicas and no longer deals; what is kept goes on being kept, proven and paid.",
  usage: "[--revoke]",
  example: "holdfast provider pause --home ./bob --password-file ./bob.password",
  options: {
    revoke: { type: "boolean", description: "also take back quotes and offers that nobody has used yet" },
  },
  async run({ settings, values }, io) {
    const { chain } = await connectProvider(settings, io);
    const revoke = values.revoke === true;
    const { changed, revoked } = await setAccepting(chain, settings.home, { accepting: false, revoke });
    const text = changed ? "The provider takes nothing new from now on." : "The provider was paused already.";
    return { text, data: { accepting: false, changed, revoked } };
  },
};
