/** An operator takes two slots of a deal and keeps one shard: under one identity, or under two. */
import { expect } from "chai";
import { network } from "hardhat";
import { failSlot, nextOffer, refill } from "../contracts/market/changes.ts";
import { as, deployMarket, FUNDS, mined, open, openDeal, PRICE, planDeal } from "../contracts/market/fixture.ts";
import { claimOf, deployOrders, planOrder, post, send } from "../contracts/orders/fixture.ts";
import { payoff } from "./support/wealth.ts";
import { proveAll } from "./support/windows.ts";

const WINDOWS = 10;
const TERMS = { slots: 2, threshold: 1, windows: WINDOWS, maxMisses: WINDOWS };

/** Two identities in two slots; `kept` says which of the shards the operator still has. */
async function twoIdentities(kept: readonly boolean[]) {
  const fixture = await deployMarket(await network.create());
  const { client, market, spacetime } = fixture;
  const identities = fixture.providers.slice(0, 2);
  const won = await payoff(fixture, identities, async () => {
    const { claims } = await openDeal(fixture, { client, providers: identities, terms: TERMS });
    await proveAll(
      fixture,
      claims.filter((_, slot) => kept[slot]),
      claims,
    );
    for (const [slot, claim] of claims.entries()) {
      await mined(as(spacetime, identities[slot]!).account!(identities[slot], WINDOWS));
      await mined(market.settle!(claim, WINDOWS));
      await mined(market.release!(claim));
    }
  });
  const beta: bigint = await spacetime.BETA!();
  return { won, burn: (((beta << 13n) + 2n ** 64n - 1n) >> 64n) * BigInt(WINDOWS) };
}

describe("attack: one operator in two slots", () => {
  it("under one identity is refused: when a deal opens, when a slot is filled, and in an order", async () => {
    const fixture = await deployOrders(await network.create());
    const { client, market, orders } = fixture;
    const [provider, other] = [fixture.providers[0]!, fixture.providers[1]!];
    const won = await payoff(fixture, [provider], async () => {
      const twice = await planDeal(fixture, { client, providers: [provider, provider], terms: TERMS });
      await expect(open(fixture, twice))
        .to.be.revertedWithCustomError(market, "DealOfferDuplicate")
        .withArgs(1, "provider");
      const { claims, ...deal } = await openDeal(fixture, {
        client,
        providers: [other, provider],
        terms: { ...TERMS, slots: 3 },
      });
      const again = await fixture.sign(provider, { ...twice.offers[1]!.offer, dealKey: deal.dealKey, slot: 2 });
      await expect(as(market, client).fillSlots!(deal.salt, deal.terms, claims, [again], FUNDS))
        .to.be.revertedWithCustomError(market, "DealOfferDuplicate")
        .withArgs(2, "provider");

      const { order } = await post(fixture, planOrder(fixture));
      await mined(send(fixture, provider, "take", order, 0));
      await expect(send(fixture, provider, "take", order, 1)).to.be.revertedWithCustomError(
        orders,
        "OrderProviderEngaged",
      );
    });
    expect(won < 0n).to.equal(true); // only the collateral of the slots that it got
  });

  it("under one identity is refused beside an open order too: who refills a slot of the deal could take another from the book", async () => {
    const fixture = await deployOrders(await network.create());
    const { client, market } = fixture;
    const [first, operator] = [fixture.providers[0]!, fixture.providers[1]!];
    const { order } = await post(fixture, planOrder(fixture));
    const claim = await claimOf(fixture, order, send(fixture, first, "take", order, 0));
    await failSlot(fixture, claim);
    const won = await payoff(fixture, [operator], async () => {
      const offer = nextOffer(claim, operator, { expiry: 2 ** 32 });
      await expect(refill(fixture, client, claim, { by: operator, offer })).to.be.revertedWithCustomError(
        market,
        "DealOrderOpen",
      );
      await mined(send(fixture, client, "closeOrder", order, [1, 2]));
      await mined(refill(fixture, client, claim, { by: operator, offer }));
    });
    expect(won).to.equal(-claim.offer.collateral); // in the one slot that it has
  });

  it("under two identities earns two prices for two shards: dropping one loses its price and burns its own lane's stake", async () => {
    const both = await twoIdentities([true, true]);
    const one = await twoIdentities([true, false]);
    expect(both.won).to.equal(2n * BigInt(WINDOWS) * PRICE);
    expect(one.won).to.equal(BigInt(WINDOWS) * PRICE - one.burn + one.burn / 20n);
    expect(one.won).to.be.lessThan(both.won);
  });
});
