// What every verb of the client works with. The entry constructs it once; the verbs are functions.

import type { Address } from "viem";
import type { Chain, SigningChain } from "../../consensus/chain.ts";
import type { Poseidon8 } from "../../data/kernels/poseidon.ts";
import { derive } from "../../data/secrets.ts";
import type { Dialer } from "../../network/dialer.ts";
import type { Amount } from "./progress.ts";

export interface ClientContext {
  readonly chain: SigningChain;
  readonly host: Dialer;
  readonly hash: Poseidon8;
  /** Journals, vouchers and the index of stored files live here. */
  readonly folder: string;
  /** 32 bytes from the wallet's key: whoever has the wallet can derive every file's master secret again. */
  readonly ownerSecret: Uint8Array;
  /** Said whenever the thing being done changes: one short line, and how far it is where something is counted. */
  readonly tell: (text: string, amount?: Amount) => void;
  /** Stops the verb; what is durable stays resumable. */
  readonly signal?: AbortSignal;
}

/** What reading the chain needs; no key. */
export interface ReaderContext {
  readonly chain: Chain;
}

/** The client's secret, from its wallet key (32 bytes). */
export function ownerSecretOf(walletKey: Uint8Array): Uint8Array {
  return derive(walletKey, "holdfast/v1/owner", 32);
}

/** The master secret of one put: the salt is fresh for each, so no two files share a key. */
export function masterSecretOf(ownerSecret: Uint8Array, salt: Uint8Array): Uint8Array {
  return derive(ownerSecret, "holdfast/v1/master", 32, salt);
}

export function clientAddress(context: ClientContext): Address {
  return context.chain.account.address;
}
