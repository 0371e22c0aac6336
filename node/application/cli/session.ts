// What most commands begin with: the key of the data folder and a connection to the market.

import { type Chain, connectChain, type SigningChain } from "../../consensus/chain.ts";
import { openKeystore, type Wallet } from "../../consensus/keystore.ts";
import { connectionOf, keystoreOf } from "../client-parts.ts";
import type { Io } from "./io.ts";
import type { Settings } from "./settings.ts";

/** Where a data folder keeps its key. */
export function keystorePath(settings: Settings): string {
  return keystoreOf(settings.home);
}

/** Opens the data folder's key. Throws what `openKeystore` and `io.password` throw. */
export async function openWallet(settings: Settings, io: Io): Promise<Wallet> {
  return openKeystore(keystorePath(settings), await io.password(settings));
}

/** Connects for reading. Throws `SETTING_MISSING` and what `connectChain` throws. */
export async function connectReader(settings: Settings): Promise<Chain> {
  return connectChain(connectionOf(settings));
}

/** Connects with the data folder's key. */
export async function connectWallet(settings: Settings, io: Io): Promise<{ chain: SigningChain; wallet: Wallet }> {
  const connection = connectionOf(settings); // a missing setting is said before a password is asked for
  const wallet = await openWallet(settings, io);
  return { chain: await connectChain({ ...connection, account: wallet.account }), wallet };
}
