#!/usr/bin/env node
// holdfast: the command line.

import { commands } from "./commands.ts";
import { runCommandLine } from "./frame.ts";
import { processIo } from "./io.ts";

// A failure that nobody waits for, in a socket say, still ends in one sentence.
const unexpected = (error: unknown) => {
  process.stderr.write(`error: Something failed that should not: ${String(error).split("\n")[0]} (UNEXPECTED)\n`);
  process.exit(1);
};
process.on("uncaughtException", unexpected).on("unhandledRejection", unexpected);
process.stdout.on("error", () => process.exit(1)); // who read our output has left

let output = "";
const code = await runCommandLine(process.argv.slice(2), {
  commands,
  io: processIo(),
  env: process.env,
  print: (text) => {
    output += text;
  },
});
// Leave only once a pipe has taken everything; idle sockets must not keep a finished command alive.
process.stdout.write(output, () => process.exit(code));
