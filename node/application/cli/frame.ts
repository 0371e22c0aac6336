// Runs a command line: finds the command, parses its options, shows help, prints the result or the one error sentence.

import { parseArgs } from "node:util";
import { HoldfastError } from "../../common/errors.ts";
import type { Command, OptionTable, Result } from "./command.ts";
import { commandHelp, listHelp } from "./help.ts";
import type { Io } from "./io.ts";
import { globalOptions, loadSettings } from "./settings.ts";
import { nearest, UsageError } from "./usage-error.ts";

export interface Frame {
  commands: readonly Command[];
  io: Io;
  env: Readonly<Record<string, string | undefined>>;
  /** Takes what goes to stdout. */
  print: (text: string) => void;
}

/** Runs one command line (without `node` and the script) and returns the exit code: 0, 1 for a failure or bad news, 2 for bad usage. */
export async function runCommandLine(argv: readonly string[], frame: Frame): Promise<number> {
  const { io, print } = frame;
  const json = argv.includes("--json");
  try {
    const result = await dispatch(argv, frame);
    if (json) print(`${toJson(result.data)}\n`);
    else if (result.text !== "") print(`${result.text}\n`);
    return result.exitCode ?? (result.failed === true ? 1 : 0);
  } catch (error) {
    const { code, message, details } = asHoldfastError(error);
    if (json) print(`${toJson({ error: { code, message, details } })}\n`);
    io.log(`error: ${message} (${code})`);
    if (frame.env.HOLDFAST_DEBUG) io.log(String((error as Error)?.stack ?? error));
    return error instanceof UsageError ? 2 : 1;
  }
}

async function dispatch(argv: readonly string[], { commands, io, env }: Frame): Promise<Result> {
  const words = leadingWords(argv);
  const command =
    commands.find(({ name }) => name === words.join(" ")) ?? commands.find(({ name }) => name === words[0]);
  if (command === undefined) return listOrRefuse(argv, words, commands);
  const rest = argv.slice(command.name.split(" ").length);
  const { values, positionals } = parseOptions(rest, command.options);
  if (values.help === true) {
    const text = commandHelp(command);
    return { text, data: { help: text } };
  }
  const [least, most] = command.positionals ?? [0, 0];
  if (positionals.length < least || positionals.length > most) {
    const count = least === most ? `${least}` : `${least} to ${most}`;
    throw new UsageError(
      `${command.name} takes ${count} argument${most === 1 ? "" : "s"}, got ${positionals.length}; usage: ${`holdfast ${command.name} ${command.usage}`.trim()}`,
    );
  }
  return command.run({ positionals, values, settings: await loadSettings(values, env) }, io);
}

/** The command's words come first: at most two, before any option. */
function leadingWords(argv: readonly string[]): string[] {
  const words: string[] = [];
  for (const word of argv.slice(0, 2)) {
    if (word.startsWith("-")) break;
    words.push(word);
  }
  return words;
}

function listOrRefuse(argv: readonly string[], words: readonly string[], commands: readonly Command[]): Result {
  const group = commands.filter(({ name }) => name.startsWith(`${words[0]} `));
  const wantsHelp = argv.length === 0 || argv.includes("--help") || argv.includes("-h");
  if (wantsHelp && (words.length === 0 || group.length > 0)) {
    const text = listHelp(words.length === 0 ? commands : group);
    return { text, data: { help: text } };
  }
  const typed = words.join(" ");
  if (typed === "") throw new UsageError("The command comes first; see `holdfast --help`.");
  const names = (group.length > 0 ? group : commands).map(({ name }) => name);
  const guess = nearest(typed, names) ?? nearest(words[0]!, names);
  const advice = guess === undefined ? "see `holdfast --help`" : `did you mean \`holdfast ${guess}\`?`;
  throw new UsageError(`There is no command "${typed}"; ${advice}`, { command: typed, nearest: guess });
}

function parseOptions(rest: readonly string[], own: OptionTable) {
  const table = { ...globalOptions, ...own };
  try {
    return parseArgs({ args: [...rest], options: table, allowPositionals: true, strict: true });
  } catch (error) {
    const message = (error as Error).message;
    const unknown = /^Unknown option '(-[^']*)'/.exec(message)?.[1];
    if (unknown === undefined) throw new UsageError(message.split("\n")[0]!);
    // Where --data is no option a folder is meant: as a number it belongs to the commands that store.
    const guess = unknown === "--data" ? "home" : nearest(unknown.replace(/^-+/, ""), Object.keys(table));
    const advice = guess === undefined ? "see --help" : `did you mean --${guess}?`;
    throw new UsageError(`There is no option ${unknown}; ${advice}`, { option: unknown, nearest: guess });
  }
}

function asHoldfastError(error: unknown): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new HoldfastError(
    "UNEXPECTED",
    `Something failed that should not: ${message.split("\n")[0]}; set HOLDFAST_DEBUG=1 to see where.`,
    { cause: error },
  );
}

function toJson(data: unknown): string {
  return JSON.stringify(data, (_, value) => (typeof value === "bigint" ? value.toString() : value));
}
