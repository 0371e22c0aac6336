/** Capacity proofs beside a lane, over a verifier that takes what a test calls a good proof. */
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { numberToHex } from "viem";
import { deployLane, type LaneOptions, rootOf } from "../spacetime/fixture.ts";

export const K = 2;
export const D = 5;

/** `provider` and `outsider` are registered; sectors have made-up roots. */
export async function deployCapacity(options: LaneOptions = {}) {
  const lane = await deployLane({ K, D, ...options });
  const { ethers, registry, spacetime, verifier, provider, outsider, goTo, opening } = lane;
  await registry.setStake(outsider, 1n);
  const capacity = await ethers.deployContract("CapacityProofs", [registry, spacetime, verifier]);
  const asOutsider = capacity.connect(outsider) as typeof capacity;
  const own = capacity.connect(provider) as typeof capacity;

  /** Adds sectors of these sizes to the provider, numbered from `first`. */
  async function fill(sizes: readonly number[], first = 1): Promise<void> {
    for (const [i, m] of sizes.entries()) await own.addSector(first + i, m, rootOf(1_000 + first + i));
  }
  const idOf = async (sector: number, who: HardhatEthersSigner = provider): Promise<string> =>
    capacity.idOf(who, sector);
  /** The next transaction is `blocks` after the window's opening. */
  const intoWindow = async (window: bigint, blocks = 2n): Promise<void> => goTo((await opening(window)) + blocks);
  const elementsIn = async (window: bigint, who: HardhatEthersSigner = provider): Promise<bigint> =>
    capacity.provenCapacity(who, window);
  return { ...lane, capacity, own, asOutsider, fill, idOf, intoWindow, elementsIn };
}

/** A made-up replica's root. */
export const replica = (n: number) => numberToHex(50_000 + n, { size: 32 });
