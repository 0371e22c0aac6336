/** A chain whose block headers a test can bring to a beacon. */
import { network } from "hardhat";
import { type Hex, numberToHex } from "viem";
import { headerOf, type RpcBlock } from "../../../node/consensus/block-header.ts";

/** @param initialDate of the chain's first block; now, unless told */
export async function openChain(initialDate = new Date(), hardfork: "cancun" | "osaka" = "osaka") {
  const { ethers, networkHelpers, provider } = await network.create({ override: { initialDate, hardfork } });
  const blockAt = async (number: number): Promise<RpcBlock> =>
    (await provider.request({ method: "eth_getBlockByNumber", params: [numberToHex(number), false] })) as RpcBlock;
  return {
    ethers,
    networkHelpers,
    provider,
    blockAt,
    headerAt: async (number: number): Promise<Hex> => headerOf(await blockAt(number)),
    /** Mines a block with this prevrandao and returns its number. */
    mineWith: async (randao: Hex): Promise<number> => {
      await provider.request({ method: "hardhat_setPrevRandao", params: [randao] });
      await networkHelpers.mine();
      return networkHelpers.time.latestBlock();
    },
  };
}
