/** Forced retrievals: asked for by anyone, answered with the bytes, with other bytes or not at all. */
import { bytesToHex } from "viem";
import { forcedRetrievalAbi, rewardPoolAbi } from "../../../../node/consensus/abi.ts";
import { replicaOf } from "../../../../node/data/model/replicas.ts";
import { answer, expire, request } from "../../../../node/data/model/retrieval.ts";
import { claimStorage, fund } from "../../../../node/data/model/rewards.ts";
import type { Offer } from "../../../../node/data/terms.ts";
import type { Random } from "../../../fixtures/random.ts";
import { hexPath } from "../../support/replica.ts";
import type { Actor } from "../cast.ts";
import { type Action, chance, encode, type Intent, pick, type World } from "../world.ts";
import { actorAt } from "./deals.ts";
import { someFilling } from "./slots.ts";

export const asking: Action = (world, dice) => {
  const filling = someFilling(world, dice);
  if (filling === undefined) return [];
  const { offer } = filling;
  const group = dice.between(0, chance(dice, 95) ? Math.max(offer.groups - 1, 0) : offer.groups);
  const actor = chance(dice, 50) ? actorAt(world, offer.client) : pick(dice, world.cast.everybody);
  return [
    {
      name: "request",
      ...encode(actor, world.addresses.retrieval, forcedRetrievalAbi, "request", [filling, group]),
      apply: (call) => request(call, filling, group),
      spends: [[actor.address, world.rules.bond]],
    },
  ];
};

export const answering: Action = (world, dice) => {
  const offer = somethingAsked(world, dice);
  if (offer === undefined) return [];
  const actor = pick(dice, [actorAt(world, offer.provider), world.cast.outsider]);
  return [answerOf(world, actor, offer, chance(dice, 80))];
};

export function answerOf(world: World, actor: Actor, offer: Offer, good: boolean): Intent {
  const group = world.state.requests.get(replicaOf(offer))?.group ?? 0;
  const stored = world.stored.find(({ dataRoot }) => dataRoot === offer.dataRoot)!;
  const bytes = good ? stored.groups[group]! : stored.groups[group]!.map((byte) => byte ^ 1);
  const args = [offer, bytesToHex(bytes), hexPath(stored.leaves[group]!.path)];
  return {
    name: "answer",
    ...encode(actor, world.addresses.retrieval, forcedRetrievalAbi, "answer", args),
    apply: (call) => answer(call, offer, good ? group : undefined),
  };
}

export const expiring: Action = (world, dice) => {
  const offer = somethingAsked(world, dice);
  if (offer === undefined) return [];
  const actor = pick(dice, world.cast.everybody);
  return [
    {
      name: "expire",
      ...encode(actor, world.addresses.retrieval, forcedRetrievalAbi, "expire", [offer]),
      apply: (call) => expire(call, offer),
    },
  ];
};

export const funding: Action = (world, dice) => {
  const amount = pick(dice, [0n, 1n, 1_000n, 1_000_000n]);
  const actor = pick(dice, world.cast.clients);
  const pool = pick(dice, ["rewards", "programme"] as const);
  return [
    {
      name: pool === "rewards" ? "fund the pool" : "fund the programme",
      ...encode(actor, world.addresses[pool], rewardPoolAbi, "fund", [amount]),
      apply: (call) => fund(call, pool, amount),
      spends: [[actor.address, amount]],
    },
  ];
};

export const claiming: Action = (world, dice) => {
  const filling = someFilling(world, dice);
  if (filling === undefined) return [];
  const maxWindows = pick(dice, [0, 1, 3, 1000]);
  return [
    {
      name: "claimStorage",
      ...encode(pick(dice, world.cast.everybody), world.addresses.rewards, rewardPoolAbi, "claimStorage", [
        filling,
        maxWindows,
      ]),
      apply: (call) => claimStorage(call, filling, maxWindows),
    },
  ];
};

/** What is asked for now, mostly. */
function somethingAsked(world: World, dice: Random): Offer | undefined {
  const asked = requestedOffers(world);
  return asked.length > 0 && chance(dice, 95) ? pick(dice, asked) : someFilling(world, dice)?.offer;
}

export function requestedOffers(world: World): Offer[] {
  return world.memory.fillings.map(({ offer }) => offer).filter((offer) => world.state.requests.has(replicaOf(offer)));
}
