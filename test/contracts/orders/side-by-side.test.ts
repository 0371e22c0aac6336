/** Random calls of an order by everybody in any order of steps: the book beside the transitions of node/data/order-book.ts. */
import { expect } from "chai";
import { network } from "hardhat";
import { type Address, encodeFunctionData, getAddress, type Hex } from "viem";
import { orderBookAbi } from "../../../node/consensus/abi.ts";
import { type Order, orderHashOf, orderPriceAt } from "../../../node/data/order.ts";
import {
  activateSlot,
  type BookedOrder,
  type BookMove,
  type BookRefusal,
  type BookStep,
  bookOrder,
  closeSlots,
  commitReplica,
  expireReservation,
  isOpen,
  offerToActivate,
  rejectCommitment,
  reserveSlot,
  takeSlot,
} from "../../../node/data/order-book.ts";
import { protocolFee } from "../../../node/data/settlement.ts";
import type { Offer, SkipReason } from "../../../node/data/terms.ts";
import { random } from "../../fixtures/random.ts";
import { FastChain } from "../model/chain.ts";
import { requireSolvent } from "../support/vault.ts";
import { deployOrders, FEE_BPS, newReplica, PRICE, planOrder, post, TERMS, zeroHash } from "./fixture.ts";

const SEED = process.env.FUZZ_SEED ?? "holdfast orders";
const ORDERS = Number(process.env.FUZZ_ORDERS ?? 10);
const STEPS = 60;
const SLOTS = 5;

type Answer = BookRefusal | "MarketNotSteward" | "VaultInsufficientFree" | undefined;
type Stepped = BookStep | BookRefusal;

describe("OrderBook beside its pure form", () => {
  it(`agrees on every balance, refusal and slot over ${ORDERS} orders of ${STEPS} random calls (FUZZ_SEED="${SEED}")`, async function () {
    this.timeout(240_000);
    const source = random(SEED);
    const draw = (bound: number) => source.between(0, bound - 1);
    const tally = new Map<string, number>();
    for (let i = 0; i < ORDERS; i++) await playOrder(draw, tally);
    console.log(`      ${[...tally].map(([name, count]) => `${name} ${count}`).join(", ")}`);
    // Every ending has to come up, or the comparison compares little.
    for (const name of ["take", "reserve", "commit", "activate", "reject", "expire", "closeOrder"]) {
      expect(tally.get(name) ?? 0, name).to.be.greaterThan(0);
    }
  });
});

async function playOrder(draw: (bound: number) => number, tally: Map<string, number>): Promise<void> {
  const connection = await network.create();
  const fixture = await deployOrders(connection);
  const { client, outsider, providers, vault, orders, market, token, addresses, block } = fixture;
  const fast = new FastChain(connection);
  const bookAddress = addresses.orders;
  const actors = [client, outsider, ...providers.slice(0, 6)].map(({ address }) => getAddress(address));
  const [clientAddress, outsiderAddress, ...keepers] = actors as [Address, Address, ...Address[]];

  const plan = planOrder(fixture, {
    terms: { ...TERMS, slots: SLOTS },
    deadline: Number(await block()) + 100,
    floor: BigInt(draw(5)) * (PRICE / 7n),
  });
  const posted = plan.posted.map((replica) => (draw(2) === 0 ? replica : { root: zeroHash, dataRoot: zeroHash }));
  const free = new Map<Address, bigint>();
  for (const actor of actors) free.set(actor, await vault.freeOf!(actor));
  const held = { Escrows: 0n, Collateral: 0n, Bonds: 0n, Burned: 0n };
  const { order, dealKey } = await post(fixture, { ...plan, posted });
  expect((await orders.orderOf!(dealKey)).orderHash).to.equal(orderHashOf(order));
  const start = bookOrder(order, dealKey, FEE_BPS);
  let state: BookedOrder = start.state;
  let paused = false;

  const spend = (account: Address, amount: bigint) => free.set(account, free.get(account)! - amount);
  const apply = (moves: readonly BookMove[]) => {
    for (const move of moves) {
      if (move.kind === "shift") throw new Error("the book shifts nothing");
      const sign = move.kind === "lock" ? 1n : -1n;
      held[move.bucket] += sign * move.amount;
      if (move.kind === "burn") held.Burned += move.amount;
      else spend(move.account, sign * move.amount);
    }
  };
  apply(start.moves);

  /** What the market does when it takes the offer, or why it does not. */
  const fill = (offer: Offer, freed: bigint): SkipReason => {
    if (free.get(offer.provider)! + freed < offer.collateral) return "InsufficientCollateral";
    const escrow = offer.price * BigInt(order.terms.windows);
    spend(offer.provider, offer.collateral);
    spend(clientAddress, escrow + protocolFee(escrow, FEE_BPS));
    return "None";
  };
  const affordable = (step: BookStep) =>
    step.moves.every((move) => move.kind !== "lock" || free.get(move.account)! >= move.amount);
  const send = (from: Address, data: Hex) => fast.send({ from, to: bookAddress, data });
  const perform =
    (
      caller: Address,
      name: string,
      args: readonly unknown[],
      compute: (block: bigint) => Stepped | "MarketNotSteward",
    ) =>
    async (): Promise<void> => {
      const at = (await block()) + 1n;
      const before = new Map(free);
      const step = compute(at);
      const data = encodeFunctionData({ abi: orderBookAbi, functionName: name, args } as never);
      const expected: Answer = typeof step === "string" ? step : affordable(step) ? undefined : "VaultInsufficientFree";
      const found = await send(caller, data);
      expect(found, `${name}(${args.slice(1).join(", ")}) by ${actors.indexOf(caller)} at ${at}`).to.equal(expected);
      const label = expected === undefined ? name : `${name} refused`;
      tally.set(label, (tally.get(label) ?? 0) + 1);
      if (typeof step === "string" || expected !== undefined) {
        for (const [account, amount] of before) free.set(account, amount);
        return;
      }
      apply(step.moves);
      state = step.state;
    };

  for (let step = 0; step < STEPS; step++) {
    const slot = draw(20) === 0 ? SLOTS : draw(SLOTS);
    const holder = state.reservations.get(slot);
    // Chance alone would seldom let the right one speak.
    const caller = holder?.commitment !== undefined && draw(3) > 0 ? clientAddress : actors[draw(actors.length)]!;
    const keeper = holder !== undefined && draw(4) > 0 ? holder.provider : keepers[draw(keepers.length)]!;
    const replica = draw(5) === 0 ? { root: order.posted[0]!.root, dataRoot: zeroHash } : newReplica();
    const root = replica.root === zeroHash ? newReplica().root : replica.root;
    const kept = holder?.commitment;
    const actions: (() => Promise<void>)[] = [
      perform(keeper, "take", [order, slot], (at) => {
        const taken = takeSlot(state, slot, { provider: keeper, block: at, paused });
        if (typeof taken === "string") return taken;
        const freed = taken.moves.reduce(
          (sum, move) => (move.kind === "release" && move.account === keeper ? sum + move.amount : sum),
          0n,
        );
        return fill(taken.offer, freed) === "None" ? taken : "OrderProviderUnfit";
      }),
      perform(keeper, "reserve", [order, slot], (at) =>
        reserveSlot(state, slot, { provider: keeper, block: at, paused, fit: true }),
      ),
      perform(keeper, "commit", [order, slot, root, replica.dataRoot], (at) =>
        commitReplica(state, slot, { ...replica, root }, { provider: keeper, block: at, known: false }),
      ),
      perform(caller, "activate", [order, slot, kept?.root ?? zeroHash, kept?.dataRoot ?? zeroHash], (at) => {
        const offer = offerToActivate(state, slot, at);
        if (typeof offer === "string") return offer;
        if (caller !== clientAddress) return "MarketNotSteward";
        return activateSlot(state, slot, { block: at, reason: fill(offer, offer.collateral) });
      }),
      perform(caller, "reject", [order, slot], (at) => rejectCommitment(state, slot, { caller, block: at })),
      perform(caller, "expire", [order, slot], (at) => expireReservation(state, slot, at)),
    ];
    const choice = draw(30);
    if (choice < 24) {
      const likely =
        kept !== undefined ? 3 + draw(2) : posted[slot]?.root !== zeroHash ? draw(2) : holder !== undefined ? 2 : 1;
      const next = choice < 7 ? choice % 6 : likely;
      await actions[next]!();
    } else if (choice < 27) await fast.mine(BigInt(draw(9)));
    else if (choice === 27) {
      const closer = draw(5) === 0 ? clientAddress : outsiderAddress;
      const slots = draw(4) === 0 ? [] : [slot, draw(SLOTS)];
      await perform(closer, "closeOrder", [order, slots], (at) =>
        closeSlots(state, slots, { caller: closer, block: at }),
      )();
    } else {
      paused = !paused;
      const call = market.interface.encodeFunctionData(paused ? "pause" : "unpause") as Hex;
      const manager = await connection.viem.getContractAt("AccessManager", addresses.accessManager);
      await manager.write.execute([addresses.market, call]);
    }
    await compare(`after step ${step}`);
  }

  async function compare(when: string): Promise<void> {
    const buckets = { Escrows: 1, Collateral: 3, Bonds: 4, Burned: 7 } as const;
    const found = await Promise.all([
      Promise.all(Object.values(buckets).map((bucket) => vault.held!(orders, bucket))),
      Promise.all(actors.map((actor) => vault.freeOf!(actor))),
      Promise.all(keepers.map((keeper) => orders.isEngaged!(dealKey, keeper))),
      Promise.all(Array.from({ length: SLOTS }, async (_, slot) => (await orders.reservationOf!(dealKey, slot)).until)),
      orders.isOpen!(dealKey),
    ]);
    const expected = [
      Object.keys(buckets).map((name) => held[name as keyof typeof held]),
      actors.map((actor) => free.get(actor)),
      keepers.map((keeper) => state.engaged.has(keeper)),
      Array.from({ length: SLOTS }, (_, slot) => state.reservations.get(slot)?.until ?? 0n),
      isOpen(state),
    ];
    expect(found, when).to.deep.equal(expected);
  }
  const at = await block();
  expect(await orders.priceAt!(order satisfies Order, at)).to.equal(orderPriceAt(order, at));
  await requireSolvent(vault, token);
}
