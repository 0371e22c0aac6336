// A connection whose reads and transactions end with a signal: a server that is silent holds nobody up who wants to stop. A transaction
// that has left is not called back; whoever goes on later finds it on the chain.

import type { PublicClient } from "viem";
import { orAborted } from "../common/abort.ts";
import type { SigningChain } from "./chain.ts";

export function abortableChain(chain: SigningChain, signal: AbortSignal): SigningChain {
  const { sender } = chain;
  return {
    ...chain,
    publicClient: abortableClient(chain.publicClient, signal),
    sender: { send: (request, options) => orAborted(signal, () => sender.send(request, { ...options, signal })) },
  };
}

/** Every function of the client that answers later. */
function abortableClient(client: PublicClient, signal: AbortSignal): PublicClient {
  return new Proxy(client, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        const answer: unknown = value.apply(target, args);
        return answer instanceof Promise ? orAborted(signal, () => answer) : answer;
      };
    },
  });
}
