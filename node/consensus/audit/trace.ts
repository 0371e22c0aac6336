// What other contracts passed on, for servers that can trace a transaction.

import type { Hex } from "viem";
import type { Chain } from "../chain.ts";

interface Call {
  readonly to?: Hex;
  readonly input: Hex;
  readonly calls?: readonly Call[];
}

/** Calldata of every call of the proofs' contract inside a transaction; none where the server does not trace. */
export async function submittedIn(chain: Chain, transaction: Hex): Promise<Hex[]> {
  const { spacetime } = chain.addresses;
  const request = { method: "debug_traceTransaction", params: [transaction, { tracer: "callTracer" }] };
  const trace = (await chain.publicClient.request(request as never).catch(() => undefined)) as Call | undefined;
  const found: Hex[] = [];
  const visit = ({ to, input, calls }: Call) => {
    if (to?.toLowerCase() === spacetime.toLowerCase()) found.push(input);
    for (const inner of calls ?? []) visit(inner);
  };
  if (trace?.input !== undefined) visit(trace);
  return found;
}
