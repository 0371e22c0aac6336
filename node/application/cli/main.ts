#!/usr/bin/env node
// holdfast: the command line.

import { commands } from "./commands.ts";
import { runCommandLine } from "./frame.ts";
import { processIo } from "./io.ts";

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
