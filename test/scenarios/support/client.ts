// A client of its own, with a key, ether and tokens, for a scenario that must not share money with others.

import path from "node:path";
import { type Address, createWalletClient, http, parseEther } from "viem";
import { mnemonicToAccount } from "viem/accounts";
import { hardhat } from "viem/chains";
import { connectChain } from "../../../node/consensus/chain.ts";
import { transfer } from "../../../node/consensus/token.ts";
import type { Network } from "../../../scripts/lib/network.ts";
import { holdfast, resultOf } from "./command-line.ts";
import { scratchFolder } from "./network.ts";

/** Hardhat's public phrase; account 0 deployed and holds the tokens. */
const PHRASE = "test test test test test test test test test test test junk";

export interface TestClient {
  readonly address: Address;
  readonly folder: string;
  readonly data: string;
  /** Options that every command of this client takes. */
  readonly options: readonly string[];
}

/** Whole tokens for the client's wallet. */
export async function newClient(network: Network, name: string, tokens = "10"): Promise<TestClient> {
  const folder = scratchFolder(network, name);
  const data = path.join(folder, "data");
  const options = network.options(data);
  const { address } = resultOf<{ address: Address }>(await holdfast(["wallet", "new", ...options]));
  await give(network, address, tokens);
  return { address, folder, data, options };
}

/** Ether for gas and whole tokens. */
export async function give(network: Network, address: Address, tokens: string): Promise<void> {
  const { rpcUrl, deployment } = network;
  const account = mnemonicToAccount(PHRASE, { addressIndex: 0 });
  const bank = await connectChain({ rpcUrl, market: deployment.market, account });
  const wallet = createWalletClient({ account, chain: hardhat, transport: http(rpcUrl) });
  const hash = await wallet.sendTransaction({ to: address, value: parseEther("10") });
  await bank.publicClient.waitForTransactionReceipt({ hash, pollingInterval: 100 });
  if (parseEther(tokens) > 0n) await transfer(bank, address, parseEther(tokens));
}
