/** A SpacetimeProofs deployment with an account for a market, for tests whose subject is the lane and not the proof. */
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { network } from "hardhat";
import { type Hex, numberToHex } from "viem";

export const PERIOD = 100n;
export const WINDOW_LENGTH = 60n;
/** One base unit of stake an element and miss. */
export const BETA = 2n ** 64n;
export const MAX_WEIGHT = 2n ** 36n;
export const GOOD_PROOF = [1n, 0n, 0n, 0n, 0n, 0n, 0n, 0n] as const;
export const BAD_PROOF = [0n, 0n, 0n, 0n, 0n, 0n, 0n, 0n] as const;

export type LaneOptions = { K?: number; D?: number; maxWeight?: bigint; beta?: bigint };

/** Provider, market, outsider are accounts; the registry holds whatever stake a test gives it; proof[0] = 1 is good. */
export async function deployLane({ K = 4, D = 9, maxWeight = MAX_WEIGHT, beta = BETA }: LaneOptions = {}) {
  const { ethers, networkHelpers, provider: rpc } = await network.create();
  const [deployer, market, provider, outsider] = (await ethers.getSigners()) as [
    HardhatEthersSigner,
    HardhatEthersSigner,
    HardhatEthersSigner,
    HardhatEthersSigner,
  ];
  const beacon = await ethers.deployContract("BlockhashBeacon");
  const verifier = await ethers.deployContract("VerifierMock", [K, D]);
  const registry = await ethers.deployContract("RegistryMock");
  const spacetime = await ethers.deployContract("SpacetimeProofs", [
    { genesis: 0n, period: PERIOD, windowLength: WINDOW_LENGTH, beta, maxWeight },
    registry,
    market,
    verifier,
    beacon,
    market, // for pins too
  ]);
  await registry.setStake(provider, 2n ** 100n);

  /** Mines so that the next transaction is in this block. */
  async function goTo(block: bigint): Promise<void> {
    const latest = BigInt(await networkHelpers.time.latestBlock());
    if (latest + 1n > block) throw new RangeError(`block ${block} is past: the next is ${latest + 1n}`);
    if (latest + 1n < block) await networkHelpers.mine(block - 1n - latest);
  }
  const opening = (window: bigint): Promise<bigint> => spacetime.openingOf(provider, window);
  const asMarket = spacetime.connect(market) as typeof spacetime;
  const asOutsider = spacetime.connect(outsider) as typeof spacetime;
  return {
    ethers,
    networkHelpers,
    rpc,
    deployer,
    market,
    provider,
    outsider,
    beacon,
    verifier,
    registry,
    spacetime,
    goTo,
    opening,
    asMarket,
    asOutsider,
  };
}

export type LaneFixture = Awaited<ReturnType<typeof deployLane>>;

/** A made-up root, for tests that never open it. */
export function rootOf(n: number): Hex {
  return numberToHex(n + 1, { size: 32 });
}
