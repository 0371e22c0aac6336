import { expect } from "chai";
import { network } from "hardhat";
import { keccak256 } from "viem";
import { type Order, orderHashOf, referenceRange, slotEscrowOf } from "../../../node/data/order.ts";
import { dealKeyOf, skipReasons } from "../../../node/data/terms.ts";
import { as, mined, newRoot, open, planDeal } from "../market/fixture.ts";
import { revertOf } from "../support/reverts.ts";
import {
  DEPOSIT,
  deployOrders,
  FEE_BPS,
  LOCAL_PARAMETERS,
  money,
  newReplica,
  type OrderFixture,
  PRICE,
  planOrder,
  planSealed,
  post,
  send,
  TERMS,
  zeroHash,
} from "./fixture.ts";

const FIELD = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;

describe("postDeal", () => {
  const replicas = planOrder({ client: { address: zeroHash } } as never).posted;
  const refusals: readonly [string, Partial<Order>, string][] = [
    ["a floor above the cap", { floor: PRICE + 1n }, "OrderFloorAboveCap"],
    ["a floor without a cap", { cap: 0n }, "OrderFloorAboveCap"],
    ["a price that the proofs do not carry", { cap: 2n ** 100n, deposit: 2n ** 101n }, "OrderCapAboveProofs"],
    ["a deposit below one window at the cap", { deposit: PRICE - 1n }, "OrderDepositTooSmall"],
    ["a deadline before its start", { start: 300, deadline: 299 }, "OrderDeadlineBeforeStart"],
    ["a deadline that is past", { deadline: 5 }, "OrderDeadlineBeforeStart"],
    ["a reservation of no blocks", { reserveBlocks: 0 }, "OrderWaitOutOfRange"],
    ["an answer of no blocks", { approveBlocks: 0 }, "OrderWaitOutOfRange"],
    ["a reservation longer than anybody's money may wait", { reserveBlocks: 301 }, "OrderWaitOutOfRange"],
    ["an answer longer than that", { approveBlocks: 301 }, "OrderWaitOutOfRange"],
    ["a replica too few", { posted: replicas.slice(1) }, "OrderPostedLength"],
    ["one root in two slots", { posted: [replicas[0]!, replicas[1]!, replicas[0]!] }, "OrderRootTaken"],
    [
      "a root outside the field",
      { posted: [replicas[0]!, { root: `0x${FIELD.toString(16)}`, dataRoot: zeroHash }, replicas[1]!] },
      "DealOfferMalformed",
    ],
    ["a size below a piece", { m: 12 }, "DealOfferMalformed"],
    ["a size beyond the circuit", { m: 28 }, "DealOfferMalformed"],
    ["more groups than its size holds", { groups: 17 }, "DealOfferMalformed"],
    ["no groups", { groups: 0 }, "DealOfferMalformed"],
    ["a deal without a header", { headerHash: zeroHash }, "DealNoHeader"],
    ["terms that no deal may have", { terms: { ...TERMS, slots: 3, threshold: 4 } }, "DealTermOutOfRange"],
  ];
  for (const [what, changes, error] of refusals) {
    it(`refuses ${what}`, async () => {
      const fixture = await deployOrders(await network.create());
      const order = planOrder(fixture, changes);
      expect((await revertOf(as(fixture.orders, fixture.client).postDeal!(order, 2n ** 200n))).name).to.equal(error);
    });
  }

  it("takes an order whose slots wait for as long as anybody's money may", async () => {
    const fixture = await deployOrders(await network.create());
    const { order } = await post(fixture, planOrder(fixture, { reserveBlocks: 300, approveBlocks: 300 }));
    const { blockNumber } = await mined(send(fixture, fixture.providers[0]!, "reserve", order, 0));
    const { until } = await fixture.orders.reservationOf!(dealKeyOf(order.client, order.salt, order.terms), 0);
    expect(until).to.equal(BigInt(blockNumber) + 300n);
  });

  it("refuses another's order, one that costs more than agreed to, and a deal that exists", async () => {
    const fixture = await deployOrders(await network.create());
    const { client, outsider, orders, providers } = fixture;
    const order = planSealed(fixture);
    const payment = 3n * (slotEscrowOf(order, FEE_BPS) + DEPOSIT);
    const stranger = await revertOf(as(orders, outsider).postDeal!(order, payment));
    expect(stranger).to.deep.equal({ name: "OrderNotClient", args: [client.address, outsider.address] });
    const dear = await revertOf(as(orders, client).postDeal!(order, payment - 1n));
    expect(dear).to.deep.equal({ name: "OrderPaymentAboveMaximum", args: [payment - 1n, payment] });

    await mined(as(orders, client).postDeal!(order, payment));
    expect((await revertOf(as(orders, client).postDeal!(order, payment))).name).to.equal("DealExists");
    const deal = await planDeal(fixture, { client, providers: providers.slice(0, 3) });
    await mined(open(fixture, deal));
    const late = planOrder(fixture, { salt: deal.salt, terms: deal.terms });
    expect((await revertOf(as(orders, client).postDeal!(late, 2n ** 200n))).name).to.equal("DealExists");
  });

  it("takes the reference price, halved and doubled, where the client names none, and a window of it as deposit", async () => {
    const fixture = await deployOrders(await network.create());
    const { reference, spacetime, orders } = fixture;
    const plan = planOrder(fixture, { floor: 0n, cap: 0n, deposit: 0n });
    const { receipt } = await post(fixture, plan);
    const [posted] = receipt.logs
      .map((log) => orders.interface.parseLog(log))
      .filter((log) => log?.name === "OrderPosted");
    const { floor, cap, deposit, start } = posted!.args.order;
    const limit: bigint = await spacetime.priceLimit!(13);
    expect({ floor, cap }).to.deep.equal(referenceRange(await reference.price!(), 13, limit));
    expect(deposit).to.equal(cap);
    expect(floor).to.be.greaterThan(0n);
    const kept = { ...plan, floor, cap, deposit, start: Number(start) };
    expect((await orders.orderOf!(posted!.args.dealKey)).orderHash).to.equal(orderHashOf(kept));
    await mined(send(fixture, fixture.providers[0]!, "take", kept, 0));
  });
});

describe("an order of 48 slots, the most that a deal has", () => {
  it("is posted, taken from and closed within a tenth of what a transaction may use", async () => {
    const fixture = await deployOrders(await network.create());
    const { client, providers } = fixture;
    const terms = { ...TERMS, slots: 48, threshold: 24 };
    const { receipt, order } = await post(fixture, planOrder(fixture, { terms }));
    const taken = await mined(send(fixture, providers[0]!, "take", order, 47));
    const slots = Array.from({ length: 48 }, (_, slot) => slot);
    const closed = await mined(send(fixture, client, "closeOrder", order, slots));
    const used = [receipt, taken, closed].map(({ gasUsed }) => gasUsed);
    console.log(`      post, take, close: ${used.join(", ")}`);
    for (const gas of used) expect(gas < 1_677_721n).to.equal(true);
    expect((await money(fixture)).escrows).to.equal(0n);
  });
});

describe("an order's clock", () => {
  it("takes nobody before the start and after the deadline, and anybody in both blocks themselves", async () => {
    const fixture = await deployOrders(await network.create());
    const { providers, goTo, block } = fixture;
    const start = Number(await block()) + 20;
    const { order } = await post(fixture, planOrder(fixture, { start, deadline: start + 10 }));
    await goTo(BigInt(start) - 1n);
    const early = await revertOf(send(fixture, providers[0]!, "take", order, 0));
    expect(early).to.deep.equal({ name: "OrderNotTakeable", args: [BigInt(start), BigInt(order.deadline), false] });
    await goTo(BigInt(start));
    await mined(send(fixture, providers[0]!, "take", order, 0));
    await goTo(BigInt(order.deadline));
    await mined(send(fixture, providers[1]!, "reserve", order, 1));
    for (const call of ["take", "reserve"] as const) {
      expect((await revertOf(send(fixture, providers[2]!, call, order, 2))).name).to.equal("OrderNotTakeable");
    }
  });

  it("lets a reservation be used in its last block and expire in the next, whatever the deadline", async () => {
    const fixture = await deployOrders(await network.create());
    const { providers, outsider, goTo, block } = fixture;
    const deadline = Number(await block()) + 10;
    const { order } = await post(fixture, planOrder(fixture, { deadline }));
    const until = new Map<number, bigint>();
    for (const slot of [0, 1]) {
      const { blockNumber } = await mined(send(fixture, providers[slot]!, "reserve", order, slot));
      until.set(slot, BigInt(blockNumber + order.reserveBlocks));
    }
    await goTo(until.get(0)!);
    await mined(send(fixture, providers[0]!, "take", order, 0));
    const soon = await revertOf(send(fixture, outsider, "expire", order, 1));
    expect(soon.name).to.equal("OrderTooEarly");
    await goTo(until.get(1)! + 1n);
    expect((await revertOf(send(fixture, providers[1]!, "take", order, 1))).name).to.equal("OrderTooLate");
    await mined(send(fixture, outsider, "expire", order, 1));
  });

  it("gives a commitment until the reservation's last block, and the answer until the one after its own", async () => {
    const fixture = await deployOrders(await network.create());
    const { client, providers, outsider, goTo } = fixture;
    const { order } = await post(fixture, planSealed(fixture));
    const roots = [newReplica(), newReplica(), newReplica()] as const;
    const untils: bigint[] = [];
    for (const slot of [0, 1, 2]) {
      const { blockNumber } = await mined(send(fixture, providers[slot]!, "reserve", order, slot));
      untils.push(BigInt(blockNumber + order.reserveBlocks));
    }
    const commit = (slot: 0 | 1 | 2) => {
      const { root, dataRoot } = roots[slot];
      return send(fixture, providers[slot]!, "commit", order, slot, root, dataRoot);
    };
    await goTo(untils[0]!);
    const first = await mined(commit(0));
    await goTo(untils[1]!);
    await mined(commit(1));
    await goTo(untils[2]! + 1n);
    expect((await revertOf(commit(2))).name).to.equal("OrderTooLate");

    const answerBy = BigInt(first.blockNumber + order.approveBlocks);
    const { root, dataRoot } = roots[0];
    await goTo(answerBy);
    expect((await revertOf(send(fixture, outsider, "expire", order, 0))).name).to.equal("OrderTooEarly");
    await goTo(answerBy + 1n);
    // The second commitment's last block.
    await mined(send(fixture, client, "activate", order, 1, roots[1].root, roots[1].dataRoot));
    const late = await revertOf(send(fixture, client, "activate", order, 0, root, dataRoot));
    expect(late.name).to.equal("OrderTooLate");
    expect((await revertOf(send(fixture, client, "reject", order, 0))).name).to.equal("OrderTooLate");
    await mined(send(fixture, outsider, "expire", order, 0));
  });

  it("holds an answered deposit for nobody: once the order is over, a rejected slot is closed and refunded", async () => {
    const fixture = await deployOrders(await network.create());
    const { client, providers, goTo, block, orders } = fixture;
    const deadline = Number(await block()) + 5;
    const { order, dealKey } = await post(fixture, planSealed(fixture, { deadline }));
    const { root, dataRoot } = newReplica();
    await mined(send(fixture, providers[0]!, "reserve", order, 0));
    await goTo(BigInt(deadline) + 1n);
    await mined(send(fixture, providers[0]!, "commit", order, 0, root, dataRoot));
    const before = await money(fixture, client);
    await mined(send(fixture, client, "reject", order, 0));
    const after = await money(fixture, client);
    expect(after.free[0]! - before.free[0]!).to.equal(slotEscrowOf(order, FEE_BPS));
    expect((await orders.orderOf!(dealKey)).open).to.equal(2n);
  });
});

describe("the book's calls", () => {
  it("refuse whoever they are not for, and slots that are in another state", async () => {
    const fixture = await deployOrders(await network.create());
    const { client, outsider, providers } = fixture;
    const [holder, other] = providers;
    const posted = planOrder(fixture).posted.map((replica, slot) =>
      slot === 0 ? replica : { root: zeroHash, dataRoot: zeroHash },
    );
    const { order } = await post(fixture, planOrder(fixture, { posted }));
    const { root, dataRoot } = newReplica();
    const name = async (...args: Parameters<typeof send> extends [unknown, ...infer rest] ? rest : never) =>
      (await revertOf(send(fixture, ...args))).name;

    expect(await name(outsider, "reserve", order, 0)).to.equal("OrderProviderUnfit");
    expect(await name(outsider, "take", order, 0)).to.equal("OrderProviderUnfit");
    expect(await name(holder!, "take", order, 1)).to.equal("OrderSlotNotPosted");
    expect(await name(holder!, "take", order, 3)).to.equal("OrderSlotOutside");
    expect(await name(holder!, "commit", order, 1, root, dataRoot)).to.equal("OrderSlotNotReserved");
    expect(await name(outsider, "expire", order, 1)).to.equal("OrderSlotNotReserved");
    expect(await name(client, "reject", order, 1)).to.equal("OrderSlotNotReserved");

    await mined(send(fixture, holder!, "reserve", order, 1));
    expect(await name(other!, "reserve", order, 1)).to.equal("OrderSlotReserved");
    expect(await name(other!, "take", order, 1)).to.equal("OrderSlotReserved");
    expect(await name(other!, "commit", order, 1, root, dataRoot)).to.equal("OrderNotProvider");
    expect(await name(client, "activate", order, 1, root, dataRoot)).to.equal("OrderNotCommitted");
    expect(await name(holder!, "commit", order, 1, order.posted[0]!.root, dataRoot)).to.equal("OrderRootTaken");
    expect(await name(holder!, "commit", order, 1, zeroHash, dataRoot)).to.equal("DealOfferMalformed");

    await mined(send(fixture, holder!, "commit", order, 1, root, dataRoot));
    expect(await name(holder!, "commit", order, 1, root, dataRoot)).to.equal("OrderCommitted");
    expect(await name(holder!, "reject", order, 1)).to.equal("OrderNotClient");
    expect(await name(holder!, "activate", order, 1, root, dataRoot)).to.equal("MarketNotSteward");
    expect(await name(client, "activate", order, 1, root, zeroHash)).to.equal("OrderWrongCommitment");

    await mined(send(fixture, other!, "reserve", order, 0));
    expect(await name(other!, "commit", order, 0, newRoot(), dataRoot)).to.equal("OrderSlotPosted");
    await mined(send(fixture, other!, "take", order, 0));
    expect(await name(providers[2]!, "take", order, 0)).to.equal("OrderSlotDone");
    const unknown = { ...order, salt: newRoot() };
    expect(await name(providers[2]!, "take", unknown, 2)).to.equal("OrderUnknown");
  });

  it("reserve nothing for a provider whose stake is a unit below the least, and anything for one that has it", async () => {
    const fixture = await deployOrders(await network.create());
    const { providers, registry, networkHelpers } = fixture;
    const [provider] = providers;
    const { order, dealKey } = await post(fixture, planSealed(fixture));
    const least: bigint = await registry.MINIMUM_STAKE!();
    const own = as(registry, provider!);
    await mined(own.requestUnstake!((await registry.stakeOf!(provider!.address)) - least + 1n));
    await networkHelpers.mine(60);
    await mined(own.withdrawStake!());
    const [free] = (await money(fixture, provider!)).free;
    expect(await revertOf(send(fixture, provider!, "reserve", order, 0))).to.deep.equal({
      name: "OrderProviderUnfit",
      args: [skipReasons.indexOf("InsufficientStake")],
    });
    await mined(own.stake!(1n));
    await mined(send(fixture, provider!, "reserve", order, 0));
    expect((await fixture.orders.reservationOf!(dealKey, 0)).provider).to.equal(provider!.address);
    expect((await money(fixture, provider!)).free[0]).to.equal(free! - 1n - DEPOSIT);
  });

  it("take no commitment to a replica that the lane has already, because nobody could activate it", async () => {
    const fixture = await deployOrders(await network.create());
    const { providers } = fixture;
    const first = await post(fixture, planOrder(fixture));
    await mined(send(fixture, providers[0]!, "take", first.order, 0));
    const { order } = await post(fixture, planSealed(fixture));
    await mined(send(fixture, providers[0]!, "reserve", order, 0));
    const { root, dataRoot } = first.order.posted[0]!;
    const refused = await revertOf(send(fixture, providers[0]!, "commit", order, 0, root, dataRoot));
    expect(refused.name).to.equal("OrderProviderUnfit");
  });
});

describe("while the market is paused", () => {
  it("nobody posts, reserves or takes anew, but every reservation goes its way and all money comes out", async () => {
    const fixture = await deployOrders(await network.create());
    const { client, outsider, providers, orders, vault } = fixture;
    const accounts = [client, ...providers.slice(0, 4)];
    const terms = { ...TERMS, slots: 6, threshold: 2 };
    const posted = planOrder(fixture, { terms }).posted.map((replica, slot) =>
      slot < 2 ? replica : { root: zeroHash, dataRoot: keccak256(zeroHash) },
    );
    const { order, dealKey } = await post(fixture, planOrder(fixture, { terms, posted, reserveBlocks: 30 }));
    for (const [slot, provider] of providers.slice(0, 5).entries()) {
      await mined(send(fixture, provider, "reserve", order, slot));
    }
    await pause(fixture);

    const anew = [
      as(orders, client).postDeal!(planOrder(fixture), 2n ** 200n),
      send(fixture, providers[5]!, "reserve", order, 5),
    ].map(async (sent) => (await revertOf(sent)).name);
    expect(await Promise.all(anew)).to.deep.equal(["EnforcedPause", "OrderMarketPaused"]);

    const [activated, rejected] = [newReplica(), newReplica()];
    await mined(send(fixture, providers[0]!, "take", order, 0));
    await mined(send(fixture, providers[2]!, "commit", order, 2, activated.root, activated.dataRoot));
    await mined(send(fixture, client, "activate", order, 2, activated.root, activated.dataRoot));
    await mined(send(fixture, providers[3]!, "commit", order, 3, rejected.root, rejected.dataRoot));
    await mined(send(fixture, client, "reject", order, 3));
    const silent = newReplica();
    const { blockNumber } = await mined(send(fixture, providers[4]!, "commit", order, 4, silent.root, silent.dataRoot));
    await fixture.goTo(BigInt(Math.max(blockNumber, order.start + 30) + order.approveBlocks) + 1n);
    for (const slot of [1, 4]) await mined(send(fixture, outsider, "expire", order, slot));
    await mined(send(fixture, client, "closeOrder", order, [1, 3, 5]));
    const { escrows, collateral, bonds } = await money(fixture);
    expect([escrows, collateral, bonds]).to.deep.equal([0n, 0n, 0n]);
    expect(await orders.isOpen!(dealKey)).to.equal(false);
    for (const account of accounts) {
      const free: bigint = await vault.freeOf!(account.address);
      await mined(as(vault, account).withdraw!(free, account.address));
    }
  });

  it("an unreserved slot cannot be taken, and can again once the pause is over", async () => {
    const fixture = await deployOrders(await network.create());
    const { providers } = fixture;
    const { order } = await post(fixture, planOrder(fixture));
    await pause(fixture);
    expect((await revertOf(send(fixture, providers[0]!, "take", order, 0))).name).to.equal("OrderMarketPaused");
    await pause(fixture, "unpause");
    await mined(send(fixture, providers[0]!, "take", order, 0));
  });
});

async function pause({ ethers, addresses, market }: OrderFixture, call: "pause" | "unpause" = "pause"): Promise<void> {
  const manager = await ethers.getContractAt("AccessManager", addresses.accessManager);
  await manager.getFunction("execute")(addresses.market, market.interface.encodeFunctionData(call));
}

describe("a slot at a price of nothing", () => {
  it("costs nobody anything: no price, no fee, no collateral", async () => {
    const fixture = await deployOrders(await network.create());
    const { client, providers } = fixture;
    const plan = planOrder(fixture, { floor: 0n, start: Number(await fixture.block()) + 10, riseBlocks: 1000 });
    const { order } = await post(fixture, plan);
    const before = await money(fixture, client, providers[0]!);
    await fixture.goTo(BigInt(order.start));
    await mined(send(fixture, providers[0]!, "take", order, 0));
    const after = await money(fixture, client, providers[0]!);
    expect(after.free[0]! - before.free[0]!).to.equal(slotEscrowOf(order, FEE_BPS));
    expect(after.free[1]).to.equal(before.free[1]);
    expect(LOCAL_PARAMETERS.market.protocolFeeBps).to.equal(FEE_BPS);
  });
});
