/** The invariants of test/invariants on the world of the fuzz. */
import type { Address } from "viem";
import { laneOf, weightAt } from "../../../node/data/model/lanes.ts";
import { type Module, modules, providerOf } from "../../../node/data/model/state.ts";
import { brokenInvariant } from "../../invariants/list.ts";
import { observe } from "../../invariants/witness.ts";
import type { World } from "./world.ts";

/** Lets the witness hear what the vault reported since it last listened, and asks it; undefined if nothing is broken. */
export async function brokenNow(world: World): Promise<string | undefined> {
  const { chain, addresses, cast, state, rules, block, witness } = world;
  const logs = await chain.logsOf(addresses.vault, witness.heard + 1n);
  observe(witness, logs, (address) => moduleAt(world, address));
  witness.heard = block;
  const broken = brokenInvariant({
    ...{ state, rules, block, witness, vault: addresses.vault, honest: cast.honest.address },
  });
  for (const { address } of cast.providers) {
    witness.stakes.set(address, providerOf(state, address).stake);
    witness.weights.set(address, weightAt(laneOf(state, address).counts));
  }
  return broken;
}

function moduleAt({ addresses }: World, address: Address): Module {
  const module = modules.find((module) => addresses[module] === address);
  if (module === undefined) throw new Error(`${address} is no module of the vault`);
  return module;
}
