// Whether a provider takes new replicas: in the registry, where clients and its own daemon look, and in its configuration, by which
// the daemon brings the registry up to date when it starts.

import type { SigningChain } from "../consensus/chain.ts";
import { providerOf, revokeOffers, updateAsk } from "../consensus/registry.ts";
import { readConfig, writeConfig } from "./daemon-config.ts";
import { requireRegistered } from "./registration.ts";

export interface Acceptance {
  /** Whether anything was sent to the chain. */
  readonly changed: boolean;
  /** Whether offers that were signed before were made worthless. */
  readonly revoked: boolean;
}

/** `revoke` also takes back what was quoted and offered before. Throws `NOT_REGISTERED`. */
export async function setAccepting(
  chain: SigningChain,
  folder: string,
  { accepting, revoke }: { accepting: boolean; revoke: boolean },
): Promise<Acceptance> {
  await requireRegistered(chain);
  const config = await readConfig(folder);
  if (config !== undefined && config.ask.accepting !== accepting) {
    await writeConfig(folder, { ...config, ask: { ...config.ask, accepting } });
  }
  const { ask } = await providerOf(chain, chain.account.address);
  const changed = ask.accepting !== accepting;
  if (changed) await updateAsk(chain, { ...ask, accepting });
  if (revoke) await revokeOffers(chain);
  return { changed, revoked: revoke };
}
