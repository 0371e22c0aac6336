/** Providers that fill unused space, prove it, and give it up when a replica comes. */
import { type Hex, zeroHash } from "viem";
import { capacityProgrammeAbi, capacityProofsAbi } from "../../../../node/consensus/abi.ts";
import {
  addSector,
  collect,
  keepFrom,
  proveCapacity,
  removeSector,
  spaceOf,
  yieldTo,
} from "../../../../node/data/model/capacity.ts";
import { windowsOf } from "../../../../node/data/model/lanes.ts";
import { claimCapacity } from "../../../../node/data/model/programme.ts";
import type { Random } from "../../../fixtures/random.ts";
import type { Actor } from "../cast.ts";
import { type Action, chance, encode, type Intent, pick, type World } from "../world.ts";
import { freshWord, shuffled } from "./deals.ts";

/** Numbers that a provider gives its sectors; one more than it may have of them. */
const NUMBERS = 17;

export const adding: Action = (world, dice) => {
  const actor = chance(dice, 95) ? pick(dice, world.cast.providers) : world.cast.outsider;
  const numbers = chance(dice, 10) ? NUMBERS : dice.between(1, 3);
  return Array.from({ length: numbers }, () => {
    const sector = dice.between(0, NUMBERS - 1);
    const m = pick(dice, [13, 13, 13, 13, 14, chance(dice, 20) ? pick(dice, [12, 16]) : 13]);
    const root = chance(dice, 97) ? freshWord(world, "sector") : zeroHash;
    return {
      name: "addSector",
      ...encode(actor, world.addresses.capacity, capacityProofsAbi, "addSector", [BigInt(sector), m, root]),
      apply: (call) => addSector(call, sector, { m, root }),
    } satisfies Intent;
  });
};

export const ending: Action = (world, dice) => {
  const provider = withSpace(world, dice);
  const held = [...world.state.sectors]
    .filter(([key, { active }]) => key.startsWith(`${provider.address}/`) && (active || chance(dice, 5)))
    .map(([key]) => Number(key.split("/")[1]));
  const { capacity } = world.addresses;
  switch (dice.between(0, 5)) {
    case 0: {
      const sector = held.length > 0 ? pick(dice, held) : 0;
      return [
        {
          name: "removeSector",
          ...encode(provider, capacity, capacityProofsAbi, "removeSector", [BigInt(sector)]),
          apply: (call) => removeSector(call, sector),
        },
      ];
    }
    case 1: {
      const yields = spaceOf(world.state, provider.address).yields;
      const replica = yields.length > 0 ? pick(dice, yields).replica : zeroHash;
      return [
        {
          name: "keepFrom",
          ...encode(provider, capacity, capacityProofsAbi, "keepFrom", [replica]),
          apply: (call) => keepFrom(call, replica),
        },
      ];
    }
    case 2:
      return [
        {
          name: "collect",
          ...encode(pick(dice, world.cast.everybody), capacity, capacityProofsAbi, "collect", [provider.address]),
          apply: (call) => collect(call, provider.address),
        },
      ];
    default: {
      const sectors = shuffled(dice, held).slice(0, dice.between(0, chance(dice, 10) ? NUMBERS : 3));
      const replica = someReplica(world, dice, provider);
      return [
        {
          name: "yieldTo",
          ...encode(provider, capacity, capacityProofsAbi, "yieldTo", [sectors.map(BigInt), replica]),
          apply: (call) => yieldTo(call, sectors, replica),
        },
      ];
    }
  }
};

/** Mostly of an open window; now and then wrong, twice, early or late. */
export const proving: Action = (world, dice) => {
  const { address } = withSpace(world, dice);
  const { closed } = windowsOf({ rules: world.rules, block: world.block + 1n }, address);
  const window = Math.max(0, closed + (chance(dice, 90) ? 0 : pick(dice, [-1, 1])));
  const good = chance(dice, 92);
  const args = [address, window, [good ? 1n : 2n, 0n, 0n, 0n, 0n, 0n, 0n, 0n], 1n];
  return [
    {
      name: "proveCapacity",
      ...encode(pick(dice, world.cast.everybody), world.addresses.capacity, capacityProofsAbi, "submitProof", args),
      apply: (call) => proveCapacity(call, address, window, good),
    },
  ];
};

export const claiming: Action = (world, dice) => {
  const { address } = withSpace(world, dice);
  const maxWindows = pick(dice, [0, 1, 3, 1000, 1000]);
  const args = [address, BigInt(maxWindows)];
  return [
    {
      name: "claimCapacity",
      ...encode(pick(dice, world.cast.everybody), world.addresses.programme, capacityProgrammeAbi, "claim", args),
      apply: (call) => claimCapacity(call, address, maxWindows),
    },
  ];
};

/** Mostly one that has any. */
function withSpace(world: World, dice: Random): Actor {
  const having = world.cast.providers.filter(({ address }) => spaceOf(world.state, address).sectors > 0);
  return having.length > 0 && chance(dice, 90) ? pick(dice, having) : pick(dice, world.cast.providers);
}

/** One that may come, the one that others wait for too, or one that is in the bag. */
function someReplica(world: World, dice: Random, { address }: Actor): Hex {
  const waiting = spaceOf(world.state, address).yields;
  if (waiting.length > 0 && chance(dice, 30)) return pick(dice, waiting).replica;
  const known = [...world.state.records.keys()].filter((key) => key.startsWith(address));
  if (known.length > 0 && chance(dice, 10)) return pick(dice, known).split("/")[1] as Hex;
  return freshWord(world, "root");
}
