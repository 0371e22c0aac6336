/** Providers that prove, late or not at all, and whoever accounts for their misses and sweeps their bags. */
import type { Address, Hex } from "viem";
import { spacetimeProofsAbi } from "../../../../node/consensus/abi.ts";
import { drawsFromBag, laneOf, windowsOf } from "../../../../node/data/model/lanes.ts";
import { account, submitProof, sweep } from "../../../../node/data/model/spacetime.ts";
import type { Actor } from "../cast.ts";
import { type Action, chance, encode, type Intent, pick, type World } from "../world.ts";
import { freshWord } from "./deals.ts";

/** A good proof of a lane's window, by anyone; the verifier of this deployment looks at the first number only. */
export function proofOf(world: World, actor: Actor, provider: Address, window: number, good = true): Intent {
  const proof = [good ? 1n : 2n, 0n, 0n, 0n, 0n, 0n, 0n, 0n];
  return {
    name: "submitProof",
    ...encode(actor, world.addresses.spacetime, spacetimeProofsAbi, "submitProof", [provider, window, proof, 1n]),
    apply: (call) => submitProof(call, provider, window, good),
  };
}

/** Whether a proof of the lane's open window would be taken in the next block. */
export function isDue(world: World, provider: Address): boolean {
  const next = { state: world.state, rules: world.rules, block: world.block + 1n };
  const { drawn, closed } = windowsOf(next, provider);
  const { counts } = laneOf(world.state, provider);
  // In the block of the opening itself its randomness is not known.
  const isOpen = drawn !== closed && windowsOf({ ...next, block: world.block }, provider).drawn === drawn;
  return isOpen && counts !== 0n && drawsFromBag({ ...next, caller: provider, undo: [] }, provider);
}

/** Each provider whose window is open proves it, or does not care. */
export const prove: Action = (world, dice) => {
  const diligence = pick(dice, [100, 85, 40]);
  return world.cast.providers
    .filter(({ address }) => isDue(world, address) && chance(dice, diligence))
    .map((provider) => {
      const { closed } = windowsOf({ rules: world.rules, block: world.block + 1n }, provider.address);
      return proofOf(world, chance(dice, 10) ? world.cast.outsider : provider, provider.address, closed);
    });
};

/** A proof that is wrong, of another window, twice, early or late. */
export const misprove: Action = (world, dice) => {
  const { address } = pick(dice, world.cast.providers);
  const { closed } = windowsOf({ rules: world.rules, block: world.block + 1n }, address);
  const window = Math.max(0, closed + pick(dice, [-1, 0, 0, 0, 1]));
  return [proofOf(world, world.cast.outsider, address, window, chance(dice, 50))];
};

export const accounting: Action = (world, dice) => {
  const { address } = pick(dice, world.cast.providers);
  const actor = pick(dice, world.cast.everybody);
  const maxWindows = pick(dice, [0, 1, 3, 1000]);
  return [
    {
      name: "account",
      ...encode(actor, world.addresses.spacetime, spacetimeProofsAbi, "account", [address, maxWindows]),
      apply: (call) => account(call, address, maxWindows),
    },
  ];
};

export const sweeping: Action = (world, dice) => {
  const { address } = pick(dice, world.cast.providers);
  const roots = [...world.state.records]
    .filter(([key, { status }]) => key.startsWith(address) && (status === "Retired" || chance(dice, 10)))
    .map(([key]) => key.split("/")[1] as Hex);
  if (chance(dice, 10)) roots.push(freshWord(world, "no root"));
  const actor = pick(dice, world.cast.everybody);
  return [
    {
      name: "sweep",
      ...encode(actor, world.addresses.spacetime, spacetimeProofsAbi, "sweep", [address, roots]),
      apply: (call) => sweep(call, address, roots),
    },
  ];
};
