// The ERC-20 that everything is paid in.

import { type Address, type Hex, parseSignature } from "viem";
import { holdfastTokenAbi } from "./abi.ts";
import { read, write } from "./call.ts";
import { type Chain, requireSigner } from "./chain.ts";
import type { SendOptions } from "./sender.ts";

/** An ERC-2612 permit for the vault, as the contracts take it. */
export interface PermitDeposit {
  amount: bigint;
  deadline: bigint;
  v: number;
  r: Hex;
  s: Hex;
}

const token = (chain: Chain) => ({ address: chain.addresses.token, abi: holdfastTokenAbi }) as const;

/** Base units in `owner`'s own hands, outside the vault. */
export function balanceOf(chain: Chain, owner: Address, blockNumber?: bigint): Promise<bigint> {
  return read(chain, { ...token(chain), functionName: "balanceOf", args: [owner], blockNumber });
}

/** Decimal places of a whole token. */
export function decimals(chain: Chain): Promise<number> {
  return read(chain, { ...token(chain), functionName: "decimals", args: [] });
}

/** Sends `amount` base units to `to`. */
export function transfer(chain: Chain, to: Address, amount: bigint, options?: SendOptions) {
  return write(chain, { ...token(chain), functionName: "transfer", args: [to, amount] }, options);
}

/**
 * Signs leave for the vault to take `amount` base units from this key until `seconds` from the latest block's time.
 * Nothing is sent: the permit goes into the transaction that needs the tokens.
 */
export async function signPermit(chain: Chain, amount: bigint, seconds = 3600n): Promise<PermitDeposit> {
  const { account, publicClient, addresses, chainId } = requireSigner(chain);
  const [name, nonce, block] = await Promise.all([
    read(chain, { ...token(chain), functionName: "name", args: [] }),
    read(chain, { ...token(chain), functionName: "nonces", args: [account.address] }),
    publicClient.getBlock(),
  ]);
  const deadline = block.timestamp + seconds;
  const signature = await account.signTypedData({
    domain: { name, version: "1", chainId, verifyingContract: addresses.token },
    types: {
      Permit: [
        { name: "owner", type: "address" },
        { name: "spender", type: "address" },
        { name: "value", type: "uint256" },
        { name: "nonce", type: "uint256" },
        { name: "deadline", type: "uint256" },
      ],
    },
    primaryType: "Permit",
    message: { owner: account.address, spender: addresses.vault, value: amount, nonce, deadline },
  });
  const { r, s, yParity } = parseSignature(signature);
  return { amount, deadline, v: yParity + 27, r, s };
}
