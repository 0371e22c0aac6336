// Capabilities: what gives access to one file. owner > {read, repair} > verify; who holds one can make the weaker ones.
//
//   owner   master secret              everything
//   read    file key, hotSecret        the plaintext, from the hot slots
//   repair  hotSecret, stewardSecret   rebuild and reseal lost slots, not read
//   verify  nothing secret             check what providers hold

import type { Address } from "viem";
import { HoldfastError } from "../common/errors.ts";
import type { Hex } from "../common/hex.ts";
import { deriveSecrets, type SecretId } from "./secrets.ts";

export type CapabilityType = "owner" | "read" | "repair" | "verify";

/** Which file on which market; nothing secret. */
export interface FileReference {
  readonly chainId: number;
  /** Address of the StorageMarket. */
  readonly market: Address;
  readonly dealKey: Hex;
  readonly headerHash: Hex;
}

/** Secrets have 32 bytes each. */
export type Capability = FileReference &
  (
    | { readonly type: "owner"; readonly master: Uint8Array }
    | { readonly type: "read"; readonly fileKey: Uint8Array; readonly hotSecret: Uint8Array }
    | { readonly type: "repair"; readonly hotSecret: Uint8Array; readonly stewardSecret: Uint8Array }
    | { readonly type: "verify" }
  );

/** What a capability lets its holder derive. */
export interface Secrets {
  readonly fileKey?: Uint8Array;
  readonly seal: Readonly<Partial<Record<SecretId, Uint8Array>>>;
}

/** The secrets a capability holds or derives. */
export function secretsOf(capability: Capability): Secrets {
  switch (capability.type) {
    case "owner": {
      const { fileKey, hotSecret, coldSecret, stewardSecret } = deriveSecrets(capability.master);
      return { fileKey, seal: { hot: hotSecret, cold: coldSecret, steward: stewardSecret } };
    }
    case "read":
      return { fileKey: capability.fileKey, seal: { hot: capability.hotSecret } };
    case "repair":
      return { seal: { hot: capability.hotSecret, steward: capability.stewardSecret } };
    case "verify":
      return { seal: {} };
  }
}

/** A weaker (or the same) capability for the same file; throws `CAPABILITY_TOO_WEAK` when `type` needs more than is held. */
export function attenuate(capability: Capability, type: CapabilityType): Capability {
  const { chainId, market, dealKey, headerHash } = capability;
  const reference = { chainId, market, dealKey, headerHash };
  const { fileKey, seal } = secretsOf(capability);
  if (type === capability.type) return capability;
  if (type === "verify") return { type, ...reference };
  if (type === "read" && fileKey && seal.hot) return { type, ...reference, fileKey, hotSecret: seal.hot };
  if (type === "repair" && seal.hot && seal.steward) {
    return { type, ...reference, hotSecret: seal.hot, stewardSecret: seal.steward };
  }
  throw new HoldfastError(
    "CAPABILITY_TOO_WEAK",
    `A ${capability.type} capability cannot give a ${type} capability: ask the file's owner.`,
  );
}
