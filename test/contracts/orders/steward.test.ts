import { expect } from "chai";
import { network } from "hardhat";
import { type Address, zeroAddress } from "viem";
import type { Order } from "../../../node/data/order.ts";
import { as, mined, openDeal } from "../market/fixture.ts";
import { revertOf } from "../support/reverts.ts";
import {
  DEPOSIT,
  deployOrders,
  money,
  newReplica,
  type OrderFixture,
  PRICE,
  planSealed,
  post,
  send,
  TERMS,
} from "./fixture.ts";

/** A sealed order of 2-of-4 with the outsider as steward, and a commitment in each of its first `count` slots. */
async function committed(fixture: OrderFixture, count: number) {
  const steward = fixture.outsider.address as Address;
  const terms = { ...TERMS, slots: 4, threshold: 2, steward };
  const { order, dealKey } = await post(fixture, planSealed(fixture, { terms, reserveBlocks: 50, approveBlocks: 50 }));
  const replicas: ({ slot: number } & ReturnType<typeof newReplica>)[] = [];
  for (const [slot, provider] of fixture.providers.slice(0, count).entries()) {
    const replica = { slot, ...newReplica() };
    await mined(send(fixture, provider, "reserve", order, slot));
    await mined(send(fixture, provider, "commit", order, slot, replica.root, replica.dataRoot));
    replicas.push(replica);
  }
  const activate = (index: number, who = fixture.outsider) => {
    const { slot, root, dataRoot } = replicas[index]!;
    return send(fixture, who, "activate", order, slot, root, dataRoot);
  };
  return { order, dealKey, replicas, activate };
}

const grant = (order: Order, changes: object) => [
  order.salt,
  order.terms,
  { steward: zeroAddress, until: 2 ** 32, maxPrice: 2n ** 100n, minCollateral: 0n, ...changes },
];

describe("a steward of an order", () => {
  it("activates for a client that is away, n - k times, and from then on the client's silence has its price", async () => {
    const fixture = await deployOrders(await network.create());
    const { client, outsider, providers, orders, goTo } = fixture;
    const { order, dealKey, activate } = await committed(fixture, 3);
    await mined(activate(0));
    await mined(activate(1));
    const refused = await revertOf(activate(2));
    expect(refused).to.deep.equal({ name: "MarketApprovalsUsedUp", args: [2n] });
    expect((await orders.orderOf!(dealKey)).open).to.equal(2n);

    const before = await money(fixture, client, providers[2]!);
    const { until } = await orders.reservationOf!(dealKey, 2);
    await goTo(BigInt(until) + 1n);
    await mined(send(fixture, outsider, "expire", order, 2));
    const after = await money(fixture, client, providers[2]!);
    expect(before.bonds - after.bonds).to.equal(2n * DEPOSIT);
    expect(after.free[1]! - before.free[1]! >= 2n * DEPOSIT).to.equal(true);
    expect(after.burned).to.equal(0n);
  });

  it("activates again once the client was heard of", async () => {
    const fixture = await deployOrders(await network.create());
    const { client, market } = fixture;
    const { order, activate } = await committed(fixture, 3);
    await mined(activate(0));
    await mined(activate(1));
    await mined(as(market, client).heartbeat!(order.salt, order.terms));
    await mined(activate(2));
  });

  it("is bound by the price, the collateral and the time that the client granted", async () => {
    const fixture = await deployOrders(await network.create());
    const { client, outsider, market, block } = fixture;
    const { order, activate } = await committed(fixture, 1);
    const steward = outsider.address;
    const set = (changes: object) => mined(as(market, client).setSteward!(...grant(order, { steward, ...changes })));
    await set({ maxPrice: PRICE / 2n - 1n });
    expect((await revertOf(activate(0))).name).to.equal("MarketStewardPrice");
    await set({ minCollateral: PRICE * 41n });
    expect((await revertOf(activate(0))).name).to.equal("MarketStewardCollateral");
    await set({ until: Number(await block()) + 1 });
    expect((await revertOf(activate(0))).name).to.equal("MarketStewardExpired");
    await set({});
    await mined(activate(0));
  });

  it("is nobody once the client has revoked it, and never a stranger", async () => {
    const fixture = await deployOrders(await network.create());
    const { client, outsider, providers, market } = fixture;
    const { order, activate } = await committed(fixture, 1);
    const stranger = await revertOf(activate(0, providers[7]!));
    expect(stranger).to.deep.equal({ name: "MarketNotSteward", args: [outsider.address, providers[7]!.address] });
    await mined(as(market, client).setSteward!(...grant(order, {})));
    expect(await revertOf(activate(0))).to.deep.equal({
      name: "MarketNotSteward",
      args: [zeroAddress, outsider.address],
    });
    await mined(activate(0, client));
  });

  it("loses no approval to a provider that became unfit, and such a provider still loses its deposit", async () => {
    const fixture = await deployOrders(await network.create());
    const { client, providers, market } = fixture;
    const { replicas, activate } = await committed(fixture, 3);
    // The provider buys its own replica under another deal first.
    await openDeal(fixture, { client, providers: [providers[0]!], offer: { root: replicas[0]!.root } });
    const { logs } = await mined(activate(0));
    const names = logs.map((log) => (fixture.orders.interface.parseLog(log) ?? market.interface.parseLog(log))?.name);
    expect(names).to.include("ProviderUnfit");
    expect(names).not.to.include("ReplacementApproved");
    expect((await money(fixture)).burned).to.equal(DEPOSIT);
    await mined(activate(1));
    await mined(activate(2));
  });

  it("cannot reject: a client's bond is its own to burn", async () => {
    const fixture = await deployOrders(await network.create());
    const { order } = await committed(fixture, 1);
    expect((await revertOf(send(fixture, fixture.outsider, "reject", order, 0))).name).to.equal("OrderNotClient");
  });
});
