/** One copy, paid twice: the same root in two slots of a deal, or in two deals of one lane. */
import { expect } from "chai";
import { network } from "hardhat";
import {
  as,
  deployMarket,
  FUNDS,
  mined,
  newRoot,
  open,
  openDeal,
  PRICE,
  planDeal,
  runWindows,
} from "../contracts/market/fixture.ts";
import { deployOrders, newReplica, planOrder, planSealed, post, send } from "../contracts/orders/fixture.ts";
import { payoff } from "./support/wealth.ts";

describe("attack: one root in two slots", () => {
  it("of one deal is refused when it opens, and when an empty slot is filled later", async () => {
    const fixture = await deployMarket(await network.create());
    const { client, market } = fixture;
    const [one, two] = [fixture.providers[0]!, fixture.providers[1]!];
    const root = newRoot();
    const won = await payoff(fixture, [one, two], async () => {
      const terms = { slots: 2, threshold: 1 };
      const twice = await planDeal(fixture, { client, providers: [one, two], terms, offer: { root } });
      await expect(open(fixture, twice))
        .to.be.revertedWithCustomError(market, "DealOfferDuplicate")
        .withArgs(1, "root");

      const first = { ...twice, offers: twice.offers.slice(0, 1) };
      await mined(open(fixture, first));
      const { offer } = first.offers[0]!;
      const firstWindow = Number((await fixture.spacetime.recordOf!(one, root)).firstWindow);
      const later = as(market, client).fillSlots!(
        twice.salt,
        twice.terms,
        [{ offer, firstWindow }],
        [twice.offers[1]],
        FUNDS,
      );
      await expect(later).to.be.revertedWithCustomError(market, "DealOfferDuplicate").withArgs(1, "root");
    });
    expect(won).to.equal(-40n * PRICE); // the collateral of the one slot that it filled
  });

  it("of two deals of one lane is paid once: the second slot stays empty, and its price with the client", async () => {
    const fixture = await deployMarket(await network.create());
    const { client, outsider, market } = fixture;
    const provider = fixture.providers[0]!;
    const root = newRoot();
    const terms = { slots: 1, threshold: 1 };
    const spent = await payoff(fixture, [outsider], async () => {
      const won = await payoff(fixture, [provider], async () => {
        const { claims } = await openDeal(fixture, { client, providers: [provider], terms, offer: { root } });
        const again = await planDeal(fixture, { client: outsider, providers: [provider], terms, offer: { root } });
        await expect(open(fixture, again)).to.be.revertedWithCustomError(market, "DealTooFewSlots").withArgs(1, 0);
        await runWindows(fixture, claims[0]!, [0, 40], () => true);
        await mined(market.settle!(claims[0]!, 40));
        await mined(market.release!(claims[0]!));
      });
      expect(won).to.equal(40n * PRICE);
    });
    expect(spent).to.equal(0n);
  });

  it("of an order is refused when it is posted, when a provider commits to a posted root, and when it is activated", async () => {
    const fixture = await deployOrders(await network.create());
    const { orders, client } = fixture;
    const [one, two] = [fixture.providers[0]!, fixture.providers[1]!];
    const replica = newReplica();
    await expect(
      as(orders, client).postDeal!(planOrder(fixture, { posted: [replica, replica, newReplica()] }), FUNDS),
    ).to.be.revertedWithCustomError(orders, "OrderRootTaken");

    const { order } = await post(fixture, planSealed(fixture));
    for (const [slot, provider] of [one, two].entries()) {
      await mined(send(fixture, provider, "reserve", order, slot));
      await mined(send(fixture, provider, "commit", order, slot, replica.root, replica.dataRoot));
    }
    const spent = await payoff(fixture, [client], async () => {
      await mined(send(fixture, client, "activate", order, 0, replica.root, replica.dataRoot));
      await expect(
        send(fixture, client, "activate", order, 1, replica.root, replica.dataRoot),
      ).to.be.revertedWithCustomError(orders, "OrderRootTaken");
    });
    expect(spent >= 0n).to.equal(true); // a bond and what the price left came back; nothing was paid for the second slot
  });
});
