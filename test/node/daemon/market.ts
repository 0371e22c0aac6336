/** A real market for tests: a chain in its own process, the contracts with the `test` keys, funded accounts. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Address, createPublicClient, createWalletClient, http, type LocalAccount } from "viem";
import { mnemonicToAccount } from "viem/accounts";
import { hardhat } from "viem/chains";
import { type Chain, connectChain, type SigningChain } from "../../../node/consensus/chain.ts";
import { transfer } from "../../../node/consensus/token.ts";
import { startChain } from "../../../scripts/lib/chain-process.ts";
import { profileOf, readCircuitsFile } from "../../../scripts/lib/circuits-file.ts";
import { deployHoldfast } from "../../../scripts/lib/deploy.ts";
import { LOCAL_PARAMETERS } from "../../../scripts/lib/parameters.ts";
import { readVerifyingKey } from "../../../scripts/lib/verifying-key.ts";

export const ROOT = path.resolve(import.meta.dirname, "../../..");
const PHRASE = "test test test test test test test test test test test junk";

export interface Market {
  folder: string;
  rpcUrl: string;
  passwordFile: string;
  /** Connected with the deployer's key, which owns all tokens. */
  deployer: SigningChain;
  reader: Chain;
  /** Hardhat account `index` with `tokens` base units. */
  account(index: number, tokens: bigint): Promise<LocalAccount & { privateKey: `0x${string}` }>;
  /** Gives an address ether for gas, and tokens. */
  provide(address: Address, tokens: bigint): Promise<void>;
  connect(account: LocalAccount): Promise<SigningChain>;
  stop(): Promise<void>;
}

export async function startMarket(): Promise<Market> {
  const folder = await mkdtemp(path.join(tmpdir(), "holdfast-market-"));
  const passwordFile = path.join(folder, "password");
  await writeFile(passwordFile, "correct horse\n", { mode: 0o600 });
  const chainProcess = await startChain({ root: ROOT });
  const { rpcUrl } = chainProcess;
  const account = mnemonicToAccount(PHRASE, { addressIndex: 0 });
  const transport = http(rpcUrl);
  const { market } = await deployHoldfast({
    publicClient: createPublicClient({ chain: hardhat, transport, pollingInterval: 100 }),
    walletClient: createWalletClient({ account, chain: hardhat, transport }),
    parameters: LOCAL_PARAMETERS,
    verifier: {
      verifyingKey: readVerifyingKey(path.join(ROOT, "build/circuits/test/verification_key.json")),
      ...profileOf(readCircuitsFile(ROOT), "test"),
    },
  });
  const connect = (signer: LocalAccount) => connectChain({ rpcUrl, market, account: signer, pollingInterval: 100 });
  const deployer = await connect(account);
  const wallet = createWalletClient({
    account: mnemonicToAccount(PHRASE, { addressIndex: 9 }),
    chain: hardhat,
    transport,
  });
  return {
    ...{ folder, rpcUrl, passwordFile, deployer, connect },
    reader: await connectChain({ rpcUrl, market }),
    async account(index, tokens) {
      const found = mnemonicToAccount(PHRASE, { addressIndex: index });
      await transfer(deployer, found.address, tokens);
      const privateKey: `0x${string}` = `0x${Buffer.from(found.getHdKey().privateKey!).toString("hex")}`;
      return Object.assign(found, { privateKey });
    },
    async provide(address, tokens) {
      const hash = await wallet.sendTransaction({ to: address, value: 10n ** 19n });
      await deployer.publicClient.waitForTransactionReceipt({ hash });
      await transfer(deployer, address, tokens);
    },
    async stop() {
      await chainProcess.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
