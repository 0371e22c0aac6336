/** Clients that pin the next window of a lane to their own replica, for fees that outbid, that do not, or that nobody has. */
import { auditPinsAbi } from "../../../../node/consensus/abi.ts";
import { pin } from "../../../../node/data/model/pins.ts";
import { type Action, chance, encode, pick } from "../world.ts";
import { actorAt } from "./deals.ts";
import { someFilling } from "./slots.ts";

export const pinning: Action = (world, dice) => {
  const filling = someFilling(world, dice);
  if (filling === undefined) return [];
  const { client, provider } = filling.offer;
  const last = world.state.bids.get(provider)?.fee ?? 0n;
  const { pinFee } = world.rules;
  const fee = pick(dice, [0n, pinFee - 1n, pinFee, 2n * last, 2n * last - (last === 0n ? 0n : 1n), pinFee + 1n]);
  const actor = chance(dice, 90) ? actorAt(world, client) : pick(dice, world.cast.everybody);
  return [
    {
      name: "pin",
      ...encode(actor, world.addresses.pins, auditPinsAbi, "pin", [filling, fee]),
      apply: (call) => pin(call, filling, fee),
      spends: [[actor.address, fee]],
    },
  ];
};
