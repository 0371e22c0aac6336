/** Providers that register, revoke, stake and take their stake back. */
import { providerRegistryAbi } from "../../../../node/consensus/abi.ts";
import { acceptLanes, declareOperator, renounceLane } from "../../../../node/data/model/operators.ts";
import {
  deregister,
  register,
  requestUnstake,
  revokeOffers,
  stake,
  withdrawStake,
} from "../../../../node/data/model/registry.ts";
import { providerOf } from "../../../../node/data/model/state.ts";
import { ASK, PROFILE } from "../../support/provider.ts";
import type { Actor } from "../cast.ts";
import { MINIMUM_STAKE } from "../deployment.ts";
import { type Action, chance, encode, type Intent, pick, type World } from "../world.ts";

function call(
  { addresses }: World,
  actor: Actor,
  name: string,
  args: readonly unknown[],
  apply: Intent["apply"],
  most = 0n,
): Intent[] {
  const spends = [[actor.address, most]] as const;
  return [{ name, ...encode(actor, addresses.registry, providerRegistryAbi, name, args), apply, spends }];
}

export const staking: Action = (world, dice) => {
  const actor = chance(dice, 90) ? pick(dice, world.cast.providers) : pick(dice, world.cast.everybody);
  const amount = pick(dice, [0n, 1n, MINIMUM_STAKE / 3n, MINIMUM_STAKE, 10n ** 14n]);
  return call(world, actor, "stake", [amount], (inner) => stake(inner, amount), amount);
};

/** The honest provider stays: its stake may never fall, and then any fall of it is a finding. */
export const unstaking: Action = (world, dice) => {
  const actor = pick(
    dice,
    world.cast.providers.filter((provider) => provider !== world.cast.honest),
  );
  const { stake: held, unstakeRequested } = providerOf(world.state, actor.address);
  if (chance(dice, unstakeRequested === 0n ? 5 : 80)) return call(world, actor, "withdrawStake", [], withdrawStake);
  const amount = pick(dice, [0n, 1n, held / 2n, held, held + 1n]);
  return call(world, actor, "requestUnstake", [amount], (inner) => requestUnstake(inner, amount));
};

export const registering: Action = (world, dice) => {
  const actor = pick(dice, [...world.cast.providers, world.cast.outsider]);
  return call(world, actor, "register", [PROFILE, ASK], register);
};

export const leaving: Action = (world, dice) => {
  const actor = pick(
    dice,
    world.cast.providers.filter((provider) => provider !== world.cast.honest),
  );
  return call(world, actor, "deregister", [], deregister);
};

export const revoking: Action = (world, dice) => {
  const actor = pick(dice, [...world.cast.providers, world.cast.steward]);
  return call(world, actor, "revokeOffers", [], revokeOffers);
};

export const linking: Action = (world, dice) => {
  const { everybody, providers, outsider, dealer } = world.cast;
  const operator = pick(dice, [outsider, dealer, pick(dice, everybody)]);
  const lane = pick(dice, providers);
  switch (dice.between(0, 2)) {
    case 0: {
      const apply: Intent["apply"] = (inner) => declareOperator(inner, operator.address);
      return call(world, chance(dice, 90) ? lane : operator, "declareOperator", [operator.address], apply);
    }
    case 1: {
      const lanes = providers.filter(({ address }) => {
        const declared = world.state.operators.get(address)?.operator === operator.address;
        return chance(dice, declared ? 95 : 5);
      });
      const addresses = lanes.map(({ address }) => address);
      return call(world, operator, "acceptLanes", [addresses], (inner) => acceptLanes(inner, addresses));
    }
    default:
      return call(world, operator, "renounceLane", [lane.address], (inner) => renounceLane(inner, lane.address));
  }
};
