/** Brings a block's header, and for drand the round's signature, to a beacon that keeps what it is brought. */
import {
  type Address,
  type BaseError,
  ContractFunctionRevertedError,
  type Hex,
  type PublicClient,
  type WalletClient,
} from "viem";
import { HoldfastError } from "../../node/common/errors.ts";
import { headerAt, uncompressed } from "../../node/consensus/randomness.ts";
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
  const { header } = await headerAt(publicClient, carrier);
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
