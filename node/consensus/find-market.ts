// Finds a deployment by what it left in the chain's history, for whoever knows only the chain.

import { type Address, createPublicClient, encodeEventTopics, getAddress, http } from "viem";
import { HoldfastError } from "../common/errors.ts";
import { storageMarketAbi } from "./abi.ts";
import { readLogs } from "./events.ts";
import { chainError, isOutage } from "./revert.ts";

/** The market's constructor says whom it obeys; later it tells of deals. */
const SIGNS = (["AuthorityUpdated", "DealOpened", "SlotSettled"] as const).map(
  (eventName) => encodeEventTopics({ abi: storageMarketAbi, eventName })[0]!,
);

/** The one market that left events from block `from` on. Throws `MARKET_UNKNOWN`, `CHAIN_UNREACHABLE`, `CHAIN_REJECTED`. */
export async function findMarket(rpcUrl: string, from: bigint): Promise<Address> {
  const publicClient = createPublicClient({ transport: http(rpcUrl), cacheTime: 0 });
  const to = await publicClient.getBlockNumber().catch((error: unknown) => {
    throw chainError("the newest block", error);
  });
  const logs = await readLogs({ publicClient }, { from, to, topics: [SIGNS] });
  const markets: Address[] = [];
  for (const address of new Set(logs.map((log) => getAddress(log.address)))) {
    const domain = await publicClient
      .readContract({ address, abi: storageMarketAbi, functionName: "eip712Domain" })
      .catch((error: unknown) => {
        if (isOutage(error)) throw chainError("the market", error);
        return undefined; // another contract that says such things
      });
    if (domain?.[1] === "Holdfast StorageMarket") markets.push(address);
  }
  if (markets.length === 1) return markets[0]!;
  const which = markets.length === 0 ? "No market" : `More than one market (${markets.join(", ")})`;
  throw new HoldfastError(
    "MARKET_UNKNOWN",
    `${which} left events at ${rpcUrl} from block ${from} on; say which with --market.`,
    { details: { from, markets } },
  );
}
