/** Clients that post orders, providers that take, reserve and commit, and all who let each other wait. */
import { type Hex, keccak256, zeroHash } from "viem";
import { orderBookAbi, referencePriceAbi } from "../../../../node/consensus/abi.ts";
import {
  activate,
  closeOrder,
  commit,
  expire,
  postDeal,
  reject,
  reserve,
  take,
} from "../../../../node/data/model/orders.ts";
import { poke } from "../../../../node/data/model/reference.ts";
import { priceLimit } from "../../../../node/data/model/spacetime.ts";
import { isPosted, type Order, orderCollateralOf, slotEscrowOf } from "../../../../node/data/order.ts";
import type { BookedOrder } from "../../../../node/data/order-book.ts";
import type { Random } from "../../../fixtures/random.ts";
import type { Actor } from "../cast.ts";
import { type Action, chance, encode, type Intent, pick, type World } from "../world.ts";
import { actorAt, freshWord, someTerms } from "./deals.ts";

export const posting: Action = (world, dice) => {
  const client = pick(dice, world.cast.clients);
  const slots = dice.between(1, 4);
  const terms = someTerms(world, dice, slots, slots);
  const stored = pick(dice, world.stored);
  const m = pick(dice, [13, 13, 14]);
  const cap = pick(dice, [0n, 7n, 9_999n, 100_003n, priceLimit(world.rules, m)]);
  const now = Number(world.block);
  const isPosted = () => chance(dice, 50);
  const posted = Array.from({ length: slots }, () =>
    isPosted() ? { root: freshWord(world, "root"), dataRoot: stored.dataRoot } : { root: zeroHash, dataRoot: zeroHash },
  );
  const salt = freshWord(world, "salt");
  const order: Order = {
    ...{ client: client.address, salt, headerHash: keccak256(salt), terms, m, groups: stored.groups.length },
    ...{ floor: cap / pick(dice, [1n, 2n, 5n]), cap, collateralBps: pick(dice, [0, 5_000, 10_000, 20_000]) },
    ...{ deposit: cap === 0n ? 0n : pick(dice, [0n, cap, 3n * cap]), start: now + pick(dice, [-5, 0, 5]) },
    ...{ riseBlocks: pick(dice, [0, 20, 100]), deadline: now + dice.between(10, 500) },
    ...{ reserveBlocks: dice.between(1, 150), approveBlocks: dice.between(1, 150) },
    posted: chance(dice, 20) ? [] : posted,
    ...(chance(dice, 8) ? pick(dice, wrongOrders(world, posted)) : {}),
  };
  const whole = BigInt(slots) * (slotEscrowOf(order, world.rules.protocolFeeBps) + (order.deposit || order.cap));
  const maxPayment = cap === 0n || chance(dice, 90) ? whole + 10n ** 9n : whole / 2n;
  return [
    {
      name: "postDeal",
      ...encode(client, world.addresses.orders, orderBookAbi, "postDeal", [order, maxPayment]),
      apply: (call) => postDeal(call, order, maxPayment),
      spends: [[client.address, maxPayment]],
    },
  ];
};

function wrongOrders(world: World, posted: Order["posted"]): readonly Partial<Order>[] {
  const twice = posted.map(() => posted[0]!);
  return [
    ...[{ client: world.cast.outsider.address }, { headerHash: zeroHash }, { deadline: Number(world.block) - 1 }],
    ...[{ reserveBlocks: 0 }, { approveBlocks: 9_999 }, { floor: 10n ** 20n }, { cap: 10n ** 20n }, { deposit: 1n }],
    ...[{ groups: 0 }, { m: 12 }, { posted: [...posted, ...posted] }, { posted: twice }],
  ];
}

type Step = "take" | "reserve" | "commit" | "activate" | "reject" | "expire" | "closeOrder";
const STEPS: readonly Step[] = ["take", "reserve", "commit", "activate", "reject", "expire", "closeOrder"];

export const continuing: Action = (world, dice) => {
  const orders = [...world.state.orders.values()];
  if (orders.length === 0) return [];
  const booked = pick(dice, orders.slice(-6));
  const slot = dice.between(0, chance(dice, 97) ? booked.order.terms.slots - 1 : booked.order.terms.slots);
  const step = chance(dice, 75) ? nextStep(world, dice, booked, slot) : pick(dice, STEPS);
  return [intentOf(world, dice, booked, slot, step)];
};

/** What suits somebody in the next block. */
function nextStep(
  { block }: World,
  dice: Random,
  { order, done, reservations, ended }: BookedOrder,
  slot: number,
): Step {
  const kept = reservations.get(slot);
  if (slot >= order.terms.slots || done.has(slot)) return "closeOrder";
  if (kept !== undefined) {
    if (block + 1n > kept.until) return "expire";
    if (kept.commitment !== undefined) return pick(dice, ["activate", "activate", "reject"]);
    return isPosted(order, slot) ? "take" : "commit";
  }
  if (ended || block + 1n > BigInt(order.deadline)) return "closeOrder";
  return isPosted(order, slot) && chance(dice, 60) ? "take" : "reserve";
}

function intentOf(world: World, dice: Random, booked: BookedOrder, slot: number, step: Step): Intent {
  const order = chance(dice, 98) ? booked.order : { ...booked.order, deadline: booked.order.deadline + 1 };
  const kept = booked.reservations.get(slot);
  const keeper =
    kept === undefined || chance(dice, 10) ? pick(dice, world.cast.providers) : actorAt(world, kept.provider);
  const client = chance(dice, 92) ? actorAt(world, order.client) : pick(dice, world.cast.everybody);
  const anyone = pick(dice, world.cast.everybody);
  const collateral = orderCollateralOf(order, order.cap);
  const call = (actor: Actor, args: readonly unknown[], apply: Intent["apply"], most = 0n): Intent => ({
    name: `order: ${step}`,
    ...encode(actor, world.addresses.orders, orderBookAbi, step, [order, ...args]),
    apply,
    spends: [[actor.address, most]],
  });
  switch (step) {
    case "take":
      return call(keeper, [slot], (inner) => take(inner, order, slot), collateral);
    case "reserve":
      return call(keeper, [slot], (inner) => reserve(inner, order, slot), order.deposit);
    case "commit": {
      const root = someRoot(world, dice, order);
      const { dataRoot } = world.stored.find(({ groups }) => groups.length === order.groups)!;
      return call(keeper, [slot, root, dataRoot], (inner) => commit(inner, order, slot, root, dataRoot), collateral);
    }
    case "activate": {
      const { root, dataRoot } = kept?.commitment ?? { root: zeroHash, dataRoot: zeroHash };
      const wrong = chance(dice, 5) ? keccak256(root) : root;
      const actor = chance(dice, 80) ? client : world.cast.steward;
      return call(actor, [slot, wrong, dataRoot], (inner) => activate(inner, order, slot, wrong, dataRoot));
    }
    case "reject":
      return call(client, [slot], (inner) => reject(inner, order, slot), order.deposit);
    case "expire":
      return call(anyone, [slot], (inner) => expire(inner, order, slot));
    case "closeOrder": {
      const slots = chance(dice, 20) ? [] : Array.from({ length: order.terms.slots }, (_, i) => i);
      return call(chance(dice, 50) ? client : anyone, [slots], (inner) => closeOrder(inner, order, slots));
    }
  }
}

/** A new one, mostly; or one that is posted, that the order has, or that is none. */
function someRoot(world: World, dice: Random, { posted }: Order): Hex {
  if (chance(dice, 90)) return freshWord(world, "root");
  const known = [...world.state.records.keys()].map((key) => key.split("/")[1] as Hex);
  return pick(dice, [zeroHash, ...posted.map(({ root }) => root), ...known.slice(-3)]);
}

/** Whoever likes moves the reference price on. */
export const poking: Action = (world, dice) => [
  {
    name: "poke",
    ...encode(pick(dice, world.cast.everybody), world.addresses.reference, referencePriceAbi, "poke", []),
    apply: poke,
  },
];
