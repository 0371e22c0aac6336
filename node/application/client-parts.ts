// What a client is made of, each part only once it is needed: listing files needs no chain, reading the chain no key.

import { setMaxListeners } from "node:events";
import { join } from "node:path";
import { getAddress, isAddress } from "viem";
import { HoldfastError } from "../common/errors.ts";
import { fromHex, type Hex } from "../common/hex.ts";
import { abortableChain } from "../consensus/abortable-chain.ts";
import { type Chain, connectChain, type SigningChain } from "../consensus/chain.ts";
import { openKeystore, type Wallet, walletOf } from "../consensus/keystore.ts";
import { createPoseidon8 } from "../data/kernels/poseidon.ts";
import { type ClientContext, ownerSecretOf } from "../interface/client/context.ts";
import type { CallOptions } from "../interface/client/progress.ts";
import { abortableDialer } from "../network/dialer.ts";
import { createHost, type Host } from "../network/host.ts";
import { lockFolder } from "../physical/folder-lock.ts";
import { interruptible } from "./interruptible.ts";

export interface ClientOptions {
  /** Where key, journals, vouchers and the list of stored files are; made when it is missing. */
  readonly folder: string;
  /** The chain's JSON-RPC server. Listing and sharing work without. */
  readonly rpcUrl?: string | undefined;
  /** Address of the StorageMarket. */
  readonly market?: string | undefined;
  /** When given, another chain is refused. */
  readonly chainId?: number | undefined;
  /** 32 bytes of hex; without it the folder's keystore is opened with `password`. */
  readonly privateKey?: Hex | undefined;
  /** Of the folder's keystore; a function is asked once, when a key is needed. */
  readonly password?: string | (() => Promise<string>) | undefined;
}

export interface ClientParts {
  readonly folder: string;
  /** Reads; it needs no key. Throws `SETTING_MISSING` and what `connectChain` throws. */
  reader(): Promise<Chain>;
  /** Signs and sends; its own address is `account.address`. */
  signer(): Promise<SigningChain>;
  /** Dials providers. */
  host(): Promise<Host>;
  /** All that a verb needs which talks to providers. One such verb at a time works with a folder; `release` lets the next one in. */
  lease(call: CallOptions): Promise<{ readonly context: ClientContext; release(): void }>;
  /** Ends all connections. */
  close(): Promise<void>;
}

/** Where a data folder keeps its key. */
export function keystoreOf(folder: string): string {
  return join(folder, "keystore.json");
}

export function createClientParts(options: ClientOptions): ClientParts {
  const { folder } = options;
  const reader = once(() => connectChain(connectionOf(options)));
  const wallet = once(() => openWallet(options));
  const signer = once(async () => {
    const connection = connectionOf(options); // a missing setting is said before a password is asked for
    return await connectChain({ ...connection, account: (await wallet()).account });
  });
  let host: Promise<Host> | undefined;
  const openHost = once(async () => {
    host = createHost({ privateKey: fromHex((await wallet()).privateKey, 32) });
    return await host;
  });
  return {
    folder,
    reader,
    signer,
    host: openHost,
    async lease({ signal, onProgress }) {
      // Every wait of a verb listens to it, and there are many side by side.
      if (signal !== undefined) setMaxListeners(0, signal);
      const chain = await interruptible({ signal }, signer);
      const tell: ClientContext["tell"] = (text, amount) => onProgress?.({ text, ...amount });
      const onWait = () => tell("waiting for another command that works with this data folder");
      const lock = await lockFolder(folder, { onWait, ...(signal === undefined ? {} : { signal }) });
      try {
        const walletKey = fromHex((await wallet()).privateKey, 32);
        const host = await openHost();
        const context: ClientContext = {
          chain: signal === undefined ? chain : abortableChain(chain, signal),
          host: signal === undefined ? host : abortableDialer(host, signal),
          hash: createPoseidon8(),
          folder,
          ownerSecret: ownerSecretOf(walletKey),
          tell,
          ...(signal === undefined ? {} : { signal }),
        };
        return { context, release: () => lock.release() };
      } catch (cause) {
        lock.release();
        throw cause;
      }
    },
    async close() {
      await (await host?.catch(() => undefined))?.stop();
    },
  };
}

function openWallet({ folder, privateKey, password }: ClientOptions): Promise<Wallet> {
  if (privateKey !== undefined) return Promise.resolve(walletOf(privateKey));
  if (password === undefined) {
    throw new HoldfastError("PASSWORD_NEEDED", "This needs a key: give privateKey, or the password of the folder's.");
  }
  const asked = typeof password === "string" ? Promise.resolve(password) : password();
  return asked.then((text) => openKeystore(keystoreOf(folder), text));
}

/** Throws `SETTING_MISSING` and `BAD_ADDRESS`. */
export function connectionOf({ rpcUrl, market, chainId }: Pick<ClientOptions, "rpcUrl" | "market" | "chainId">) {
  if (rpcUrl === undefined) {
    throw new HoldfastError(
      "SETTING_MISSING",
      "Say where the chain is: --rpc URL, or HOLDFAST_RPC; in a script, rpcUrl.",
    );
  }
  if (market === undefined) {
    throw new HoldfastError(
      "SETTING_MISSING",
      "Say which market: --market ADDRESS, or HOLDFAST_MARKET; in a script, market.",
    );
  }
  if (!isAddress(market, { strict: false })) {
    throw new HoldfastError("BAD_ADDRESS", `The market needs an address (0x and 40 hex digits), got "${market}".`);
  }
  return { rpcUrl, market: getAddress(market), ...(chainId === undefined ? {} : { chainId }) };
}

/** Makes a part at the first call; a failure is not kept. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return async () => {
    made ??= make();
    try {
      return await made;
    } catch (cause) {
      made = undefined;
      throw cause;
    }
  };
}
