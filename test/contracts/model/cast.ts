/** Who acts: keys of the test chain, and one provider that is a contract. */
import type { Address, Hex, LocalAccount } from "viem";
import { mnemonicToAccount } from "viem/accounts";

export interface Actor {
  readonly name: string;
  /** In the market. */
  readonly address: Address;
  /** The key that signs and sends. */
  readonly account: LocalAccount;
  /** The actor is a contract that its account owns (contracts/mocks/WalletMock.sol). */
  readonly isContract: boolean;
}

const MNEMONIC = "test test test test test test test test test test test junk";

function actor(name: string, addressIndex: number, contract?: Address): Actor {
  const account = mnemonicToAccount(MNEMONIC, { addressIndex });
  return { name, address: contract ?? account.address, account, isContract: contract !== undefined };
}

export type Cast = ReturnType<typeof castOf>;

/** The first account deploys. The dealer is a client and a provider, and deals with itself. */
export function castOf(wallet: Address) {
  const deployer = actor("deployer", 0);
  const dealer = actor("dealer", 7);
  const honest = actor("honest provider", 3);
  const contract = actor("contract provider", 10, wallet);
  const clients = [actor("client 1", 1), actor("client 2", 2), dealer];
  const providers = [honest, actor("provider 2", 4), actor("provider 3", 5), actor("provider 4", 6), dealer, contract];
  const outsider = actor("outsider", 8);
  const steward = actor("steward", 9);
  const everybody = [...new Set([deployer, ...clients, ...providers, outsider, steward])];
  return { deployer, clients, providers, honest, dealer, contract, outsider, steward, everybody };
}

export async function signDigest({ account }: Actor, digest: Hex): Promise<Hex> {
  return account.sign!({ hash: digest });
}
