import type { OptionTable } from "../../node/application/cli/command.ts";
import type { Verb } from "./verb.ts";

export const COMMON_OPTIONS: OptionTable = {
  json: { type: "boolean", description: "the result, or the error, as one line of JSON" },
  help: { type: "boolean", short: "h", description: "this text" },
};

/** The verbs in the order of a ceremony. */
export function allHelp(verbs: readonly Verb[]): string {
  return [
    "usage: npm run ceremony -- VERB [options]",
    "",
    ...verbs.map(({ name, summary }) => `  ${name.padEnd(12)}${summary}`),
    "",
    "See `npm run ceremony -- VERB --help` for an example of each, and circuits/README.md for the whole way.",
  ].join("\n");
}

export function verbHelp({ name, summary, options, example }: Verb): string {
  const all = Object.entries({ ...options, ...COMMON_OPTIONS });
  const left = all.map(
    ([option, { placeholder }]) => `--${option}${placeholder === undefined ? "" : ` ${placeholder}`}`,
  );
  const width = Math.max(...left.map(({ length }) => length));
  return [
    `usage: npm run ceremony -- ${name} [options]`,
    "",
    summary,
    "",
    ...all.map(([, { description }], i) => `  ${left[i]!.padEnd(width)}  ${description}`),
    "",
    "Example:",
    `  ${example}`,
  ].join("\n");
}
