import { parseAmount } from "../../common/amounts.ts";
import { type Args, stringOption } from "./command.ts";

/** Base units of an amount given in whole tokens, or undefined. Throws `BAD_AMOUNT` for anything else. */
export function amountOption(args: Args, name: string): bigint | undefined {
  const text = stringOption(args, name);
  return text === undefined ? undefined : parseAmount(text, `--${name}`);
}
