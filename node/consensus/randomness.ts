// Brings a beacon that keeps what it is brought the value of a block: the header that proves it, and for drand the signature.

import { bls12_381 } from "@noble/curves/bls12-381.js";
import { type Hex, numberToHex, type PublicClient } from "viem";
import { HoldfastError } from "../common/errors.ts";
import { drandBeaconAbi, prevrandaoBeaconAbi } from "./abi.ts";
import { headerOf, type RpcBlock } from "./block-header.ts";
import { read, write } from "./call.ts";
import type { SigningChain } from "./chain.ts";
import type { SendOptions } from "./sender.ts";

/** drand's 48 bytes of a round, as it publishes them. */
export type SignatureOf = (round: bigint) => Promise<Hex>;

/**
 * Records what the beacon is to answer with for `block`, a window's opening; recorded twice it is the same. Throws `BLOCK_UNKNOWN`
 * while the block that carries the value is not followed by another, `HEADER_UNKNOWN`, `SIGNATURE_INVALID`, and what
 * `write` and `signatureOf` throw.
 */
export async function recordRandomness(
  chain: SigningChain,
  block: bigint,
  signatureOf: SignatureOf,
  options?: SendOptions,
): Promise<void> {
  const address = chain.addresses.beacon;
  if (await isDrand(chain)) {
    const { header, timestamp } = await headerAt(chain.publicClient, block);
    const round = await read(chain, { address, abi: drandBeaconAbi, functionName: "roundAfter", args: [timestamp] });
    const args = [header, uncompressed(await signatureOf(round))] as const;
    await write(chain, { address, abi: drandBeaconAbi, functionName: "record", args }, options);
    return;
  }
  const prevrandao = { address, abi: prevrandaoBeaconAbi } as const;
  const delay = await read(chain, { ...prevrandao, functionName: "DELAY", args: [] });
  const { header } = await headerAt(chain.publicClient, block + delay);
  await write(chain, { ...prevrandao, functionName: "record", args: [header] }, options);
}

/** The other beacon that is brought its values does not know rounds. */
async function isDrand(chain: SigningChain): Promise<boolean> {
  const call = {
    address: chain.addresses.beacon,
    abi: drandBeaconAbi,
    functionName: "roundAfter",
    args: [0n],
  } as const;
  try {
    await read(chain, call);
    return true;
  } catch (error) {
    if ((error as HoldfastError).code === "CHAIN_UNREACHABLE") throw error;
    return false;
  }
}

/** The header of a block and its time. Throws `BLOCK_UNKNOWN` for the latest one too: calls cannot see its hash yet. */
export async function headerAt(client: PublicClient, number: bigint): Promise<{ header: Hex; timestamp: bigint }> {
  const found = (await client.request({
    method: "eth_getBlockByNumber",
    params: [numberToHex(number), false],
  })) as unknown as RpcBlock | null;
  if (found === null || (await client.getBlockNumber({ cacheTime: 0 })) <= number) {
    throw new HoldfastError("BLOCK_UNKNOWN", `No block follows block ${number} yet; try again when one does.`);
  }
  return { header: headerOf(found), timestamp: BigInt(found.timestamp as Hex) };
}

/** A point as the contract takes it: each coordinate's upper 128 bits, then its lower 256. Throws `SIGNATURE_INVALID`. */
export function uncompressed(signature: Hex): Record<"xHigh" | "xLow" | "yHigh" | "yLow", bigint> {
  try {
    const { x, y } = bls12_381.G1.Point.fromHex(signature.slice(2)).toAffine();
    const low = 2n ** 256n;
    return { xHigh: x / low, xLow: x % low, yHigh: y / low, yLow: y % low };
  } catch (cause) {
    const message = "The signature is not the 48 bytes of a point of BLS12-381; copy it as drand publishes it.";
    throw new HoldfastError("SIGNATURE_INVALID", message, { cause });
  }
}
