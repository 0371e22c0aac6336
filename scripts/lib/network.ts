// A whole network on this machine: a chain process, the contracts, provider daemons, a client with tokens.

import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type Address, createPublicClient, createWalletClient, type Hex, http, parseEther } from "viem";
import { mnemonicToAccount, privateKeyToAccount } from "viem/accounts";
import { hardhat } from "viem/chains";
import { holdfastTokenAbi } from "../../node/consensus/abi.ts";
import { type Chain, connectChain } from "../../node/consensus/chain.ts";
import { type ChainProcess, startChain } from "./chain-process.ts";
import { profileOf, readCircuitsFile } from "./circuits-file.ts";
import { type Deployment, deployHoldfast } from "./deploy.ts";
import { type DeploymentParameters, LOCAL_PARAMETERS } from "./parameters.ts";
import { ownPort } from "./ports.ts";
import { type Daemon, holdfast, startHoldfast } from "./processes.ts";
import { spreadKeys } from "./spread-keys.ts";
import { readVerifyingKey } from "./verifying-key.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");
/** Hardhat's public test phrase: keys that everybody knows, for local chains only. */
const PHRASE = "test test test test test test test test test test test junk";

export type Provider = {
  readonly address: Address;
  readonly folder: string;
  readonly daemon: Daemon;
};

export type Network = {
  readonly folder: string;
  readonly rpcUrl: string;
  readonly deployment: Deployment;
  /** Reads only. */
  readonly chain: Chain;
  readonly passwordFile: string;
  readonly providers: readonly Provider[];
  readonly client: { readonly address: Address; readonly folder: string };
  /** An account with ether that takes no side: it settles and accounts. */
  readonly outsider: ReturnType<typeof mnemonicToAccount>;
  /** Options that every command of this network takes. */
  options(folder: string): string[];
  stop(): Promise<void>;
};

export type NetworkOptions = {
  readonly folder: string;
  readonly providers: number;
  /** Whole tokens each provider and the client start with. */
  readonly tokens: { readonly provider: string; readonly client: string; readonly stake: string };
  /** Circuit; `dev` unless told. */
  readonly profile?: "test" | "dev";
  /** Of the deployment; the local ones unless told. */
  readonly parameters?: DeploymentParameters;
  /** Of the chain; a free one unless told. */
  readonly port?: number;
  readonly tell: (text: string) => void;
};

/** Starts everything; whatever fails, nothing keeps running. */
export async function startNetwork(options: NetworkOptions): Promise<Network> {
  const { folder, tell } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const passwordFile = path.join(folder, "password");
  writeFileSync(passwordFile, `${randomBytes(16).toString("hex")}\n`, { mode: 0o600 });
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const one of stops.splice(0).reverse()) await one().catch(() => {});
  };
  try {
    tell("starting the chain");
    const chainProcess: ChainProcess = await startChain({
      root: ROOT,
      ...(options.port === undefined ? {} : { port: options.port }),
    });
    stops.push(() => chainProcess.stop());
    const { rpcUrl } = chainProcess;
    const deployment = await deploy(rpcUrl, options);
    const chain = await connectChain({ rpcUrl, market: deployment.market });
    const base = (data: string) => [
      ...["--rpc", rpcUrl, "--market", deployment.market],
      ...["--home", data, "--password-file", passwordFile],
    ];
    tell("making keys");
    const data = (name: string) => path.join(folder, name);
    const clientKey = await holdfast<{ address: Address }>(["wallet", "new", ...base(data("client"))]);
    const keys = spreadKeys(options.providers, chain.parameters.period);
    const addresses = [clientKey.address, ...keys.map((key) => privateKeyToAccount(key).address)];
    tell("handing out ether and tokens");
    await handOut(rpcUrl, deployment, addresses, options.tokens);
    const starting = await Promise.allSettled(
      keys.map(async (key, i) => {
        const provider = { name: `provider-${i + 1}`, key, folder: data(`provider-${i + 1}`), base };
        const daemon = await startProvider(provider, options, (stop) => stops.push(stop));
        tell(`provider ${i + 1} runs as process ${daemon.process.pid}`);
        return { address: addresses[i + 1]!, folder: provider.folder, daemon };
      }),
    );
    // All have come up or failed by now: none starts after the others were stopped.
    const providers = starting.map((outcome) => {
      if (outcome.status === "rejected") throw outcome.reason;
      return outcome.value;
    });
    const client = { address: clientKey.address, folder: data("client") };
    const outsider = mnemonicToAccount(PHRASE, { addressIndex: 1 });
    return { folder, rpcUrl, deployment, chain, passwordFile, providers, client, outsider, options: base, stop };
  } catch (cause) {
    await stop();
    throw cause;
  }
}

/** Registers and runs one provider; its key travels by a file that is gone once it is encrypted. */
async function startProvider(
  provider: { name: string; key: Hex; folder: string; base: (folder: string) => string[] },
  options: NetworkOptions,
  onStop: (stop: () => Promise<void>) => void,
): Promise<Daemon> {
  const { name, key, folder, base } = provider;
  const keyFile = path.join(options.folder, `${name}.key`);
  writeFileSync(keyFile, key, { mode: 0o600 });
  const prover = path.join(ROOT, "build/circuits", options.profile ?? "dev");
  const ports = ["--listen", `/ip4/127.0.0.1/tcp/${await ownPort()}`, "--status-port", `${await ownPort()}`];
  const init = [
    "provider",
    "init",
    "--stake",
    options.tokens.stake,
    "--prover",
    prover,
    "--key-file",
    keyFile,
    ...ports,
  ];
  await holdfast([...init, ...base(folder)]).finally(() => rmSync(keyFile));
  const daemon = startHoldfast(["provider", "run", ...base(folder)], path.join(options.folder, `${name}.log`));
  onStop(() => daemon.stop());
  await daemon.ready(" is ready at ", 60_000);
  return daemon;
}

async function deploy(rpcUrl: string, { profile = "dev", parameters, tell }: NetworkOptions): Promise<Deployment> {
  const transport = http(rpcUrl);
  const account = mnemonicToAccount(PHRASE, { addressIndex: 0 });
  const key = path.join(ROOT, "build/circuits", profile, "verification_key.json");
  return await deployHoldfast({
    publicClient: createPublicClient({ chain: hardhat, transport, pollingInterval: 100 }),
    walletClient: createWalletClient({ account, chain: hardhat, transport }),
    parameters: parameters ?? LOCAL_PARAMETERS,
    verifier: { verifyingKey: readVerifyingKey(key), ...profileOf(readCircuitsFile(ROOT), profile) },
    onProgress: ({ index, count, name }) => tell(`deploying ${index + 1}/${count}: ${name}`),
  });
}

async function handOut(
  rpcUrl: string,
  deployment: Deployment,
  addresses: readonly Address[],
  tokens: NetworkOptions["tokens"],
): Promise<void> {
  const account = mnemonicToAccount(PHRASE, { addressIndex: 0 });
  const wallet = createWalletClient({ account, chain: hardhat, transport: http(rpcUrl) });
  const { publicClient } = await connectChain({ rpcUrl, market: deployment.market });
  let nonce = await publicClient.getTransactionCount({ address: account.address, blockTag: "pending" });
  const sent: Hex[] = [];
  for (const [i, address] of addresses.entries()) {
    const amount = parseEther(i === 0 ? tokens.client : tokens.provider);
    sent.push(await wallet.sendTransaction({ to: address, value: parseEther("10"), nonce: nonce++ }));
    const transfer = { address: deployment.token, abi: holdfastTokenAbi, functionName: "transfer" } as const;
    sent.push(await wallet.writeContract({ ...transfer, args: [address, amount], nonce: nonce++ }));
  }
  for (const hash of sent) await publicClient.waitForTransactionReceipt({ hash, pollingInterval: 200 });
}
