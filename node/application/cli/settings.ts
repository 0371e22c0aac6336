// The global options: from the command line, then the environment, then config.json in the data folder.

import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { type Address, getAddress, isAddress } from "viem";
import { HoldfastError } from "../../common/errors.ts";
import type { OptionTable } from "./command.ts";

export interface Settings {
  /** Folder of the key, the configuration and everything stored. */
  readonly home: string;
  readonly rpcUrl?: string;
  readonly market?: Address;
  /** Chain id that the configuration was made for. */
  readonly chainId?: number;
  readonly passwordFile?: string;
  readonly json: boolean;
}

export const globalOptions: OptionTable = {
  rpc: { type: "string", placeholder: "URL", description: "the chain's JSON-RPC server (HOLDFAST_RPC)" },
  market: { type: "string", placeholder: "ADDRESS", description: "the StorageMarket contract (HOLDFAST_MARKET)" },
  home: { type: "string", placeholder: "FOLDER", description: "key and data; ~/.holdfast unless told (HOLDFAST_HOME)" },
  "password-file": {
    type: "string",
    placeholder: "FILE",
    description: "password of the key, first line (HOLDFAST_PASSWORD_FILE)",
  },
  json: { type: "boolean", description: "print one line of JSON instead of text" },
  help: { type: "boolean", short: "h", description: "show this help" },
};

/** Throws `BAD_CONFIG` for a configuration file that cannot be read and `BAD_ADDRESS` for a market that is no address. */
export async function loadSettings(
  values: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Settings> {
  const text = (name: string, variable: string) => {
    const value = values[name];
    return typeof value === "string" ? value : env[variable] || undefined;
  };
  const home = text("home", "HOLDFAST_HOME") ?? join(homedir(), ".holdfast");
  const config = await readConfig(join(home, "config.json"));
  const rpcUrl = text("rpc", "HOLDFAST_RPC") ?? config.rpcUrl;
  const market = text("market", "HOLDFAST_MARKET") ?? config.market;
  const passwordFile = text("password-file", "HOLDFAST_PASSWORD_FILE");
  return {
    home,
    json: values.json === true,
    ...(rpcUrl === undefined ? {} : { rpcUrl }),
    ...(market === undefined ? {} : { market: parseAddress(market, "--market") }),
    ...(config.chainId === undefined ? {} : { chainId: config.chainId }),
    ...(passwordFile === undefined ? {} : { passwordFile }),
  };
}

/** An address of either case, checksummed. Throws `BAD_ADDRESS`. */
export function parseAddress(text: string, option: string): Address {
  if (isAddress(text, { strict: false })) return getAddress(text);
  throw new HoldfastError("BAD_ADDRESS", `${option} needs an address (0x and 40 hex digits), got "${text}".`, {
    details: { option, found: text },
  });
}

async function readConfig(path: string): Promise<{ rpcUrl?: string; market?: string; chainId?: number }> {
  let content: string;
  try {
    content = await readFile(path, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return {};
    throw new HoldfastError("BAD_CONFIG", `${path} cannot be read (${code}); correct its permissions.`, { cause });
  }
  try {
    const { rpcUrl, market, chainId } = JSON.parse(content) as Record<string, unknown>;
    return {
      ...(typeof rpcUrl === "string" ? { rpcUrl } : {}),
      ...(typeof market === "string" ? { market } : {}),
      ...(typeof chainId === "number" ? { chainId } : {}),
    };
  } catch (cause) {
    throw new HoldfastError("BAD_CONFIG", `${path} is not valid JSON; correct it or move it away.`, { cause });
  }
}
