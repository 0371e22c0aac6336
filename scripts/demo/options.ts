import { createRequire } from "node:module";
import { readCommandLine } from "../lib/command-line.ts";

const USAGE = `npm start [-- PATH] [-- --json]

Stores a real file with five provider processes on a real chain, lets them prove it window after window, breaks one of
them, pays the others, and gets the file back without it. Exit code 0 only if all of that held.

  PATH       the file; node_modules/solc/soljson.js unless told
  --json     end with one line of JSON
  --keep     keep the network's folder (chain log, data folders, provider logs)

Example: npm start -- ./photos.tar --json`;

export type DemoOptions = {
  readonly path: string;
  readonly json: boolean;
  readonly keep: boolean;
};

export function readOptions(): DemoOptions {
  const { values, positionals } = readCommandLine(
    USAGE,
    { json: { type: "boolean", default: false }, keep: { type: "boolean", default: false } },
    1,
  );
  return { path: positionals[0] ?? createRequire(import.meta.url).resolve("solc/soljson.js"), ...values };
}
