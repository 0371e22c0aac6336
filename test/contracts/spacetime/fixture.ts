/** A SpacetimeProofs deployment with an account for a market, for tests whose subject is the lane and not the proof. */
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { AddressLike, BaseContract } from "ethers";
import { network } from "hardhat";
import { type Hex, keccak256, numberToHex } from "viem";

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
  const asMarket = callsOfMarket(spacetime.connect(market) as typeof spacetime, registry);
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

/**
 * SpacetimeProofs for its market: `add` takes provider, m and root, makes an offer's hash up and says what the registry says of
 * the stake; `retire` forgets nothing unless it is told to.
 */
export function callsOfMarket<T extends BaseContract>(spacetime: T, registry: BaseContract): T {
  const add = spacetime.getFunction("add");
  const retire = spacetime.getFunction("retire");
  const args = async (provider: AddressLike, m: number, root: Hex, offerHash: Hex = keccak256(root)) =>
    [provider, m, root, offerHash, await registry.getFunction("stakeOf")(provider)] as const;
  type Few = Parameters<typeof args>;
  const calls = {
    add: Object.assign(async (...few: Few) => add(...(await args(...few))), {
      staticCall: async (...few: Few) => add.staticCall(...(await args(...few))),
    }),
    retire: (provider: AddressLike, root: Hex, forget = false) => retire(provider, root, forget),
  };
  return new Proxy(spacetime, { get: (target, name) => Reflect.get(name in calls ? calls : target, name) });
}

export type LaneFixture = Awaited<ReturnType<typeof deployLane>>;

/** A made-up root, for tests that never open it. */
export function rootOf(n: number): Hex {
  return numberToHex(n + 1, { size: 32 });
}
