// What a command is. One file per command; `commands.ts` is the table of all.

import type { Io } from "./io.ts";
import type { Settings } from "./settings.ts";

export interface OptionSpec {
  type: "string" | "boolean";
  /** One line for --help. */
  description: string;
  /** What stands for the value in --help, e.g. `FILE`. */
  placeholder?: string;
  short?: string;
  multiple?: boolean;
}

export type OptionTable = Readonly<Record<string, OptionSpec>>;

/** A parsed command line. */
export interface Args {
  readonly positionals: readonly string[];
  /** Values of the command's own options. */
  readonly values: Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;
  /** The global options, filled up from the environment and the data folder. */
  readonly settings: Settings;
}

/** What a command says on stdout: `text` for people (nothing where it is empty), or `data` as one line of JSON with --json (bigints as decimals). */
export interface Result {
  text: string;
  data: Readonly<Record<string, unknown>>;
  /** The answer is bad news: exit code 1. */
  failed?: boolean;
  /** For answers that scripts tell apart: another exit code than 0 or 1; from 3 on, as 2 is bad usage. */
  exitCode?: number;
}

export interface Command {
  /** One or two words, e.g. `client put`. */
  readonly name: string;
  readonly summary: string;
  /** What follows the name, e.g. `PATH [--windows N]`. */
  readonly usage: string;
  readonly example: string;
  readonly options: OptionTable;
  /** How many positionals it takes, at least and at most; none unless told. */
  readonly positionals?: readonly [number, number];
  run(args: Args, io: Io): Promise<Result>;
}

/** The value of a string option, or undefined. */
export function stringOption(args: Args, name: string): string | undefined {
  const value = args.values[name];
  return typeof value === "string" ? value : undefined;
}
