/** The real contracts on an in-process chain; only the verifier is a mock: proofs are not the subject here. */
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { Contract, ContractTransactionReceipt, ContractTransactionResponse, HDNodeWallet } from "ethers";
import type { network } from "hardhat";
import { type Address, type Hex, keccak256, numberToHex, zeroAddress } from "viem";
import {
  type DealRequest,
  dealKeyOf,
  marketDomain,
  type Offer,
  offerTypes,
  type SignedOffer,
  type SlotClaim,
  type Terms,
} from "../../../node/data/terms.ts";
import { type DeploymentParameters, LOCAL_PARAMETERS } from "../../../scripts/lib/parameters.ts";
import { deployAll, fundAccounts } from "../support/deployment.ts";

export type Chain = Awaited<ReturnType<typeof network.create>>;
export type Fixture = Awaited<ReturnType<typeof deployMarket>>;

/** A test chain's own account, or a key that a test made up. */
export type Party = HardhatEthersSigner | HDNodeWallet;

export const K = 4n;
export const GOOD_PROOF = [1n, 0n, 0n, 0n, 0n, 0n, 0n, 0n];
export const PRICE = 10n ** 14n;
export const FUNDS = 1_000n * 10n ** 18n;
const STAKE = 10n * 10n ** 18n;

export const TERMS: Terms = {
  slots: 5,
  threshold: 3,
  minChallenges: 4,
  windows: 40,
  maxMisses: 5,
  coolingOff: 8,
  minWindows: 4,
  cancelFeeWindows: 8,
  steward: zeroAddress,
};

/**
 * Signers 1, 2 and from 3 on are client, outsider and providers; everyone has free balance, providers have stake.
 * @param parameters whole sections replace those of LOCAL_PARAMETERS
 * @param prepare deploys the verifier
 */
export async function deployMarket(
  chain: Chain,
  parameters: Partial<DeploymentParameters> = {},
  prepare: (chain: Chain) => Promise<Address> = mockVerifier,
) {
  const { ethers, viem, networkHelpers } = chain;
  const signers = await ethers.getSigners();
  const [deployer, client, outsider, ...providers] = signers as [
    HardhatEthersSigner,
    HardhatEthersSigner,
    HardhatEthersSigner,
    ...HardhatEthersSigner[],
  ];
  const addresses = await deployAll(viem, { verifier: await prepare(chain), parameters });
  await fundAccounts(
    viem,
    addresses,
    signers.map((signer) => signer.address as Address),
    FUNDS,
  );
  const at = (name: string, address: string) => ethers.getContractAt(name, address) as unknown as Promise<Contract>;
  const token = await at("HoldfastToken", addresses.token);
  const vault = await at("Vault", addresses.vault);
  const registry = await at("ProviderRegistry", addresses.registry);
  const spacetime = await at("SpacetimeProofs", addresses.spacetime);
  const market = await at("StorageMarket", addresses.market);
  for (const provider of providers) await joinAs(registry, provider);

  async function sign(
    signer: Pick<Party, "signTypedData">,
    offer: Offer,
    at: Address = addresses.market,
  ): Promise<SignedOffer> {
    const domain = marketDomain(addresses.chainId, at);
    const signature = await signer.signTypedData(domain, { Offer: [...offerTypes.Offer] }, offer);
    return { offer, signature: signature as Hex };
  }

  /** Mines so that the next transaction is in this block. */
  async function goTo(block: bigint): Promise<void> {
    const latest = BigInt(await networkHelpers.time.latestBlock());
    if (latest + 1n > block) throw new RangeError(`block ${block} is past: the next is ${latest + 1n}`);
    if (latest + 1n < block) await networkHelpers.mine(block - 1n - latest);
  }

  return {
    ...{ ethers, viem, networkHelpers, addresses, deployer, client, outsider, providers },
    ...{ token, vault, registry, spacetime, market, sign, goTo },
  };
}

async function mockVerifier({ ethers }: Chain): Promise<Address> {
  return (await (await ethers.deployContract("VerifierMock", [K, 9n])).getAddress()) as Address;
}

/** Registers and stakes. */
export async function joinAs(registry: Contract, provider: Party, stake = STAKE): Promise<void> {
  const self = as(registry, provider);
  const profile = { peerId: "0x1220", addresses: "/ip4/127.0.0.1/tcp/1", region: "0x4445", capacity: 2n ** 40n };
  const ask = {
    storagePrice: 1,
    retrievalPrice: 1,
    minWindows: 1,
    maxWindows: 65535,
    minM: 13,
    maxM: 27,
    accepting: true,
  };
  await self.register!(profile, ask);
  await self.stake!(stake);
}

/** The same contract, called by another account. */
export function as(contract: Contract, signer: Party): Contract {
  return contract.connect(signer) as Contract;
}

let replicas = 0;
/** A root that no other call returns, below the field's order; its bytes cost calldata like a real one's. */
export function newRoot(): Hex {
  return `0x0${keccak256(numberToHex(++replicas)).slice(3)}`;
}

export interface DealPlan {
  readonly client: HardhatEthersSigner;
  readonly providers: readonly Party[];
  readonly terms?: Partial<Terms>;
  readonly offer?: Partial<Offer>;
  readonly salt?: Hex;
}

/** Signed offers, one slot per provider in order, and the request that opens their deal. */
export async function planDeal(fixture: Fixture, plan: DealPlan) {
  const terms = { ...TERMS, slots: Math.max(plan.providers.length, 1), ...plan.terms };
  const threshold = Math.min(terms.threshold, terms.slots);
  const salt = plan.salt ?? keccak256(newRoot());
  const client = plan.client.address as Address;
  const dealTerms: Terms = { ...terms, threshold };
  const dealKey = dealKeyOf(client, salt, dealTerms);
  const offers: SignedOffer[] = [];
  for (const [slot, provider] of plan.providers.entries()) {
    const offer: Offer = {
      ...{ provider: provider.address as Address, client, dealKey, slot, generation: 0 },
      ...{ root: newRoot(), dataRoot: keccak256(newRoot()), m: 13, groups: 13 },
      ...{ price: PRICE, collateral: PRICE * BigInt(terms.windows), expiry: 2 ** 32, epoch: 0n },
      ...plan.offer,
    };
    offers.push(await fixture.sign(provider, offer));
  }
  const request: DealRequest = {
    ...{ salt, terms: dealTerms, headerHash: keccak256(salt), minSlots: threshold, maxPayment: FUNDS },
  };
  return { client: plan.client, dealKey, terms: dealTerms, salt, request, offers };
}

export type Plan = Awaited<ReturnType<typeof planDeal>>;

/** Sends `openDeal` as the plan's client. */
export function open({ market }: Fixture, { client, request, offers }: Plan): Promise<ContractTransactionResponse> {
  return as(market, client).openDeal!(request, offers);
}

/** Plans and opens a deal; the claims are in slot order. */
export async function openDeal(fixture: Fixture, plan: DealPlan) {
  const deal = await planDeal(fixture, plan);
  const receipt = await mined(open(fixture, deal));
  return { ...deal, receipt, claims: claimsOf(fixture, deal, receipt) };
}

/** Claims of the slots that a transaction filled. */
export function claimsOf({ market }: Fixture, deal: Plan, { logs }: ContractTransactionReceipt) {
  const first = new Map<number, number>();
  for (const log of logs.map((log) => market.interface.parseLog(log))) {
    if (log?.name === "SlotFilled") first.set(Number(log.args.offer.slot), Number(log.args.firstWindow));
  }
  const { terms, salt } = deal;
  const client = deal.client.address as Address;
  const filled = deal.offers.filter(({ offer }) => first.has(offer.slot));
  return filled.map(({ offer }): SlotClaim => {
    return { client, salt, terms, offer, firstWindow: first.get(offer.slot)! };
  });
}

/** Sends one of the early endings. */
export function end(
  { market }: Fixture,
  who: Party,
  kind: "cancel" | "drop" | "forfeit",
  claim: SlotClaim,
): Promise<ContractTransactionResponse> {
  const method = as(market, who)[kind]!;
  return kind === "forfeit" ? method(claim) : method(claim, claim.salt, claim.terms);
}

/** First window of the replica that a claim is about, as its lane has it. */
export async function firstWindowOf({ spacetime }: Fixture, { offer }: SlotClaim): Promise<number> {
  return Number((await spacetime.recordOf!(offer.provider, offer.root)).firstWindow);
}

export async function mined(sent: Promise<ContractTransactionResponse>): Promise<ContractTransactionReceipt> {
  const receipt = await (await sent).wait();
  if (receipt === null) throw new Error("the transaction was dropped");
  return receipt;
}

/**
 * Walks through the replica's windows `from` .. `to - 1` and proves those that `proves` accepts; leaves the chain right
 * after the last close, so that the next transaction sees them all closed. One provider at a time: time does not go back.
 */
export async function runWindows(
  fixture: Fixture,
  claim: SlotClaim,
  [from, to]: readonly [number, number],
  proves: (index: number) => boolean,
): Promise<void> {
  const { spacetime, goTo, networkHelpers } = fixture;
  const { provider } = claim.offer;
  const first = claim.firstWindow;
  for (let index = from; index < to; index++) {
    const opening: bigint = await spacetime.openingOf!(provider, first + index);
    if (proves(index)) {
      const next = BigInt(await networkHelpers.time.latestBlock()) + 1n;
      if (next <= opening) await goTo(opening + 1n);
      await spacetime.submitProof!(provider, first + index, GOOD_PROOF, 1n);
    }
  }
  const close: bigint = await spacetime.closeOf!(provider, first + to - 1);
  await goTo(close + 1n);
}

/** Vault balances in the order that tests speak of them. */
export async function balances({ vault, market }: Fixture, ...accounts: readonly { address: string }[]) {
  const held = (bucket: number): Promise<bigint> => vault.held!(market, bucket);
  const [escrows, collateral, bonds, burned] = await Promise.all([held(1), held(3), held(4), held(7)]);
  const free: bigint[] = await Promise.all(accounts.map((account) => vault.freeOf!(account.address)));
  return { escrows: escrows!, collateral: collateral!, bonds: bonds!, burned: burned!, free };
}

export { LOCAL_PARAMETERS };
