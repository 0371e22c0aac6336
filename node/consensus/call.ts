// Reading and writing contracts: the only two places where a call leaves the node.

import {
  type Abi,
  type Address,
  type ContractFunctionArgs,
  type ContractFunctionName,
  type ContractFunctionReturnType,
  type DecodeFunctionResultParameters,
  decodeFunctionResult,
  type EncodeFunctionDataParameters,
  encodeFunctionData,
  type Hex,
  type Log,
  type ReadContractParameters,
} from "viem";
import { type Chain, requireSigner } from "./chain.ts";
import { chainError, revertDataOf, revertError } from "./revert.ts";
import type { SendOptions } from "./sender.ts";

type ReadName<abi extends Abi> = ContractFunctionName<abi, "view" | "pure">;
type WriteName<abi extends Abi> = ContractFunctionName<abi, "nonpayable" | "payable">;

/** A contract function and its arguments. */
export interface Call<abi extends Abi, name extends string, args> {
  address: Address;
  abi: abi;
  functionName: name;
  args: args;
}

/** A transaction that is in a block and succeeded. */
export interface Written<result = unknown> {
  readonly hash: Hex;
  readonly blockNumber: bigint;
  readonly gasUsed: bigint;
  readonly logs: readonly Log<bigint, number, false>[];
  /** What the function returned when it was simulated just before. */
  readonly result: result;
}

/** EDR's and Fusaka's cap per transaction. */
const MAX_GAS = 16_777_216n;

/** Calls a view function. Throws `CHAIN_UNREACHABLE`, `CHAIN_REVERTED`, `CHAIN_REJECTED`. */
export async function read<
  const abi extends Abi,
  name extends ReadName<abi>,
  const args extends ContractFunctionArgs<abi, "view" | "pure", name>,
>(
  chain: Chain,
  call: Call<abi, name, args> & { blockNumber?: bigint | undefined },
): Promise<ContractFunctionReturnType<abi, "view" | "pure", name, args>> {
  try {
    const answer = await chain.publicClient.readContract(call as unknown as ReadContractParameters);
    return answer as ContractFunctionReturnType<abi, "view" | "pure", name, args>;
  } catch (error) {
    throw chainError(call.functionName, error);
  }
}

/**
 * Simulates, sends and waits for the receipt. Both the simulation and the gas estimate run against the pending block, the
 * one that the transaction can be in first: blocks come at an interval, and a window that opened in the latest block can
 * be proven only in the next.
 *
 * Throws `CHAIN_REVERTED` with `errorName` and `args` in its details, before anything is sent when it can be foreseen;
 * `NO_ACCOUNT`, `NO_GAS_FUNDS`, `CHAIN_UNREACHABLE`, `CHAIN_REJECTED`, `TX_TIMEOUT`, `TX_REPLACED`.
 */
export async function write<
  const abi extends Abi,
  name extends WriteName<abi>,
  const args extends ContractFunctionArgs<abi, "nonpayable" | "payable", name>,
>(
  chain: Chain,
  call: Call<abi, name, args>,
  options?: SendOptions,
): Promise<Written<ContractFunctionReturnType<abi, "nonpayable" | "payable", name, args>>> {
  type Result = ContractFunctionReturnType<abi, "nonpayable" | "payable", name, args>;
  const { account, sender, publicClient } = requireSigner(chain);
  const data = encodeFunctionData(call as unknown as EncodeFunctionDataParameters);
  const transaction = { account: account.address, to: call.address, data };
  try {
    const [simulated, gas] = await Promise.all([
      publicClient.call({ ...transaction, blockTag: "pending" }),
      publicClient.estimateGas({ ...transaction, blockTag: "pending" }),
    ]);
    const result = decodeFunctionResult({
      ...call,
      data: simulated.data ?? "0x",
    } as unknown as DecodeFunctionResultParameters) as Result;
    const room = (gas * 13n) / 10n + 50_000n; // the state may move between the estimate and the block
    const receipt = await sender.send({ ...transaction, gas: room < MAX_GAS ? room : MAX_GAS }, options);
    if (receipt.status === "reverted") {
      // The state after that block is what it met: the same call tells the reason, if it has not moved on.
      const again = await publicClient.call({ ...transaction, blockNumber: receipt.blockNumber }).catch(revertDataOf);
      throw revertError(call.functionName, typeof again === "string" ? again : undefined);
    }
    return {
      hash: receipt.transactionHash,
      blockNumber: receipt.blockNumber,
      gasUsed: receipt.gasUsed,
      logs: receipt.logs,
      result,
    };
  } catch (error) {
    throw chainError(call.functionName, error);
  }
}
