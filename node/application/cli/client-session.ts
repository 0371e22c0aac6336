// What every client command needs: the wallet, the chain, a host that only dials.

import { fromHex } from "../../common/hex.ts";
import { createPoseidon8 } from "../../data/kernels/poseidon.ts";
import { type ClientContext, ownerSecretOf } from "../../interface/client/context.ts";
import { createHost } from "../../network/host.ts";
import type { Args } from "./command.ts";
import type { Io } from "./io.ts";
import { connectWallet } from "./session.ts";

/** Runs `work` with a client of the data folder's key; the host is stopped whatever happens. */
export async function withClient<T>(args: Args, io: Io, work: (context: ClientContext) => Promise<T>): Promise<T> {
  const { chain, wallet } = await connectWallet(args.settings, io);
  const walletKey = fromHex(wallet.privateKey, 32);
  const host = await createHost({ privateKey: walletKey });
  try {
    return await work({
      chain,
      host,
      hash: createPoseidon8(),
      folder: args.settings.data,
      ownerSecret: ownerSecretOf(walletKey),
      tell: (text) => io.progress(text),
      signal: io.signal,
    });
  } finally {
    await host.stop();
  }
}
