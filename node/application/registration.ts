/** What the registry says of a provider, kept equal to its configuration. */
import { type Hex, stringToHex } from "viem";
import { HoldfastError } from "../common/errors.ts";
import type { SigningChain } from "../consensus/chain.ts";
import { isRegistered, providerOf, register, updateAsk, updateProfile } from "../consensus/registry.ts";
import type { DaemonConfig } from "./daemon-config.ts";

export interface Profile {
  peerId: Hex;
  addresses: string;
  region: Hex;
  capacity: bigint;
}

export function profileOf(config: DaemonConfig, peerId: Hex): Profile {
  const region = config.region === "" ? "0x0000" : stringToHex(config.region, { size: 2 });
  return { peerId, addresses: (config.announce ?? [config.listen]).join(","), region, capacity: config.capacity };
}

/** Registers, or updates what differs. Returns whether anything was sent. */
export async function publish(chain: SigningChain, config: DaemonConfig, peerId: Hex): Promise<boolean> {
  const profile = profileOf(config, peerId);
  const ask = { ...config.ask };
  if (!(await isRegistered(chain, chain.account.address))) {
    await register(chain, profile, ask);
    return true;
  }
  const found = await providerOf(chain, chain.account.address);
  const sameProfile = same(found.profile, profile);
  const sameAsk = same(found.ask, ask);
  if (!sameProfile) await updateProfile(chain, profile);
  if (!sameAsk) await updateAsk(chain, ask);
  return !sameProfile || !sameAsk;
}

/** Throws `NOT_REGISTERED`. */
export async function requireRegistered(chain: SigningChain): Promise<void> {
  if (await isRegistered(chain, chain.account.address)) return;
  throw new HoldfastError(
    "NOT_REGISTERED",
    `${chain.account.address} is not registered in this market; run \`holdfast provider init\` first.`,
  );
}

function same(found: object, wanted: object): boolean {
  const values = found as Record<string, unknown>;
  return Object.entries(wanted).every(([name, value]) => values[name] === value);
}
