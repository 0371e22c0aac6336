/** Whoever settles, ends and releases slots, with fillings that are the slot's and with some that are not any more. */
import { storageMarketAbi } from "../../../../node/consensus/abi.ts";
import { end, release, releaseMany, settle, settleMany } from "../../../../node/data/model/slots.ts";
import type { Filling, SlotClaim } from "../../../../node/data/terms.ts";
import type { Random } from "../../../fixtures/random.ts";
import { add } from "../../../invariants/witness.ts";
import { type Action, chance, encode, pick, type World } from "../world.ts";
import { actorAt } from "./deals.ts";

/** Mostly one that stands in its slot; else one that was replaced, or one that never was. */
export function someFilling(world: World, dice: Random): Filling | undefined {
  const slots = [...world.state.slots.values()];
  if (slots.length === 0) return undefined;
  const { filling } = pick(dice, slots);
  if (chance(dice, 95)) return filling;
  const wrong = { offer: { ...filling.offer, price: filling.offer.price + 1n }, firstWindow: filling.firstWindow };
  return pick(dice, [...world.memory.fillings, wrong, { ...filling, firstWindow: filling.firstWindow + 1 }]);
}

const settling: Action = (world, dice) => {
  const filling = someFilling(world, dice);
  if (filling === undefined) return [];
  const maxWindows = pick(dice, [0, 1, 2, 5, 1000]);
  const actor = pick(dice, world.cast.everybody);
  return [
    {
      name: "settle",
      ...encode(actor, world.addresses.market, storageMarketAbi, "settle", [filling, maxWindows]),
      apply: (call) => settle(call, filling, maxWindows),
    },
  ];
};

const settlingMany: Action = (world, dice) => {
  const fillings = Array.from({ length: dice.between(0, 10) }, () => someFilling(world, dice)).filter(
    (filling) => filling !== undefined,
  );
  const maxWindows = pick(dice, [1, 4, 1000]);
  const actor = pick(dice, world.cast.everybody);
  return [
    {
      name: "settleMany",
      ...encode(actor, world.addresses.market, storageMarketAbi, "settleMany", [fillings, maxWindows]),
      apply: (call) => void settleMany(call, fillings, maxWindows),
    },
  ];
};

const ending: Action = (world, dice) => {
  const filling = someFilling(world, dice);
  if (filling === undefined) return [];
  const kind = pick(dice, ["cancel", "drop", "forfeit"] as const);
  const claim = claimOf(world, dice, filling);
  const { client, provider } = filling.offer;
  const actor = chance(dice, 94) ? actorAt(world, kind === "forfeit" ? provider : client) : world.cast.outsider;
  const args = kind === "forfeit" ? [filling] : [filling, claim.salt, claim.terms];
  return [
    {
      name: kind,
      ...encode(actor, world.addresses.market, storageMarketAbi, kind, args),
      apply: (call) => end(call, kind, claim),
      learn: () => {
        if (kind !== "cancel") return;
        add(world.witness.cancelFees, provider, BigInt(claim.terms.cancelFeeWindows) * filling.offer.price);
      },
    },
  ];
};

/** Once the last window of an active slot is settled, or as the client of one that left something. */
const releasing: Action = (world, dice) => {
  const ready = [...world.state.slots.values()].filter(
    ({ slot }) => (slot.status === "Active" && slot.settled === slot.end) || slot.bonus !== 0n,
  );
  const filling = ready.length > 0 && chance(dice, 80) ? pick(dice, ready).filling : someFilling(world, dice);
  if (filling === undefined) return [];
  const actor = chance(dice, 70) ? actorAt(world, filling.offer.client) : pick(dice, world.cast.everybody);
  return [
    {
      name: "release",
      ...encode(actor, world.addresses.market, storageMarketAbi, "release", [filling]),
      apply: (call) => release(call, filling),
    },
  ];
};

const releasingMany: Action = (world, dice) => {
  const fillings = Array.from({ length: dice.between(0, 8) }, () => someFilling(world, dice)).filter(
    (filling) => filling !== undefined,
  );
  const actor = pick(dice, world.cast.everybody);
  return [
    {
      name: "releaseMany",
      ...encode(actor, world.addresses.market, storageMarketAbi, "releaseMany", [fillings]),
      apply: (call) => void releaseMany(call, fillings),
    },
  ];
};

/** With the deal's salt and terms, or with others' now and then. */
function claimOf(world: World, dice: Random, filling: Filling): SlotClaim {
  const deals = world.state.deals;
  const own = deals.get(filling.offer.dealKey)!;
  const { salt, terms } = chance(dice, 97) ? own : pick(dice, [...deals.values()]);
  return { ...filling, client: filling.offer.client, salt, terms };
}

export {
  ending as end,
  releasing as release,
  releasingMany as releaseMany,
  settling as settle,
  settlingMany as settleMany,
};
