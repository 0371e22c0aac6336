import path from "node:path";
import { encodeJson } from "../../common/json.ts";
import type { Log } from "../../interface/provider-parts.ts";
import { startDaemon } from "../daemon.ts";
import type { DaemonConfig } from "../daemon-config.ts";
import { type Command, stringOption } from "./command.ts";
import type { Io } from "./io.ts";
import { requireConfig } from "./provider-session.ts";
import { openWallet } from "./session.ts";

export const providerRun: Command = {
  name: "provider run",
  summary: "Run a provider until Ctrl-C: takes uploads, proves its windows, serves and redeems.",
  usage: "[--password-file FILE] [--prover NAME]",
  example: "holdfast provider run --home ./bob --password-file ./bob.password",
  options: {
    prover: {
      type: "string",
      placeholder: "NAME",
      description: "who makes proofs: holdfast (unless told), snarkjs, or the path of a program such as rapidsnark's",
    },
  },
  async run(args, io) {
    const { settings } = args;
    const config = await requireConfig(settings);
    const { rpcUrl = config.rpcUrl, market = config.market } = settings;
    const wallet = await openWallet(settings, io);
    const { signal } = io; // asked for here: from now on a signal ends the run in order
    const daemon = await startDaemon({
      folder: settings.home,
      config: { ...config, rpcUrl, market, ...proverOf(stringOption(args, "prover")) },
      wallet,
      log: operatorLog(io, settings.json),
    });
    const { provider, peerId, addresses, statusUrl, prover } = daemon;
    const ready = { ready: true, provider, peerId, addresses, statusUrl, prover };
    // The one line that whoever started the daemon waits for; the result comes when it ends.
    process.stdout.write(
      settings.json
        ? `${JSON.stringify(ready)}\n`
        : `Provider ${provider} is ready at ${addresses.join(", ")}; status at ${statusUrl}\n`,
    );
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    io.log("stopping");
    await daemon.stop();
    return { text: "Stopped.", data: { stopped: true, provider } };
  },
};

/** In place of what config.json says. */
function proverOf(name: string | undefined): Pick<DaemonConfig, "prover" | "externalProver"> {
  if (name === undefined) return {};
  if (name === "holdfast" || name === "snarkjs") return { prover: name, externalProver: undefined };
  return { externalProver: path.resolve(name) };
}

/** Lines on stderr: for people with the time, for machines as JSON. */
function operatorLog(io: Io, json: boolean): Log {
  return (level, sentence, values = {}) => {
    const time = new Date().toISOString();
    if (json) io.log(encodeJson({ time, level, sentence, ...values }));
    else io.log(`${time} ${level === "info" ? "" : `${level.toUpperCase()} `}${sentence}`);
  };
}
