/** Brings a block's header, and for drand the round's signature, to a beacon that keeps what it is brought. */
import { bls12_381 } from "@noble/curves/bls12-381.js";
import {
  type Address,
  type BaseError,
  ContractFunctionRevertedError,
  type Hex,
  numberToHex,
  type PublicClient,
  type WalletClient,
} from "viem";
import { HoldfastError } from "../../node/common/errors.ts";
import { headerOf, type RpcBlock } from "../../node/consensus/block-header.ts";
import { readArtifact } from "./artifacts.ts";

export type RecordParameters = {
  readonly publicClient: PublicClient;
  /** With an account. */
  readonly walletClient: WalletClient;
  readonly beacon: Address;
  /** What the beacon is to answer for: a window's opening. */
  readonly block: bigint;
  /** drand's 48 bytes of the round that belongs to the block; without it the beacon is a PrevrandaoBeacon. */
  readonly signature?: Hex;
};

/** The randomness that the beacon answers with afterwards. Throws HoldfastError BLOCK_UNKNOWN, HEADER_UNKNOWN, SIGNATURE_INVALID, RECORD_REFUSED. */
export async function recordRandomness(parameters: RecordParameters): Promise<Hex> {
  const { publicClient, walletClient, beacon, block, signature } = parameters;
  const { abi } = readArtifact(`contracts/beacons/${signature === undefined ? "Prevrandao" : "Drand"}Beacon.sol`);
  const carrier =
    signature === undefined
      ? block + ((await publicClient.readContract({ address: beacon, abi, functionName: "DELAY" })) as bigint)
      : block;
  const found = (await publicClient.request({
    method: "eth_getBlockByNumber",
    params: [numberToHex(carrier), false],
  })) as unknown as RpcBlock | null;
  // A block cannot see its own hash, and calls are simulated in the latest one.
  if (found === null || (await publicClient.getBlockNumber({ cacheTime: 0 })) <= carrier) {
    throw new HoldfastError("BLOCK_UNKNOWN", `No block follows block ${carrier} yet; try again when one does.`);
  }
  const header = headerOf(found);
  const args = signature === undefined ? [header] : [header, uncompressed(signature)];
  const { request } = await publicClient
    .simulateContract({ address: beacon, abi, functionName: "record", args, account: walletClient.account! })
    .catch((cause: BaseError) => {
      const revert = cause.walk((error) => error instanceof ContractFunctionRevertedError);
      const name = revert instanceof ContractFunctionRevertedError ? revert.data?.errorName : undefined;
      const message = `The beacon does not take it (${name ?? cause.shortMessage}); check block and signature.`;
      throw new HoldfastError("RECORD_REFUSED", message, { cause });
    });
  const hash = await walletClient.writeContract({ ...request, chain: null });
  await publicClient.waitForTransactionReceipt({ hash });
  return (await publicClient.readContract({
    address: beacon,
    abi,
    functionName: "randomnessAt",
    args: [block],
  })) as Hex;
}

/** A point as the contract takes it: each coordinate's upper 128 bits, then its lower 256. */
function uncompressed(signature: Hex): Record<"xHigh" | "xLow" | "yHigh" | "yLow", bigint> {
  try {
    const { x, y } = bls12_381.G1.Point.fromHex(signature.slice(2)).toAffine();
    const low = 2n ** 256n;
    return { xHigh: x / low, xLow: x % low, yHigh: y / low, yLow: y % low };
  } catch (cause) {
    const message = "The signature is not the 48 bytes of a point of BLS12-381; copy it as drand publishes it.";
    throw new HoldfastError("SIGNATURE_INVALID", message, { cause });
  }
}
