/** A vault of its own, with plain accounts as modules: what a module may do needs no contract to show. */
import type { HardhatEthers, HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { type BaseContract, type Contract, getCreateAddress, MaxUint256 } from "ethers";

export const BUCKET = { Accounts: 0, Escrows: 1, Stakes: 2, Collateral: 3, Bonds: 4, Channels: 5, Pools: 6, Burned: 7 };
export const BUCKETS = Object.values(BUCKET);

/** Deploys a vault as the first signer, whose approval of the probe has to come first. */
export async function deployVault(
  ethers: HardhatEthers,
  token: BaseContract,
  modules: readonly string[],
): Promise<Contract> {
  const [deployer] = await ethers.getSigners();
  const nonce = await deployer!.getNonce();
  const address = getCreateAddress({ from: deployer!.address, nonce: nonce + 1 });
  await (token.getFunction("approve")(address, 1000n) as Promise<unknown>);
  return ethers.deployContract("Vault", [token, modules]);
}

/** A vault with two modules; client, provider and outsider approve it, and the client has 1,000 units inside. */
export async function deployVaultSystem(ethers: HardhatEthers) {
  const [deployer, market, registry, client, provider, outsider] = (await ethers.getSigners()) as [
    HardhatEthersSigner,
    HardhatEthersSigner,
    HardhatEthersSigner,
    HardhatEthersSigner,
    HardhatEthersSigner,
    HardhatEthersSigner,
  ];
  const token = await ethers.deployContract("HoldfastToken", [10n ** 24n]);
  const vault = await deployVault(ethers, token, [market.address, registry.address]);
  for (const account of [client, provider, outsider]) {
    await token.transfer!(account, 10_000n);
    await as(token, account).approve!(vault, MaxUint256);
  }
  await as(vault, client).deposit!(1_000n);
  return { deployer, market, registry, client, provider, outsider, token, vault };
}

/** The same contract, called by another account. */
export function as(contract: Contract, signer: HardhatEthersSigner): Contract {
  return contract.connect(signer) as Contract;
}

/** Signs an ERC-2612 permit of the vault for `amount`, as `depositWithPermit` takes it. */
export async function signPermit(
  token: Contract,
  owner: HardhatEthersSigner,
  spender: string,
  amount: bigint,
  deadline: bigint,
) {
  const { name, version, chainId, verifyingContract } = await token.eip712Domain!();
  const types = {
    Permit: [
      { name: "owner", type: "address" },
      { name: "spender", type: "address" },
      { name: "value", type: "uint256" },
      { name: "nonce", type: "uint256" },
      { name: "deadline", type: "uint256" },
    ],
  };
  const nonce: bigint = await token.nonces!(owner);
  const message = { owner: owner.address, spender, value: amount, nonce, deadline };
  const bytes = await owner.signTypedData({ name, version, chainId, verifyingContract }, types, message);
  const r = bytes.slice(0, 66);
  const s = `0x${bytes.slice(66, 130)}`;
  const v = Number.parseInt(bytes.slice(130), 16);
  return { amount, deadline, v, r, s };
}

/** Fails unless the vault's tokens cover its liabilities and these are the sum of its buckets. */
export async function requireSolvent(vault: Contract, token: Contract): Promise<void> {
  const liabilities: bigint = await vault.totalLiabilities!();
  const balance: bigint = await token.balanceOf!(vault);
  if (balance < liabilities) throw new Error(`the vault owes ${liabilities} and has ${balance}`);
  const totals: bigint[] = await Promise.all(BUCKETS.map((bucket) => vault.totalOf!(bucket)));
  const sum = totals.reduce((a, b) => a + b, 0n);
  if (sum !== liabilities) throw new Error(`the buckets hold ${sum}, the vault owes ${liabilities}`);
}
