import { expect } from "chai";
import { network } from "hardhat";
import { orderPriceAt, slotEscrowOf } from "../../../node/data/order.ts";
import { dealKeyOf } from "../../../node/data/terms.ts";
import { as, mined, runWindows } from "../market/fixture.ts";
import { requireSolvent } from "../support/vault.ts";
import { claimOf, deployOrders, FEE_BPS, money, PRICE, planOrder, post, send } from "./fixture.ts";

describe("OrderBook.take", () => {
  it("fills a posted slot at the price of its block, and the rest of its escrow is the client's again", async () => {
    const fixture = await deployOrders(await network.create());
    const { client, providers, token, vault, goTo } = fixture;
    const before = await money(fixture, client);
    const { order } = await post(fixture, planOrder(fixture));
    expect((await money(fixture, client)).escrows).to.equal(3n * slotEscrowOf(order, FEE_BPS));

    await goTo(BigInt(order.start) + 7n);
    const claim = await claimOf(fixture, order, send(fixture, providers[0]!, "take", order, 1));
    const price = orderPriceAt(order, BigInt(order.start) + 7n);
    expect(price).to.equal(PRICE / 2n + ((PRICE / 2n) * 7n) / 20n);
    expect(claim.offer).to.include({ price, slot: 1, provider: providers[0]!.address });
    expect(claim.offer.root).to.equal(order.posted[1]!.root);

    const after = await money(fixture, client);
    const paid = price * 40n + (price * 40n * 300n + 9_999n) / 10_000n;
    expect(after.escrows).to.equal(2n * slotEscrowOf(order, FEE_BPS));
    expect(before.free[0]! - after.free[0]!).to.equal(after.escrows + paid);
    await requireSolvent(vault, token);
  });

  it("makes a replica that is proven, settled and released like any other", async () => {
    const fixture = await deployOrders(await network.create());
    const { client, outsider, providers, market } = fixture;
    const [provider] = providers;
    const { order } = await post(fixture, planOrder(fixture));
    const before = await money(fixture, provider!);
    const claim = await claimOf(fixture, order, send(fixture, provider!, "take", order, 0));
    await runWindows(fixture, claim, [0, 40], () => true);
    await mined(as(market, outsider).settle!(claim, 40));
    await mined(as(market, outsider).release!(claim));
    const after = await money(fixture, provider!);
    expect(after.free[0]! - before.free[0]!).to.equal(claim.offer.price * 40n);
    expect(await market.headerHashOf!(dealKeyOf(client.address as `0x${string}`, order.salt, order.terms))).to.equal(
      order.headerHash,
    );
  });
});
