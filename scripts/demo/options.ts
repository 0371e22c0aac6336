import { createRequire } from "node:module";
import { parseArgs } from "node:util";

export const USAGE = `npm start [-- PATH] [-- --json]

Stores a real file with five provider processes on a real chain, lets them prove it window after window, breaks one of
them, pays the others, and gets the file back without it. Exit code 0 only if all of that held.

  PATH       the file; node_modules/solc/soljson.js unless told
  --json     end with one line of JSON
  --keep     keep the network's folder (chain log, data folders, provider logs)
  --help

Example: npm start -- ./photos.tar --json`;

export type DemoOptions = {
  readonly path: string;
  readonly json: boolean;
  readonly keep: boolean;
  readonly help: boolean;
};

/** Throws the sentence for whoever typed it. */
export function readOptions(argv: readonly string[]): DemoOptions {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      json: { type: "boolean", default: false },
      keep: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (positionals.length > 1) throw new Error("Give one file at most; see npm start -- --help.");
  const path = positionals[0] ?? createRequire(import.meta.url).resolve("solc/soljson.js");
  return { path, ...values };
}
