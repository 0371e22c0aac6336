/** Everything deployed on an in-process chain, as scripts/deploy.ts does it, with a verifier of the test's choice. */
import type { HardhatViemHelpers } from "@nomicfoundation/hardhat-viem/types";
import type { Address } from "viem";
import { type Deployment, type DeployParameters, deployHoldfast } from "../../../scripts/lib/deploy.ts";
import { type DeploymentParameters, LOCAL_PARAMETERS } from "../../../scripts/lib/parameters.ts";

export type DeployOptions = {
  readonly verifier: DeployParameters["verifier"];
  readonly capacity?: DeployParameters["capacity"];
  /** Whole sections replace those of LOCAL_PARAMETERS. */
  readonly parameters?: Partial<DeploymentParameters>;
};

/** The first account deploys, holds the supply and is the admin. */
export async function deployAll(
  viem: HardhatViemHelpers,
  { verifier, capacity, parameters = {} }: DeployOptions,
): Promise<Deployment> {
  const publicClient = await viem.getPublicClient();
  const [walletClient] = await viem.getWalletClients();
  return deployHoldfast({
    publicClient,
    walletClient: walletClient!,
    parameters: { ...LOCAL_PARAMETERS, ...parameters },
    verifier,
    capacity,
  });
}

/** The deployment's contracts with their types. */
export async function contractsAt(viem: HardhatViemHelpers, { token, vault, registry, ...rest }: Deployment) {
  return {
    token: await viem.getContractAt("HoldfastToken", token),
    vault: await viem.getContractAt("Vault", vault),
    registry: await viem.getContractAt("ProviderRegistry", registry),
    spacetime: await viem.getContractAt("SpacetimeProofs", rest.spacetime),
    market: await viem.getContractAt("StorageMarket", rest.market),
    channels: await viem.getContractAt("PaymentChannels", rest.channels),
    downloads: await viem.getContractAt("StrictDownload", rest.downloads),
    retrieval: await viem.getContractAt("ForcedRetrieval", rest.retrieval),
    rewards: await viem.getContractAt("RewardPool", rest.rewards),
    reference: await viem.getContractAt("ReferencePrice", rest.reference),
    orders: await viem.getContractAt("OrderBook", rest.orders),
    pins: await viem.getContractAt("AuditPins", rest.pins),
  };
}

/** Gives each account `amount` of free balance in the vault, out of the deployer's supply. */
export async function fundAccounts(
  viem: HardhatViemHelpers,
  deployment: Deployment,
  accounts: readonly Address[],
  amount: bigint,
): Promise<void> {
  const { token, vault } = await contractsAt(viem, deployment);
  await token.write.approve([vault.address, amount * BigInt(accounts.length)]);
  for (const account of accounts) await vault.write.depositFor([account, amount]);
}
