import { type Args, stringOption } from "./command.ts";
import { UsageError } from "./usage-error.ts";

/** A whole number given as an option, or `fallback`. Throws a usage error for anything else. */
export function wholeNumber(args: Args, name: string, fallback: number): number;
export function wholeNumber(args: Args, name: string): number | undefined;
export function wholeNumber(args: Args, name: string, fallback?: number): number | undefined {
  const text = stringOption(args, name);
  if (text === undefined) return fallback;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new UsageError(`--${name} needs a whole number, got "${text}".`);
}
