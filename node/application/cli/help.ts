// The text of --help.

import type { Command, OptionTable } from "./command.ts";
import { globalOptions } from "./settings.ts";

/** All commands, or those of one group. */
export function listHelp(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    "usage: holdfast COMMAND [options]",
    "",
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    "",
    "Options of every command:",
    ...optionLines(globalOptions),
    "",
    "Amounts are in whole tokens, e.g. 1.5. See `holdfast COMMAND --help` for an example of each.",
  ].join("\n");
}

/** One command: usage, options and an example. */
export function commandHelp(command: Command): string {
  const own = Object.keys(command.options).length === 0 ? [] : ["", "Options:", ...optionLines(command.options)];
  return [
    `usage: holdfast ${command.name} ${command.usage}`.trim(),
    "",
    command.summary,
    ...own,
    "",
    "Options of every command:",
    ...optionLines(globalOptions),
    "",
    "Example:",
    ...command.example.split("\n").map((line) => `  ${line}`),
  ].join("\n");
}

function optionLines(options: OptionTable): string[] {
  const left = Object.entries(options).map(([name, { short, type, placeholder }]) => {
    const value = type === "string" ? ` ${placeholder ?? "VALUE"}` : "";
    return `${short === undefined ? "" : `-${short}, `}--${name}${value}`;
  });
  const width = Math.max(...left.map(({ length }) => length));
  return Object.values(options).map(({ description }, i) => `  ${left[i]!.padEnd(width)}  ${description}`);
}
