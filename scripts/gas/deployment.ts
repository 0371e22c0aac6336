/** Everything deployed in process, with a client, an outsider and ten providers that are registered and staked. */
import { network } from "hardhat";
import { type Address, type Hex, keccak256, numberToHex, parseEther, toHex, zeroAddress } from "viem";
import { type Domains, typedData } from "../../node/consensus/signing.ts";
import { dealKeyOf, type Offer, type SignedOffer, type SlotClaim, type Terms } from "../../node/data/terms.ts";
import { deployHoldfast } from "../lib/deploy.ts";
import { LOCAL_PARAMETERS } from "../lib/parameters.ts";

const FUNDS = parseEther("1000");
const STAKE = parseEther("10");
export const PRICE = parseEther("0.0001");
const PROVIDERS = 10;
/** Longer than usual: every transaction takes a block here, and ten lanes' windows overlap. */
const TIMES = { period: 200n, windowLength: 100n };

export const TERMS: Terms = {
  slots: PROVIDERS,
  threshold: 3,
  minChallenges: 4,
  windows: 80,
  maxMisses: 10,
  coolingOff: 8,
  minWindows: 4,
  cancelFeeWindows: 8,
  steward: zeroAddress,
};

/** What a provider registers: a libp2p peer id, one address, an ask. */
export const PROFILE = {
  peerId: toHex(new Uint8Array(38).fill(7)),
  addresses: "/ip4/203.0.113.7/tcp/4001",
  region: "0x4445",
  capacity: 2n ** 40n,
} as const;
export const ASK = {
  storagePrice: PRICE,
  retrievalPrice: 1n,
  minWindows: 1,
  maxWindows: 1000,
  minM: 13,
  maxM: 27,
  accepting: true,
} as const;

export type GasDeployment = Awaited<ReturnType<typeof deployForGas>>;

/** The verifier is the tests' mock: whatever is measured here contains no proof. */
export async function deployForGas() {
  const { viem, networkHelpers } = await network.create();
  const publicClient = await viem.getPublicClient();
  const [deployer, client, outsider, newcomer, ...others] = await viem.getWalletClients();
  const providers = others.slice(0, PROVIDERS);
  const verifier = await viem.deployContract("VerifierMock", [4n, 9n]);
  const deployment = await deployHoldfast({
    publicClient,
    walletClient: deployer!,
    parameters: { ...LOCAL_PARAMETERS, spacetime: { ...LOCAL_PARAMETERS.spacetime, ...TIMES } },
    verifier: verifier.address,
  });
  const token = await viem.getContractAt("HoldfastToken", deployment.token);
  const vault = await viem.getContractAt("Vault", deployment.vault);
  const registry = await viem.getContractAt("ProviderRegistry", deployment.registry);
  const spacetime = await viem.getContractAt("SpacetimeProofs", deployment.spacetime);
  const market = await viem.getContractAt("StorageMarket", deployment.market);
  const channels = await viem.getContractAt("PaymentChannels", deployment.channels);
  const downloads = await viem.getContractAt("StrictDownload", deployment.downloads);
  const retrieval = await viem.getContractAt("ForcedRetrieval", deployment.retrieval);
  const rewards = await viem.getContractAt("RewardPool", deployment.rewards);
  const pins = await viem.getContractAt("AuditPins", deployment.pins);
  const orders = await viem.getContractAt("OrderBook", deployment.orders);

  await token.write.approve([vault.address, FUNDS * BigInt(PROVIDERS + 1)]);
  await vault.write.depositFor([client!.account.address, FUNDS]);
  for (const { account } of providers) {
    await vault.write.depositFor([account.address, FUNDS]);
    await registry.write.register([PROFILE, ASK], { account });
    await registry.write.stake([STAKE], { account });
  }

  const domain = { version: "1", chainId: deployment.chainId } as const;
  const domains: Domains = {
    marketDomain: { name: "Holdfast StorageMarket", ...domain, verifyingContract: market.address },
    channelsDomain: { name: "Holdfast PaymentChannels", ...domain, verifyingContract: channels.address },
  };

  const latestBlock = (): Promise<bigint> => publicClient.getBlockNumber({ cacheTime: 0 });
  async function gasOf(hash: Hex): Promise<number> {
    const { gasUsed, status } = await publicClient.waitForTransactionReceipt({ hash });
    if (status !== "success") throw new Error(`transaction ${hash} reverted`);
    return Number(gasUsed);
  }
  /** Mines so that the next transaction is in this block. */
  async function goTo(block: bigint): Promise<void> {
    const ahead = block - 1n - (await latestBlock());
    if (ahead > 0n) await networkHelpers.mine(ahead);
  }

  let salts = 0;
  /** A deal with the first `slots` providers, opened; with the gas that took. */
  async function openDeal(slots: number, changes: Partial<Offer> = {}): Promise<{ gas: number; claims: SlotClaim[] }> {
    const salt = keccak256(numberToHex(++salts));
    const terms = { ...TERMS, slots };
    const dealKey = dealKeyOf(client!.account.address, salt, terms);
    const offers: SignedOffer[] = [];
    for (const [slot, provider] of providers.slice(0, slots).entries()) {
      const usual = offerFor(client!.account.address, provider.account.address, dealKey, slot);
      const offer = { ...usual, ...changes };
      offers.push({ offer, signature: await provider.signTypedData(typedData(domains, "Offer", offer)) });
    }
    const request = { salt, terms, headerHash: keccak256(salt), minSlots: 3, maxPayment: FUNDS };
    const hash = await market.write.openDeal([request, offers], { account: client!.account });
    const gas = await gasOf(hash);
    const claims = offers.map(async ({ offer }) => {
      const { firstWindow } = await spacetime.read.recordOf([offer.provider, offer.root]);
      return { client: client!.account.address, salt, terms, offer, firstWindow };
    });
    return { gas, claims: await Promise.all(claims) };
  }

  const accounts = { client: client!, outsider: outsider!, newcomer: newcomer!, providers };
  const contracts = {
    token,
    vault,
    registry,
    spacetime,
    market,
    channels,
    downloads,
    retrieval,
    rewards,
    pins,
    orders,
  };
  return { ...accounts, ...contracts, chainId: deployment.chainId, domains, gasOf, latestBlock, goTo, openDeal };
}

function offerFor(client: Address, provider: Address, dealKey: Hex, slot: number): Offer {
  // Roots and hashes like real ones: nonzero bytes cost calldata.
  const root = numberToHex(BigInt(keccak256(dealKey)) >> BigInt(4 + slot), { size: 32 });
  const hashes = { root, dataRoot: keccak256(root) };
  const money = { price: PRICE, collateral: PRICE * BigInt(TERMS.windows) };
  return {
    provider,
    client,
    dealKey,
    slot,
    generation: 0,
    ...hashes,
    m: 16,
    groups: 120,
    ...money,
    expiry: 10 ** 9,
    epoch: 0n,
  };
}
