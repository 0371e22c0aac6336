/** A registry over proofs whose answers a test sets. */
import type { HardhatEthers, HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { getCreateAddress, MaxUint256 } from "ethers";
import { as, deployVault } from "./vault.ts";

export const MINIMUM = 1_000n;
export const DELAY = 20n;

/** With a provider that has 100,000 units in the vault. */
export async function deployRegistry(ethers: HardhatEthers) {
  const [deployer, provider, outsider, auditor, rewards, launcher] = (await ethers.getSigners()) as [
    HardhatEthersSigner,
    HardhatEthersSigner,
    HardhatEthersSigner,
    HardhatEthersSigner,
    HardhatEthersSigner,
    HardhatEthersSigner,
  ];
  const token = await ethers.deployContract("HoldfastToken", [10n ** 24n]);
  const spacetime = await ethers.deployContract("SpacetimeMock");
  const retrieval = await ethers.deployContract("RetrievalMock");
  const nonce = await deployer.getNonce();
  const vault = await deployVault(ethers, token, [
    getCreateAddress({ from: deployer.address, nonce: nonce + 2 }),
    rewards.address,
    // What this account deploys first is a module too.
    getCreateAddress({ from: launcher.address, nonce: 0 }),
  ]);
  const registry = await ethers.deployContract("ProviderRegistry", [
    vault,
    spacetime,
    retrieval,
    { minimumStake: MINIMUM, unbondingDelay: DELAY },
  ]);
  await token.approve!(vault, MaxUint256);
  await vault.depositFor!(provider, 100_000n);
  /** What the proofs say of the provider. */
  const lane = (accounted: boolean, required: bigint, weight: bigint, suspended = false) =>
    spacetime.set!(provider, accounted, required, weight, suspended);
  const slash = (amount: bigint, caller: string) => spacetime.slash!(registry, provider, amount, caller);
  /** As a module that rewards: the money is in the provider's account already. */
  const earn = (amount: bigint) => as(registry, rewards).stakeEarned!(provider, amount);
  await lane(true, 0n, 0n);
  return {
    provider,
    outsider,
    auditor,
    rewards,
    launcher,
    token,
    vault,
    spacetime,
    retrieval,
    registry,
    own: as(registry, provider),
    lane,
    slash,
    earn,
  };
}

/** The same with a stake of 50,000. */
export async function deployStaked(ethers: HardhatEthers) {
  const all = await deployRegistry(ethers);
  await all.own.stake!(50_000n);
  return all;
}
