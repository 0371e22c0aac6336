// What an operator's commands begin with: the key of a provider's data folder and the market of its configuration.

import { HoldfastError } from "../../common/errors.ts";
import type { SigningChain } from "../../consensus/chain.ts";
import { type DaemonConfig, readConfig } from "../daemon-config.ts";
import type { Io } from "./io.ts";
import { connectWallet } from "./session.ts";
import type { Settings } from "./settings.ts";

/** Throws `NO_CONFIG` where no provider was set up, and what connecting throws. */
export async function connectProvider(
  settings: Settings,
  io: Io,
): Promise<{ chain: SigningChain; config: DaemonConfig }> {
  const config = await requireConfig(settings);
  const { chain } = await connectWallet(settings, io);
  return { chain, config };
}

/** Throws `NO_CONFIG`. */
export async function requireConfig({ home }: Settings): Promise<DaemonConfig> {
  const config = await readConfig(home);
  if (config !== undefined) return config;
  throw new HoldfastError(
    "NO_CONFIG",
    `${home} is no provider's data folder; make one with \`holdfast provider init\`.`,
  );
}
