import { UsageError } from "./usage-error.ts";

/** Countries such as `CH,DE`, or undefined. Throws a usage error for anything else. */
export function regionsOf(text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined;
  if (/^[A-Z]{2}(?:,[A-Z]{2})*$/.test(text)) return text.split(",");
  throw new UsageError(`--region needs countries of two capital letters, separated by commas, got "${text}".`);
}
