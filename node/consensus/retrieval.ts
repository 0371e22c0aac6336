// Forced retrieval: a group of a replica that somebody asked for on chain, where silence costs stake.

import { type Address, type Hex, zeroAddress } from "viem";
import { toHex } from "../common/hex.ts";
import type { Offer } from "../data/terms.ts";
import { forcedRetrievalAbi } from "./abi.ts";
import { read, write } from "./call.ts";
import type { Chain } from "./chain.ts";
import type { SendOptions } from "./sender.ts";

const retrieval = (chain: Chain) => ({ address: chain.addresses.retrieval, abi: forcedRetrievalAbi }) as const;

export interface GroupRequest {
  readonly group: number;
  /** Last block for the answer. */
  readonly answerBy: number;
}

/** Base units of stake that open requests may cost; zero when nobody asks the provider for anything. */
export function exposureOf(chain: Chain, provider: Address): Promise<bigint> {
  return read(chain, { ...retrieval(chain), functionName: "exposureOf", args: [provider] });
}

/** What is asked of the replica behind an offer, by `retrievalIdOf` its offer; `undefined` when nothing is. */
export async function requestOf(chain: Chain, replica: Hex): Promise<GroupRequest | undefined> {
  const found = await read(chain, { ...retrieval(chain), functionName: "requestOf", args: [replica] });
  return found.requester === zeroAddress ? undefined : { group: found.group, answerBy: found.answerBy };
}

/** Anyone with the bytes: shows the group that is asked for; `path` from `groupPath`. The bond goes to the provider. */
export function answer(
  chain: Chain,
  replica: Offer,
  { bytes, path }: { readonly bytes: Uint8Array; readonly path: readonly Uint8Array[] },
  options?: SendOptions,
) {
  const args = [replica, toHex(bytes), path.map((node) => toHex(node))] as const;
  return write(chain, { ...retrieval(chain), functionName: "answer", args }, options);
}
