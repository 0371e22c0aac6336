import { setAccepting } from "../pausing.ts";
import type { Command } from "./command.ts";
import { connectProvider } from "./provider-session.ts";

export const providerResume: Command = {
  name: "provider resume",
  summary: "Take new replicas again after `provider pause`.",
  usage: "",
  example: "holdfast provider resume --home ./bob --password-file ./bob.password",
  options: {},
  async run({ settings }, io) {
    const { chain } = await connectProvider(settings, io);
    const { changed } = await setAccepting(chain, settings.home, { accepting: true, revoke: false });
    const text = changed ? "The provider takes new replicas again." : "The provider was not paused.";
    return { text, data: { accepting: true, changed } };
  },
};
