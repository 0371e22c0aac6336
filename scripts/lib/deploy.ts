/** Deploys Holdfast, and refuses parts that are worthless as security where somebody's money could be. */

import type { Hex, PublicClient, TransactionReceipt, Transport, WalletClient } from "viem";
import { type Account, type Address, type Chain, getAddress, isAddressEqual, parseAbi } from "viem";
import { HoldfastError } from "../../node/common/errors.ts";
import { isLocalChain, listedKeys } from "../../node/consensus/ceremony-keys.ts";
import { readArtifact } from "./artifacts.ts";
import { requireBeacon } from "./beacons.ts";
import { type Addresses, type CircuitKey, type ContractStep, planDeployment, type Step } from "./deployment-plan.ts";
import { requireListedKey } from "./listed-keys.ts";
import type { DeploymentParameters } from "./parameters.ts";

/** Units that the vault's constructor pulls from the deployer and sends back (`Vault.PROBE`). */
const PROBE = 1000n;

export type Deployment = Addresses & {
  readonly chainId: number;
  /** No event of the deployment is older. */
  readonly fromBlock: bigint;
};

export type DeployParameters = {
  readonly publicClient: PublicClient;
  /** Deploys, becomes the admin of the access manager and holds the supply of a new token. */
  readonly walletClient: WalletClient<Transport, Chain | undefined, Account>;
  readonly parameters: DeploymentParameters;
  /** The circuit's key; or, on a local chain only, the address of a verifier. */
  readonly verifier: CircuitKey | Address;
  /** Adds proofs of empty capacity and the programme that pays for them: that circuit's key, or a verifier, as above. */
  readonly capacity?: CircuitKey | Address | undefined;
  /** An ERC-20 that exists: required off local chains, where the local token has no business. */
  readonly token?: Address | undefined;
  /** A beacon that exists: required off local chains, where a block's producer must not choose the challenges. */
  readonly beacon?: Address | undefined;
  /** Off local chains: deploy on a beacon whose randomness a block's builder may choose, or that this version does not know. */
  readonly acceptChosenChallenges?: boolean;
  /** Told before each transaction; `index` counts from 0. */
  readonly onProgress?: (step: { readonly index: number; readonly count: number; readonly name: string }) => void;
};

/**
 * Deploys every contract that is not given.
 * @throws HoldfastError DEPLOY_FORBIDDEN for development parts off a local chain, or a beacon that is worthless there; DEPLOY_FAILED for a transaction that
 * reverted or an address that is not the one computed (the account was used elsewhere meanwhile); NOT_COMPILED.
 */
export async function deployHoldfast(options: DeployParameters): Promise<Deployment> {
  const { publicClient, walletClient, parameters, verifier, capacity, token, beacon } = options;
  const chainId = await publicClient.getChainId();
  const development = isLocalChain(chainId);
  if (!development) requireNoLocalPart(options, chainId);
  if (beacon !== undefined) {
    const { windowLength } = parameters.spacetime;
    const { acceptChosenChallenges = false } = options;
    await requireBeacon({ client: publicClient, beacon, windowLength, local: development, acceptChosenChallenges });
  }
  if (!development && typeof capacity === "object") requireListedKey(capacity, chainId, listedKeys("capacity"));
  if (!development && typeof verifier !== "string") requireListedKey(verifier, chainId);

  const deployer = walletClient.account.address;
  const nonce = await publicClient.getTransactionCount({ address: deployer, blockTag: "pending" });
  const given = {
    ...(token === undefined ? {} : { token: getAddress(token) }),
    ...(beacon === undefined ? {} : { beacon: getAddress(beacon) }),
    ...(typeof verifier === "string" ? { verifier: getAddress(verifier) } : {}),
    ...(typeof capacity === "string" ? { capacityVerifier: getAddress(capacity) } : {}),
  };
  const { addresses, steps } = planDeployment({
    deployer,
    nonce,
    given,
    key: keyOf(verifier),
    capacity: capacity === undefined ? undefined : { key: keyOf(capacity) },
    development,
    parameters,
  });

  const fromBlock = await publicClient.getBlockNumber();
  let sent: { readonly step: Step; readonly hash: Hex }[] = [];
  for (const [index, step] of steps.entries()) {
    if (step.readsEarlier) {
      for (const { step, hash } of sent) await requireMined(publicClient, step, hash, addresses);
      sent = [];
    }
    options.onProgress?.({ index, count: steps.length, name: step.name });
    sent.push({ step, hash: await send(options, step, nonce + index, addresses) });
  }
  for (const { step, hash } of sent) await requireMined(publicClient, step, hash, addresses);
  return { chainId, fromBlock, ...addresses };
}

async function send(
  { walletClient }: DeployParameters,
  step: ContractStep | Step,
  nonce: number,
  { token, vault }: Addresses,
): Promise<Hex> {
  const common = { account: walletClient.account, chain: walletClient.chain ?? null, nonce };
  try {
    if ("source" in step)
      return await walletClient.deployContract({ ...common, ...readArtifact(step.source), args: step.args });
    const abi = parseAbi(["function approve(address spender, uint256 amount) returns (bool)"]);
    return await walletClient.writeContract({
      ...common,
      abi,
      address: token,
      functionName: "approve",
      args: [vault, PROBE],
    });
  } catch (cause) {
    if (cause instanceof HoldfastError) throw cause;
    throw new HoldfastError("DEPLOY_FAILED", `Deploying the ${step.name} failed: ${shortMessage(cause)}`, { cause });
  }
}

async function requireMined(client: PublicClient, step: Step, hash: Hex, addresses: Addresses): Promise<void> {
  const receipt: TransactionReceipt = await client.waitForTransactionReceipt({ hash, pollingInterval: 100 });
  if (receipt.status !== "success") {
    throw new HoldfastError("DEPLOY_FAILED", `The transaction for the ${step.name} reverted; nothing else was sent.`, {
      details: { transaction: hash },
    });
  }
  if (step.name === "allowance") return;
  const expected = addresses[step.name]!;
  const found = receipt.contractAddress;
  if (!found || !isAddressEqual(found, expected)) {
    throw new HoldfastError(
      "DEPLOY_FAILED",
      `The ${step.name} landed at ${found} instead of ${expected}; deploy again while nothing else uses the account.`,
      { details: { expected, found } },
    );
  }
}

function keyOf(verifier: CircuitKey | Address): CircuitKey | undefined {
  return typeof verifier === "string" ? undefined : verifier;
}

function requireNoLocalPart({ verifier, capacity, token, beacon }: DeployParameters, chainId: number): void {
  const missing = token === undefined ? "an existing token" : beacon === undefined ? "a beacon" : undefined;
  if (missing !== undefined) {
    throw new HoldfastError("DEPLOY_FORBIDDEN", `Chain ${chainId} is not a local chain: give ${missing}.`);
  }
  if (typeof verifier === "string" || typeof capacity === "string") {
    throw new HoldfastError(
      "DEPLOY_FORBIDDEN",
      `Chain ${chainId} is not a local chain: give the circuit's verifying key.`,
    );
  }
}

function shortMessage(cause: unknown): string {
  if (cause instanceof Error && "shortMessage" in cause) return String(cause.shortMessage);
  return cause instanceof Error ? cause.message : String(cause);
}
