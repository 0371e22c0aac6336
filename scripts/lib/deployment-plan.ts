/**
 * Which transactions make a deployment, in which order, with which arguments. Contracts know each other through
 * immutables, some of them before they exist, so every address is computed ahead from the deployer's nonce.
 */
import { type Address, getContractAddress } from "viem";
import type { VerifyingKey } from "../../node/consensus/prover/verifying-key.ts";
import type { DeploymentParameters } from "./parameters.ts";

const PARTS = [
  "token",
  "accessManager",
  "beacon",
  "verifier",
  "vault",
  "registry",
  "spacetime",
  "opening",
  "changes",
  "market",
  "channels",
  "downloads",
  "retrieval",
  "rewards",
  "reference",
  "orders",
  "pins",
] as const;
/** Deployed only where the operator wants them: proofs of empty capacity and the programme that pays for those. */
const CAPACITY_PARTS = ["capacityVerifier", "capacity", "programme"] as const;

type Always = (typeof PARTS)[number];
type Optional = (typeof CAPACITY_PARTS)[number];
export type PartName = Always | Optional;
export type Addresses = Readonly<Record<Always, Address> & Partial<Record<Optional, Address>>>;

export type PlanParameters = {
  readonly deployer: Address;
  /** Of the first transaction. */
  readonly nonce: number;
  /** Parts that exist and are not deployed again. */
  readonly given: Readonly<Partial<Record<"token" | "beacon" | "verifier" | "capacityVerifier", Address>>>;
  /** The circuit's key with its K and D, unless a verifier is given. */
  readonly key: CircuitKey | undefined;
  /** Whether the capacity parts are deployed, and their circuit's key unless a verifier is given. */
  readonly capacity: { readonly key: CircuitKey | undefined } | undefined;
  /** Whether the key may be anyone's: its verifier then works on local chains only. */
  readonly development: boolean;
  readonly parameters: DeploymentParameters;
};

export type CircuitKey = { readonly verifyingKey: VerifyingKey; readonly K: number; readonly D: number };

/** One transaction: the contract of a part, or the allowance for the vault's probe of its token. */
export type Step = {
  readonly name: PartName | "allowance";
  /** Its constructor reads what earlier steps made: they must be mined before its gas can be known. */
  readonly readsEarlier: boolean;
};

export type ContractStep = Step & {
  readonly name: PartName;
  readonly source: string;
  readonly args: readonly unknown[];
};

export type Plan = { readonly addresses: Addresses; readonly steps: readonly (ContractStep | Step)[] };

export function planDeployment(options: PlanParameters): Plan {
  const { deployer, nonce, given, capacity } = options;
  const parts: readonly PartName[] = capacity === undefined ? PARTS : [...PARTS, ...CAPACITY_PARTS];
  const names: Step["name"][] = parts.filter((name) => !(name in given));
  names.splice(names.indexOf("vault"), 0, "allowance");
  const at = (name: PartName): Address =>
    given[name as keyof typeof given] ??
    getContractAddress({ from: deployer, nonce: BigInt(nonce + names.indexOf(name)) });
  const addresses = Object.fromEntries(parts.map((name) => [name, at(name)])) as Addresses;
  const contracts = contractsOf(addresses, options);
  return {
    addresses,
    steps: names.map((name) =>
      name === "allowance"
        ? { name, readsEarlier: true }
        : { name, readsEarlier: READERS.has(name), ...contracts[name]() },
    ),
  };
}

/** The rewards read the market too, but the retrieval before them has waited for it. */
const READERS: ReadonlySet<PartName> = new Set(["vault", "spacetime", "opening", "market", "retrieval", "capacity"]);

type Contract = { readonly source: string; readonly args: readonly unknown[] };

function contractsOf(
  addresses: Addresses,
  { deployer, key, capacity: capacityKey, development, parameters }: PlanParameters,
): Record<PartName, () => Contract> {
  const { token, accessManager, beacon, verifier, vault, registry, spacetime } = addresses;
  const { opening, changes, market, channels, downloads, retrieval, rewards, reference, orders, pins } = addresses;
  const { capacityVerifier, capacity, programme } = addresses;
  const verifierOf = (key: CircuitKey | undefined): Contract => ({
    source: `contracts/verifiers/${development ? "DevelopmentVerifier" : "Groth16Verifier"}.sol`,
    args: [key?.verifyingKey, key?.K, key?.D],
  });
  const modules = [registry, market, channels, downloads, retrieval, rewards, orders, pins];
  return {
    token: () => ({ source: "contracts/HoldfastToken.sol", args: [parameters.supply] }),
    accessManager: () => ({ source: "@openzeppelin/contracts/access/manager/AccessManager.sol", args: [deployer] }),
    beacon: () => ({ source: "contracts/beacons/BlockhashBeacon.sol", args: [] }),
    verifier: () => verifierOf(key),
    // In this order for good: who knows the market's address finds the channels, and what follows them, by their places.
    vault: () => ({
      source: "contracts/Vault.sol",
      args: [token, programme === undefined ? modules : [...modules, programme]],
    }),
    registry: () => ({
      source: "contracts/ProviderRegistry.sol",
      args: [vault, spacetime, retrieval, parameters.registry],
    }),
    spacetime: () => ({
      source: "contracts/SpacetimeProofs.sol",
      args: [parameters.spacetime, registry, market, verifier, beacon, pins],
    }),
    opening: () => ({
      source: "contracts/market/DealOpening.sol",
      args: [vault, registry, spacetime, orders, parameters.market.protocolFeeBps],
    }),
    changes: () => ({
      source: "contracts/market/DealChanges.sol",
      args: [vault, registry, spacetime, orders, parameters.market],
    }),
    market: () => ({
      source: "contracts/StorageMarket.sol",
      args: [vault, registry, spacetime, orders, accessManager, parameters.market, opening, changes],
    }),
    channels: () => ({ source: "contracts/PaymentChannels.sol", args: [vault, parameters.closeDelay] }),
    downloads: () => ({
      source: "contracts/StrictDownload.sol",
      args: [vault, market, parameters.downloads.protocolFeeBps, parameters.downloads.disputeBlocks],
    }),
    retrieval: () => ({
      source: "contracts/ForcedRetrieval.sol",
      args: [vault, market, registry, spacetime, parameters.retrieval],
    }),
    rewards: () => ({
      source: "contracts/RewardPool.sol",
      args: [vault, market, spacetime, downloads, parameters.rewardBps],
    }),
    pins: () => ({
      source: "contracts/AuditPins.sol",
      args: [vault, market, spacetime, parameters.minimumPinFee],
    }),
    reference: () => ({
      source: "contracts/ReferencePrice.sol",
      args: [vault, registry, spacetime, parameters.reference],
    }),
    orders: () => ({
      source: "contracts/OrderBook.sol",
      args: [vault, market, reference, parameters.orders],
    }),
    capacityVerifier: () => verifierOf(capacityKey?.key),
    capacity: () => ({
      source: "contracts/CapacityProofs.sol",
      args: [registry, spacetime, capacityVerifier],
    }),
    programme: () => ({
      source: "contracts/CapacityProgramme.sol",
      args: [vault, registry, spacetime, capacity, parameters.programme],
    }),
  };
}
