// What the commands about orders take: a deal key, a slot, roots.

import { type Hex, isHex, size } from "viem";
import { HoldfastError } from "../../common/errors.ts";
import { UsageError } from "./usage-error.ts";

/** Throws `BAD_DEAL_KEY`. */
export function dealKeyArgument(text: string): Hex {
  if (isHex(text) && size(text) === 32) return text;
  throw new HoldfastError("BAD_DEAL_KEY", `An order is named by its deal key, 0x and 64 hex digits, got "${text}".`);
}

export function slotArgument(text: string): number {
  if (/^\d{1,2}$/.test(text)) return Number(text);
  throw new UsageError(`A slot is a whole number, got "${text}"`);
}

export function hashArgument(text: string, what: string): Hex {
  if (isHex(text) && size(text) === 32) return text;
  throw new UsageError(`${what} needs 0x and 64 hex digits, got "${text}"`);
}
