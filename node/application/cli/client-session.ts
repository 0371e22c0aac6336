// What every client command needs: the wallet, the chain, a host that only dials.

import { HoldfastError } from "../../common/errors.ts";
import { fromHex } from "../../common/hex.ts";
import type { SigningChain } from "../../consensus/chain.ts";
import type { Wallet } from "../../consensus/keystore.ts";
import { createPoseidon8 } from "../../data/kernels/poseidon.ts";
import { type ClientContext, ownerSecretOf } from "../../interface/client/context.ts";
import { createHost } from "../../network/host.ts";
import { lockFolder } from "../../physical/folder-lock.ts";
import type { Args } from "./command.ts";
import type { Io } from "./io.ts";
import { connectWallet } from "./session.ts";

/** Runs `work` with a client of the data folder's key; the host is stopped whatever happens. */
export async function withClient<T>(args: Args, io: Io, work: (context: ClientContext) => Promise<T>): Promise<T> {
  const { chain, wallet } = await connectWallet(args.settings, io);
  const { signal } = io;
  const folder = args.settings.data;
  const onWait = () => io.progress("waiting for another command that works with this data folder");
  const lock = await lockFolder(folder, { onWait, signal });
  try {
    return await withHost(chain, wallet, { folder, tell: (text) => io.progress(text), signal }, work);
  } catch (cause) {
    if (!signal.aborted) throw cause;
    throw new HoldfastError("INTERRUPTED", "Interrupted; run the same command again to go on.", { cause });
  } finally {
    lock.release();
  }
}

async function withHost<T>(
  chain: SigningChain,
  wallet: Wallet,
  surroundings: Pick<ClientContext, "folder" | "tell" | "signal">,
  work: (context: ClientContext) => Promise<T>,
): Promise<T> {
  const walletKey = fromHex(wallet.privateKey, 32);
  const host = await createHost({ privateKey: walletKey });
  try {
    return await work({
      chain,
      host,
      hash: createPoseidon8(),
      ownerSecret: ownerSecretOf(walletKey),
      ...surroundings,
    });
  } finally {
    await host.stop();
  }
}
