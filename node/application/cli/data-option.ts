import { type Args, stringOption } from "./command.ts";
import { UsageError } from "./usage-error.ts";
import { wholeNumber } from "./whole-number.ts";

/** How many shards rebuild the file, or undefined. Throws a usage error for anything else, and says where a folder belongs. */
export function dataShards(args: Args): number | undefined {
  const text = stringOption(args, "data");
  if (text === undefined || /^\d+$/.test(text)) return wholeNumber(args, "data");
  throw new UsageError(
    `--data needs the number of data shards, a whole number, got "${text}"; the folder of key and data is --home.`,
  );
}
