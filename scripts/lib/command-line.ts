// The command lines of the repository's own tools: `--help` says what there is, and what cannot be read gets one sentence.

import { type ParseArgsOptionsConfig, parseArgs } from "node:util";

const HELP = { help: { type: "boolean", short: "h", default: false } } as const;

/** Exits: 0 after `--help`, 1 after the sentence for what is not in `options` or more than `most` words. */
export function readCommandLine<const T extends ParseArgsOptionsConfig>(usage: string, options: T, most = 0) {
  try {
    const read = parseArgs({ options: { ...options, ...HELP }, allowPositionals: true });
    if ((read.values as { help?: boolean }).help) {
      console.log(usage);
      process.exit(0);
    }
    if (read.positionals.length > most) throw new Error(`"${read.positionals[most]}" is one word too many.`);
    return read;
  } catch (cause) {
    // Node goes on about words that begin with a dash.
    return refuse((cause as Error).message.replace(/\. To specify.*$/s, "."));
  }
}

/** A number above 0; whole unless `fraction`. Exits with a sentence where it is none. */
export function positive(option: string, text: string, { fraction = false } = {}): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (!(value > 0 && value < Infinity) || !(fraction || Number.isSafeInteger(value))) {
    return refuse(`--${option} must be a ${fraction ? "" : "whole "}number above 0, not "${text}".`);
  }
  return value;
}

/** Exits with one sentence. */
export function refuse(sentence: string): never {
  console.error(`${sentence} See --help.`);
  process.exit(1);
}
