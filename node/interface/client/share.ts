// Weaker capabilities of a file, for others: derived here, never asked from anybody.

import { HoldfastError } from "../../common/errors.ts";
import { attenuate } from "../../data/capability.ts";
import { decodeCapability, encodeCapability } from "../../data/capability-codec.ts";
import { checkPublishable } from "../../data/secrets.ts";

/** Whom it is for: one who reads, one who checks, one who repairs, or everybody. */
export const audiences = ["read", "verify", "repair", "public"] as const;
export type Audience = (typeof audiences)[number];

/** Any k of n shards rebuild the file; the first e slots are hot. */
export interface Code {
  readonly k: number;
  readonly n: number;
  readonly e: number;
}

export interface Shared {
  readonly audience: Audience;
  readonly capability: string;
  /** What its holder can and cannot do; one sentence. */
  readonly meaning: string;
}

const MEANINGS: Record<Audience, string> = {
  read: "Whoever has it reads the file, as long as its deal lasts; it cannot be taken back.",
  verify: "Whoever has it checks what the providers hold; it holds no secret and reads nothing.",
  repair: "Whoever has it rebuilds and reseals lost slots; it cannot read the file.",
  public: "Anybody may have it: it reads the file and unseals the hot slots, never a cold one.",
};

/**
 * Derives the capability for `audience`. Throws `CAPABILITY_TOO_WEAK`, and `ONE_COPY` for a public one of a file that keeps
 * fewer than k slots cold, unless `oneCopy` says that this is known.
 */
export function share(
  text: string,
  audience: Audience,
  { code, oneCopy = false }: { code?: Code | undefined; oneCopy?: boolean | undefined } = {},
): Shared {
  if (!audiences.includes(audience)) {
    throw new HoldfastError("BAD_AUDIENCE", `A file is shared as one of ${audiences.join(", ")}, got "${audience}".`);
  }
  const capability = decodeCapability(text);
  const shared = attenuate(capability, audience === "public" ? "read" : audience);
  if (audience === "public" && !oneCopy && code !== undefined) checkPublishable(code.k, code.n, code.e);
  return { audience, capability: encodeCapability(shared), meaning: MEANINGS[audience] };
}
