// A network to measure a client against: providers with room and stake for the files, windows so long that few open meanwhile.

import { readFileSync } from "node:fs";
import { type Network, startNetwork } from "../../lib/network.ts";
import { LOCAL_PARAMETERS } from "../../lib/parameters.ts";
import type { ClientTask } from "./client-process.ts";

/** Blocks of a second: a proof is a provider's business and would only take turns with the client on the same cores. */
const spacetime = { ...LOCAL_PARAMETERS.spacetime, period: 300n, windowLength: 180n };

export async function startBenchNetwork(folder: string, providers: number, tell: (text: string) => void) {
  return await startNetwork({
    folder,
    providers,
    // 32 misses of all that the largest run stores burn some 90 tokens; the rest is collateral and prices.
    tokens: { provider: "2000", client: "5000", stake: "500" },
    parameters: { ...LOCAL_PARAMETERS, spacetime },
    tell,
  });
}

export function clientOf({ client, rpcUrl, deployment, passwordFile }: Network): ClientTask["client"] {
  const password = readFileSync(passwordFile, "utf8").trimEnd();
  return { folder: client.folder, rpcUrl, market: deployment.market, password };
}
