/** A whole deployment on a token that can be told to misbehave, with numbers that make rare things common. */
import type { network } from "hardhat";
import { type Address, encodeFunctionData, getAddress, maxUint256, parseAbi } from "viem";
import { providerRegistryAbi, vaultAbi } from "../../../node/consensus/abi.ts";
import type { Rules } from "../../../node/data/model/rules.ts";
import { emptyState, type State } from "../../../node/data/model/state.ts";
import { UNLIMITED } from "../../../node/data/model/tokens.ts";
import { TARGET_UTILISATION } from "../../../node/data/reference-price.ts";
import { deployHoldfast } from "../../../scripts/lib/deploy.ts";
import { type DeploymentParameters, LOCAL_PARAMETERS } from "../../../scripts/lib/parameters.ts";
import { ASK, PROFILE } from "../support/provider.ts";
import { castOf } from "./cast.ts";
import { FastChain } from "./chain.ts";

type Connection = Awaited<ReturnType<typeof network.create>>;
export type Market = Awaited<ReturnType<typeof deployFuzzed>>;

export const K = 4n;
const LEVELS = 9n;
const CAPACITY_LEVELS = 5n;
const SUPPLY = 10n ** 30n;
/** In everybody's account of the vault, and as much again in everybody's hands. */
export const FUNDS = 10n ** 12n;
/** What a miss of the smallest replica burns. */
const MISS = 200_000n;
export const MINIMUM_STAKE = 32_000_000n;

/** A miss, a bond, a stake and a price are of one size here, so that each of them can break the others' bounds. */
export const PARAMETERS: DeploymentParameters = {
  ...LOCAL_PARAMETERS,
  registry: { minimumStake: MINIMUM_STAKE, unbondingDelay: 40n },
  spacetime: { ...LOCAL_PARAMETERS.spacetime, beta: (MISS * 2n ** 64n) / 2n ** 13n, maxWeight: 2n ** 13n * 24n },
  closeDelay: 20n,
  minimumPinFee: 1_000n,
  // Half of it and twice it are below what the proofs stand for.
  reference: { leastPrice: 10n ** 6n, startTick: 4_000n },
  downloads: { protocolFeeBps: 300n, disputeBlocks: 10n },
  retrieval: { answerBlocks: 12n, unitsPerGas: 1n, penalty: 4_000_000n },
  // Two sectors fill a window's reward, two providers a period's.
  programme: {
    ...{ rate: (100_000n * 2n ** 64n) / 2n ** 13n, mostPerWindow: 250_000n, mostPerPeriod: 400_000n },
    firstWindow: 3n,
  },
};

const tokenAbi = parseAbi([
  "function transfer(address to, uint256 amount)",
  "function approve(address spender, uint256 amount)",
]);
export const walletAbi = parseAbi(["function perform(address target, bytes data)", "function turn(uint8 mood)"]);
export const hostileAbi = parseAbi([
  "function turn(uint8 vice)",
  "function callBack(address target, bytes data)",
  "function entered() view returns (bool)",
]);

export async function deployFuzzed(connection: Connection) {
  const { viem } = connection;
  const chain = new FastChain(connection);
  const [walletClient] = await viem.getWalletClients();
  const deploy = async (name: string, args: readonly unknown[] = []): Promise<Address> => {
    const deployContract = viem.deployContract as (
      name: string,
      args: readonly unknown[],
    ) => Promise<{ address: Address }>;
    return getAddress((await deployContract(name, args)).address);
  };
  const token = await deploy("HostileToken", [SUPPLY, 0]);
  const verifier = await deploy("VerifierMock", [K, LEVELS]);
  const capacityVerifier = await deploy("VerifierMock", [1n, CAPACITY_LEVELS]);
  const reader = await deploy("BatchReader");
  const wallet = await deploy("WalletMock", [castOf(token).contract.account.address]);
  const addresses = await deployHoldfast({
    publicClient: await viem.getPublicClient(),
    walletClient: walletClient!,
    parameters: PARAMETERS,
    verifier,
    capacity: capacityVerifier,
    token,
  });
  const cast = castOf(wallet);
  const [capacity, programme] = [addresses.capacity!, addresses.programme!];
  const sectors = await viem.getContractAt("CapacityProofs", capacity);
  const spacetime = await viem.getContractAt("SpacetimeProofs", addresses.spacetime);
  const retrieval = await viem.getContractAt("ForcedRetrieval", addresses.retrieval);
  const reference = await viem.getContractAt("ReferencePrice", addresses.reference);
  const rules: Rules = {
    ...{ chainId: addresses.chainId, market: addresses.market },
    ...{ downloads: addresses.downloads, channels: addresses.channels },
    genesis: await spacetime.read.GENESIS(),
    ...{ period: PARAMETERS.spacetime.period, windowLength: PARAMETERS.spacetime.windowLength },
    ...{ challenges: K, levels: Number(LEVELS) },
    ...{ beta: PARAMETERS.spacetime.beta, maxWeight: PARAMETERS.spacetime.maxWeight },
    ...{ minimumStake: MINIMUM_STAKE, unbondingDelay: PARAMETERS.registry.unbondingDelay },
    protocolFeeBps: PARAMETERS.market.protocolFeeBps,
    shares: {
      client: PARAMETERS.market.clientShareBps,
      repairer: PARAMETERS.market.repairerShareBps,
      caller: PARAMETERS.market.callerShareBps,
    },
    ...{ closeDelay: PARAMETERS.closeDelay, rewardBps: PARAMETERS.rewardBps },
    ...{ downloadFeeBps: PARAMETERS.downloads.protocolFeeBps, disputeBlocks: PARAMETERS.downloads.disputeBlocks },
    ...{ answerBlocks: PARAMETERS.retrieval.answerBlocks, penalty: PARAMETERS.retrieval.penalty },
    mostWait: PARAMETERS.orders.mostWait,
    reference: {
      start: await reference.read.START(),
      periodBlocks: PARAMETERS.spacetime.period,
      leastPrice: PARAMETERS.reference.leastPrice,
      first: { period: 0n, tick: PARAMETERS.reference.startTick, utilisation: TARGET_UTILISATION },
    },
    pinFee: PARAMETERS.minimumPinFee,
    capacity: {
      ...PARAMETERS.programme,
      firstWindow: Number(PARAMETERS.programme.firstWindow),
      ...{ maxSectors: Number(await sectors.read.MAX_SECTORS()), maxClass: 3 * Number(CAPACITY_LEVELS) },
    },
    bond: await retrieval.read.BOND(),
  };
  const state = emptyState();
  const market = { chain, rules, cast, state, addresses: { ...addresses, capacity, programme, reader, wallet, token } };
  await furnish(market);
  return market;
}

/** Money for everybody, and providers that are registered and staked. */
async function furnish({
  chain,
  cast,
  state,
  addresses,
}: {
  chain: FastChain;
  cast: ReturnType<typeof castOf>;
  state: State;
  addresses: { token: Address; vault: Address; registry: Address };
}): Promise<void> {
  const { token, vault, registry } = addresses;
  const must = async (from: Address, to: Address, data: `0x${string}`) => {
    const error = await chain.send({ from, to, data });
    if (error !== undefined) throw new Error(`setting the fuzz up failed with ${error}`);
  };
  const approve = encodeFunctionData({ abi: tokenAbi, functionName: "approve", args: [vault, maxUint256] });
  const deployer = cast.deployer.address;
  await must(deployer, token, approve);
  state.allowances.set(deployer, UNLIMITED);
  let left = SUPPLY;
  for (const { address, account, isContract } of cast.everybody) {
    const args = [address, FUNDS] as const;
    await must(deployer, vault, encodeFunctionData({ abi: vaultAbi, functionName: "depositFor", args }));
    state.free.set(address, FUNDS);
    left -= FUNDS;
    if (address !== deployer && !isContract) {
      await must(deployer, token, encodeFunctionData({ abi: tokenAbi, functionName: "transfer", args }));
      await must(account.address, token, approve);
      state.tokens.set(address, FUNDS);
      state.allowances.set(address, UNLIMITED);
      left -= FUNDS;
    }
  }
  state.tokens.set(deployer, left);
  state.tokens.set(vault, FUNDS * BigInt(cast.everybody.length));

  const register = encodeFunctionData({ abi: providerRegistryAbi, functionName: "register", args: [PROFILE, ASK] });
  for (const provider of cast.providers) {
    // The honest one can hold a full bag, the others are short of stake now and then.
    const amount = provider === cast.honest ? 25n * MINIMUM_STAKE : (3n * MINIMUM_STAKE) / 2n;
    const stake = encodeFunctionData({ abi: providerRegistryAbi, functionName: "stake", args: [amount] });
    for (const data of [register, stake]) {
      if (!provider.isContract) await must(provider.address, registry, data);
      else {
        const args = [registry, data] as const;
        const through = encodeFunctionData({ abi: walletAbi, functionName: "perform", args });
        await must(provider.account.address, provider.address, through);
      }
    }
    state.providers.set(provider.address, {
      ...{ registered: true, stake: amount, earned: 0n, epoch: 0n, unstakeRequested: 0n, unstakeAvailableAt: 0n },
    });
    state.free.set(provider.address, FUNDS - amount);
    state.held.set("registry/Stakes", (state.held.get("registry/Stakes") ?? 0n) + amount);
  }
}
