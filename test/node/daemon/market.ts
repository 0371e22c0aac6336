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
import { ROOT, run } from "./daemon-process.ts";

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
  /** A provider with a key of its own and `tokens` base units, 50 whole ones of them staked; not running yet. */
  initProvider(
    name: string,
    tokens: bigint,
    options?: readonly string[],
  ): Promise<{ address: Address; data: string; base: string[] }>;
  connect(account: LocalAccount): Promise<SigningChain>;
  stop(): Promise<void>;
}

/** `rhythm`: another period and window than the local 30 and 24 blocks. `capacity`: with proofs of empty capacity. */
export async function startMarket({
  capacity = false,
  ...rhythm
}: {
  period?: bigint;
  windowLength?: bigint;
  capacity?: boolean;
} = {}): Promise<Market> {
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
    parameters: { ...LOCAL_PARAMETERS, spacetime: { ...LOCAL_PARAMETERS.spacetime, ...rhythm } },
    verifier: {
      verifyingKey: readVerifyingKey(path.join(ROOT, "build/circuits/test/verification_key.json")),
      ...profileOf(readCircuitsFile(ROOT), "test"),
    },
    ...(capacity
      ? {
          capacity: {
            verifyingKey: readVerifyingKey(path.join(ROOT, "build/circuits/capacity-test/verification_key.json")),
            ...profileOf(readCircuitsFile(ROOT).capacity, "capacity-test"),
          },
        }
      : {}),
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
    async initProvider(name, tokens, options = []) {
      const data = path.join(folder, name);
      const base = ["--home", data, "--password-file", passwordFile];
      const { address } = (await run(["wallet", "new", ...base])).result as { address: Address };
      const hash = await wallet.sendTransaction({ to: address, value: 10n ** 19n });
      await deployer.publicClient.waitForTransactionReceipt({ hash });
      await transfer(deployer, address, tokens);
      const link = ["--rpc", rpcUrl, "--market", market, "--prover", path.join(ROOT, "build/circuits/test")];
      const init = await run(["provider", "init", ...link, ...base, "--stake", "50", "--region", "CH", ...options]);
      if (init.code !== 0) throw new Error(init.stderr);
      return { address, data, base };
    },
    async stop() {
      await chainProcess.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
