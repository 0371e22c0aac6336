/** The in-process chain by its bare RPC: a step costs a fraction of a millisecond here, where a typed client takes ten. */
import type { network } from "hardhat";
import { type Abi, type Address, type Hex, toFunctionSelector } from "viem";
import { errorsAbi } from "../../../node/consensus/abi.ts";

type Connection = Awaited<ReturnType<typeof network.create>>;

/** A transaction as the chain takes it. */
export interface Sent {
  readonly from: Address;
  readonly to: Address;
  readonly data: Hex;
}

const GAS = "0x1000000"; // the most that a transaction may have
const GWEI = 10n ** 9n;

const selectors = new Map(
  (errorsAbi as Abi).flatMap((item) =>
    item.type === "error"
      ? [[toFunctionSelector(`${item.name}(${item.inputs.map(({ type }) => type).join(",")})`), item.name] as const]
      : [],
  ),
);
for (const [signature, name] of [
  ["ERC20InsufficientBalance(address,uint256,uint256)", "ERC20InsufficientBalance"],
  ["ERC20InsufficientAllowance(address,uint256,uint256)", "ERC20InsufficientAllowance"],
  ["ERC2612InvalidSigner(address,address)", "ERC2612"],
  ["ERC2612ExpiredSignature(uint256)", "ERC2612"],
  ["SafeERC20FailedOperation(address)", "SafeERC20FailedOperation"],
  ["Panic(uint256)", "Panic"],
] as const) {
  selectors.set(toFunctionSelector(signature), name);
}

export class FastChain {
  readonly #provider: Connection["provider"];

  constructor({ provider }: Connection) {
    this.#provider = provider;
  }

  request<T>(method: string, ...params: unknown[]): Promise<T> {
    return this.#provider.request({ method, params }) as Promise<T>;
  }

  /** In a block of its own; the name of the error that it reverts with, or undefined. */
  async send({ from, to, data }: Sent): Promise<string | undefined> {
    try {
      await this.request("eth_sendTransaction", { from, to, data, gas: GAS, gasPrice: hex(10n * GWEI) });
      return undefined;
    } catch (error) {
      return errorOf(error);
    }
  }

  /** All in one block, in this order; whether each went through. */
  async sendTogether(calls: readonly Sent[]): Promise<boolean[]> {
    await this.request("evm_setAutomine", false);
    const hashes: Hex[] = [];
    for (const [i, { from, to, data }] of calls.entries()) {
      // Miners take the dearest first.
      const gasPrice = hex((1000n - BigInt(i)) * GWEI);
      hashes.push(await this.request("eth_sendTransaction", { from, to, data, gas: "0xb00000", gasPrice }));
    }
    await this.request("evm_mine");
    await this.request("evm_setAutomine", true);
    const done: boolean[] = [];
    for (const hash of hashes) {
      const receipt = await this.request<{ status: Hex; transactionIndex: Hex }>("eth_getTransactionReceipt", hash);
      if (Number(receipt.transactionIndex) !== done.length) throw new Error("the block has another order");
      done.push(receipt.status === "0x1");
    }
    return done;
  }

  /** The whole answer, as hex. */
  call(to: Address, data: Hex): Promise<Hex> {
    return this.request("eth_call", { to, data, gas: GAS }, "latest");
  }

  /** Events of a contract from a block on. */
  logsOf(address: Address, fromBlock: bigint): Promise<readonly { topics: readonly Hex[]; data: Hex }[]> {
    return this.request("eth_getLogs", { address, fromBlock: hex(fromBlock), toBlock: "latest" });
  }

  async mine(blocks: bigint): Promise<void> {
    if (blocks > 0n) await this.request("hardhat_mine", hex(blocks));
  }

  async blockNumber(): Promise<bigint> {
    return BigInt(await this.request<Hex>("eth_blockNumber"));
  }

  snapshot(): Promise<Hex> {
    return this.request("evm_snapshot");
  }

  /** Back to a snapshot, which is used up by it. */
  async revert(snapshot: Hex): Promise<void> {
    if (!(await this.request("evm_revert", snapshot))) throw new Error(`there is no snapshot ${snapshot}`);
  }
}

function errorOf(error: unknown): string {
  const data = (error as { data?: unknown }).data;
  if (typeof data !== "string" || !data.startsWith("0x")) throw error;
  return selectors.get(data.slice(0, 10) as Hex) ?? `error ${data.slice(0, 10)}`;
}

function hex(value: bigint): Hex {
  return `0x${value.toString(16)}`;
}
