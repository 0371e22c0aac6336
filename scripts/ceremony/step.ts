/** What contributing and ending have in common. */
import type { OptionTable } from "../../node/application/cli/command.ts";
import { UsageError } from "../../node/application/cli/usage-error.ts";
import { HoldfastError } from "../../node/common/errors.ts";
import { readContributions } from "./contributions.ts";

export const STEP_OPTIONS: OptionTable = {
  in: { type: "string", placeholder: "FILE", description: "the key as the one before left it" },
  out: { type: "string", placeholder: "FILE", description: "the key to hand on" },
};

/** snarkjs cuts longer names, and cutting by characters can break the key's own format. */
const NAME_BYTES = 64;

/** @throws HoldfastError CEREMONY_FINISHED if the key has its beacon: what comes after it, nobody has agreed to. */
export function requireOpen(key: string, name: string): void {
  if (Buffer.byteLength(name) > NAME_BYTES) throw new UsageError(`--name is longer than ${NAME_BYTES} bytes.`);
  if (readContributions(key).contributions.some(({ beacon }) => beacon !== undefined)) {
    throw new HoldfastError("CEREMONY_FINISHED", `${key} has its beacon already; nothing can follow it.`);
  }
}
