// Whole tokens for people, base units for everything else.

import { HoldfastError } from "./errors.ts";

/** Decimal places of the token that Holdfast is deployed with. */
export const TOKEN_DECIMALS = 18;

/** Base units of an amount in whole tokens such as `1.5`, exactly. Throws `BAD_AMOUNT`; never rounds. */
export function parseAmount(text: string, option: string, decimals = TOKEN_DECIMALS): bigint {
  const match = /^(\d+)(?:\.(\d+))?$/.exec(text.trim());
  const fraction = match?.[2] ?? "";
  if (match === null || fraction.length > decimals) {
    throw new HoldfastError(
      "BAD_AMOUNT",
      `${option} needs whole tokens such as 1.5, with at most ${decimals} decimals, got "${text}".`,
      { details: { option, found: text } },
    );
  }
  return BigInt(match[1]! + fraction.padEnd(decimals, "0"));
}

/** Whole tokens of base units, exactly, without trailing zeros. */
export function formatAmount(amount: bigint, decimals = TOKEN_DECIMALS): string {
  const digits = (amount < 0n ? -amount : amount).toString().padStart(decimals + 1, "0");
  const fraction = digits.slice(-decimals).replace(/0+$/, "");
  const whole = digits.slice(0, -decimals);
  return `${amount < 0n ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}
