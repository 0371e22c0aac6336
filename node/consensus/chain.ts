// One connection to one deployment. Everything is found from the market's address: the market names the vault, the
// registry and the proofs, and the vault's modules, in an order fixed for good, name the rest.

import {
  type Address,
  createPublicClient,
  getAddress,
  http,
  type LocalAccount,
  type PublicClient,
  type Transport,
} from "viem";
import { HoldfastError } from "../common/errors.ts";
import { marketDomain } from "../data/terms.ts";
import {
  capacityProgrammeAbi,
  orderBookAbi,
  paymentChannelsAbi,
  spacetimeProofsAbi,
  storageMarketAbi,
  vaultAbi,
} from "./abi.ts";
import { chainError, isOutage } from "./revert.ts";
import { createSender, type Sender } from "./sender.ts";

export interface Addresses {
  readonly token: Address;
  readonly vault: Address;
  readonly registry: Address;
  readonly spacetime: Address;
  readonly market: Address;
  readonly channels: Address;
  readonly downloads: Address;
  /** Where anybody may ask for a replica's groups. */
  readonly retrieval: Address;
  readonly rewards: Address;
  readonly orders: Address;
  /** The price that orders fall back on. */
  readonly reference: Address;
  /** Where a client pins a window to its replica. */
  readonly pins: Address;
  readonly verifier: Address;
  readonly beacon: Address;
  /** Where the deployment has them: proofs of empty capacity, and the programme that pays for those. */
  readonly capacity?: Address;
  readonly programme?: Address;
}

/** What the deployment fixed for ever; blocks, except K (challenges a window), D (levels) and beta (times 2^64). */
export interface ChainParameters {
  readonly genesis: bigint;
  readonly period: bigint;
  readonly windowLength: bigint;
  readonly challenges: number;
  readonly levels: number;
  readonly beta: bigint;
  readonly maxWeight: bigint;
  readonly closeDelay: bigint;
}

export interface Domain {
  readonly name: string;
  readonly version: "1";
  readonly chainId: number;
  readonly verifyingContract: Address;
}

export interface Chain {
  readonly rpcUrl: string;
  readonly publicClient: PublicClient;
  readonly chainId: number;
  readonly addresses: Addresses;
  readonly parameters: ChainParameters;
  readonly marketDomain: Domain;
  readonly channelsDomain: Domain;
  /** The vault's block of deployment: no event is older. */
  readonly fromBlock: bigint;
  /** Signs and sends; without it the connection only reads. */
  readonly account?: LocalAccount;
  readonly sender?: Sender;
}

/** A chain that can sign and send. */
export type SigningChain = Chain & { readonly account: LocalAccount; readonly sender: Sender };

export interface ConnectParameters {
  rpcUrl: string;
  market: Address;
  account?: LocalAccount;
  /** When given, another chain id is refused. */
  chainId?: number;
  /** Replaces HTTP, for an in-process chain. */
  transport?: Transport;
  /** Milliseconds between polls for receipts and blocks; 300 unless told. */
  pollingInterval?: number;
}

/**
 * Connects and checks that this is the deployment that is meant.
 * Throws `CHAIN_UNREACHABLE`, `WRONG_CHAIN`, `NOT_A_MARKET`.
 */
export async function connectChain(options: ConnectParameters & { account: LocalAccount }): Promise<SigningChain>;
export async function connectChain(options: ConnectParameters): Promise<Chain>;
export async function connectChain(options: ConnectParameters): Promise<Chain> {
  const { rpcUrl, account, pollingInterval = 300 } = options;
  const publicClient = createPublicClient({
    transport: options.transport ?? http(rpcUrl, { timeout: 15_000, retryCount: 2, retryDelay: 200 }),
    pollingInterval,
    cacheTime: 0,
  });
  const chainId = await readChainId(publicClient, rpcUrl);
  if (options.chainId !== undefined && options.chainId !== chainId) {
    throw new HoldfastError(
      "WRONG_CHAIN",
      `Expected chain ${options.chainId} at ${rpcUrl}, found chain ${chainId}; check --rpc.`,
      { details: { expected: options.chainId, found: chainId, rpcUrl } },
    );
  }
  const market = getAddress(options.market);
  const { addresses, parameters, fromBlock } = await readDeployment(publicClient, market, rpcUrl);
  return {
    rpcUrl,
    publicClient,
    chainId,
    addresses,
    parameters,
    marketDomain: marketDomain(chainId, market),
    channelsDomain: {
      name: "Holdfast PaymentChannels",
      version: "1",
      chainId,
      verifyingContract: addresses.channels,
    },
    fromBlock,
    ...(account === undefined ? {} : { account, sender: createSender({ publicClient, account, chainId }) }),
  };
}

/** Throws `NO_ACCOUNT` unless the chain was connected with an account. */
export function requireSigner(chain: Chain): SigningChain {
  if (chain.account === undefined || chain.sender === undefined) {
    throw new HoldfastError("NO_ACCOUNT", "This needs a key that can sign; open a keystore first.");
  }
  return chain as SigningChain;
}

async function readChainId(client: PublicClient, rpcUrl: string): Promise<number> {
  try {
    return await client.getChainId();
  } catch (cause) {
    throw new HoldfastError(
      "CHAIN_UNREACHABLE",
      `No chain answers at ${rpcUrl}; start its node or pass another address with --rpc.`,
      { details: { rpcUrl }, cause },
    );
  }
}

async function readDeployment(
  client: PublicClient,
  market: Address,
  rpcUrl: string,
): Promise<{ addresses: Addresses; parameters: ChainParameters; fromBlock: bigint }> {
  const marketContract = { address: market, abi: storageMarketAbi } as const;
  try {
    const [domain, vault, registry, spacetime] = await Promise.all([
      client.readContract({ ...marketContract, functionName: "eip712Domain" }),
      client.readContract({ ...marketContract, functionName: "VAULT" }),
      client.readContract({ ...marketContract, functionName: "REGISTRY" }),
      client.readContract({ ...marketContract, functionName: "SPACETIME" }),
    ]);
    if (domain[1] !== "Holdfast StorageMarket") throw new Error(`its EIP-712 name is ${domain[1]}`);
    const vaultContract = { address: vault, abi: vaultAbi } as const;
    const proofs = { address: spacetime, abi: spacetimeProofsAbi } as const;
    const [
      token,
      modules,
      fromBlock,
      genesis,
      period,
      windowLength,
      challenges,
      levels,
      beta,
      maxWeight,
      verifier,
      beacon,
      pins,
    ] = await Promise.all([
      client.readContract({ ...vaultContract, functionName: "token" }),
      client.readContract({ ...vaultContract, functionName: "modules" }),
      client.readContract({ ...vaultContract, functionName: "DEPLOYMENT_BLOCK" }),
      client.readContract({ ...proofs, functionName: "GENESIS" }),
      client.readContract({ ...proofs, functionName: "PERIOD" }),
      client.readContract({ ...proofs, functionName: "WINDOW_LENGTH" }),
      client.readContract({ ...proofs, functionName: "CHALLENGES" }),
      client.readContract({ ...proofs, functionName: "LEVELS" }),
      client.readContract({ ...proofs, functionName: "BETA" }),
      client.readContract({ ...proofs, functionName: "MAX_WEIGHT" }),
      client.readContract({ ...proofs, functionName: "VERIFIER" }),
      client.readContract({ ...proofs, functionName: "BEACON" }),
      client.readContract({ ...proofs, functionName: "PINS" }),
    ]);
    const [, known, channels, downloads, retrieval, rewards, orders, , programme] = modules;
    const complete = channels && downloads && retrieval && rewards && orders;
    if (known !== market || !complete) throw new Error("its vault does not know it");
    const [closeDelay, reference, capacity] = await Promise.all([
      client.readContract({ address: channels, abi: paymentChannelsAbi, functionName: "CLOSE_DELAY" }),
      client.readContract({ address: orders, abi: orderBookAbi, functionName: "REFERENCE" }),
      programme === undefined
        ? undefined
        : client.readContract({ address: programme, abi: capacityProgrammeAbi, functionName: "PROOFS" }),
    ]);
    return {
      addresses: {
        token,
        vault,
        registry,
        spacetime,
        market,
        channels,
        downloads,
        retrieval,
        rewards,
        orders,
        reference,
        pins,
        verifier,
        beacon,
        ...(programme === undefined || capacity === undefined ? {} : { programme, capacity }),
      },
      parameters: {
        genesis,
        period,
        windowLength,
        challenges: Number(challenges),
        levels: Number(levels),
        beta,
        maxWeight,
        closeDelay,
      },
      fromBlock,
    };
  } catch (cause) {
    if (isOutage(cause)) throw chainError("the market", cause);
    throw new HoldfastError(
      "NOT_A_MARKET",
      `There is no Holdfast market at ${market} on the chain at ${rpcUrl}; check --market.`,
      { details: { market, rpcUrl }, cause },
    );
  }
}
