import { expect } from "chai";
import { network } from "hardhat";
import { refillSlot } from "../../../node/data/changes.ts";
import { slotFromChain } from "../../../node/data/settlement.ts";
import type { Offer, SlotClaim } from "../../../node/data/terms.ts";
import { claimAfter, failSlot, nextOffer, refill, signExtension } from "./changes.ts";
import {
  as,
  balances,
  deployMarket,
  end,
  type Fixture,
  mined,
  newRoot,
  openDeal,
  type Party,
  PRICE,
  runWindows,
} from "./fixture.ts";

const chain = await network.create();
const deploy = () => deployMarket(chain);
const load = (): Promise<Fixture> => chain.networkHelpers.loadFixture(deploy);
const fee = (escrow: bigint) => (escrow * 3n + 99n) / 100n;

/** A deal of two slots, the first of which has failed after `lived` proven windows. */
async function failed(fixture: Fixture, { lived = 0, terms = {} } = {}) {
  const { client, providers, outsider } = fixture;
  const deal = await openDeal(fixture, { client, providers: providers.slice(0, 2), terms: { threshold: 1, ...terms } });
  const [claim, other] = deal.claims as [SlotClaim, SlotClaim];
  if (lived > 0) await runWindows(fixture, claim, [0, lived], () => true);
  await failSlot(fixture, claim, lived);
  const next = providers[2]!;
  const start = await balances(fixture, client, next, outsider);
  const since = async () => {
    const now = await balances(fixture, client, next, outsider);
    const [toClient, toNext, toOutsider] = now.free.map((free, i) => free - start.free[i]!);
    const [collateral, burned] = [now.collateral - start.collateral, now.burned - start.burned];
    return { escrows: now.escrows - start.escrows, collateral, bonds: now.bonds, burned, toClient, toNext, toOutsider };
  };
  const fill = (changes: Partial<Offer> = {}, who: Party = client, current: readonly SlotClaim[] = [other]) =>
    refill(fixture, who, claim, { by: next, offer: nextOffer(claim, next, changes), current });
  return { ...deal, claim, other, next, since, fill };
}

async function slotOf({ market }: Fixture, { offer }: SlotClaim) {
  const state = (await market.slotOf!(offer.dealKey, offer.slot)).toObject();
  const { penalty, bonus, left, earnedFrom } = (await market.reserveOf!(offer.dealKey, offer.slot)).toObject();
  const [settled, missesLeft, end, generation, status] = ["settled", "missesLeft", "end", "generation", "status"].map(
    (name) => Number(state[name]),
  ) as [number, number, number, number, number];
  return slotFromChain(
    { settled, missesLeft, end, generation, status },
    { penalty, bonus, left: Number(left), earnedFrom: Number(earnedFrom) },
  );
}

describe("refill", () => {
  it("puts another replica in the place of one that failed, out of the escrow that it left", async () => {
    const fixture = await load();
    const { market, client } = fixture;
    const { claim, next, since, fill } = await failed(fixture, { lived: 4 });
    const before = await slotOf(fixture, claim);
    const receipt = await mined(fill());
    const fresh = claimAfter(fixture, claim, receipt);
    const { firstWindow, offer } = fresh;
    const mirror = refillSlot(before, claim, { offer, firstWindow, feeBps: 300n });
    if (typeof mirror === "string") throw new Error(mirror);
    expect(await slotOf(fixture, fresh)).to.deep.equal(mirror.slot);
    expect(mirror.slot).to.include({ settled: 0, end: 30, missesLeft: 4, bonus: PRICE * 10n, earnedFrom: 9 });
    expect(await market.refillerOf!(claim.offer.dealKey, 0)).to.equal(client.address);
    expect(await since()).to.deep.equal({
      ...{ escrows: 0n, collateral: PRICE * 40n, bonds: PRICE * 10n, burned: 0n },
      ...{ toClient: 0n, toNext: -PRICE * 40n, toOutsider: 0n },
    });
    await runWindows(fixture, fresh, [0, 30], () => true);
    await mined(market.settle!(fresh, 99));
    await mined(market.claimBonus!(fresh, firstWindow + 8));
    await mined(market.release!(fresh));
    expect(await since()).to.include({ toNext: PRICE * 30n, toClient: PRICE * 10n, bonds: 0n, burned: 0n });
    expect((await market.slotOf!(claim.offer.dealKey, 0)).toObject()).to.include({ status: 2n, generation: 1n });
    expect(next.address).to.equal(offer.provider);
  });

  it("returns what a cheaper replica saves, and takes what a dearer one costs from the client, with the fee", async () => {
    const fixture = await load();
    const cheap = await failed(fixture);
    await mined(cheap.fill({ price: PRICE / 4n }));
    expect(await cheap.since()).to.include({
      toClient: (PRICE * 34n * 3n) / 4n,
      escrows: (-PRICE * 34n * 3n) / 4n,
      burned: 0n,
    });

    const dear = await failed(await load());
    await mined(dear.fill({ price: PRICE + 7n }));
    const rise = 34n * 7n;
    expect(await dear.since()).to.include({ toClient: -rise - fee(rise), escrows: rise, burned: fee(rise) });
  });

  it("takes the place of a forfeited replica only after its end, for the windows that were given up", async () => {
    const fixture = await load();
    const { market, client, providers } = fixture;
    const [leaving, , next] = providers as [Party, Party, Party];
    const deal = await openDeal(fixture, { client, providers: providers.slice(0, 2) });
    const [claim, other] = deal.claims as [SlotClaim, SlotClaim];
    await runWindows(fixture, claim, [0, 10], () => true);
    await fixture.goTo(
      ((await fixture.spacetime.openingOf!(claim.offer.provider, claim.firstWindow + 10)) as bigint) + 2n,
    );
    await mined(end(fixture, leaving, "forfeit", claim));
    const attempt = () => refill(fixture, client, claim, { by: next, offer: nextOffer(claim, next), current: [other] });
    await expect(attempt()).to.be.revertedWithCustomError(market, "MarketSlotNotVacated").withArgs(1);
    await runWindows(fixture, claim, [10, 11], () => true);
    await mined(market.settle!(claim, 99));
    await mined(market.release!(claim));
    const fresh = claimAfter(fixture, claim, await mined(attempt()));
    expect(await slotOf(fixture, fresh)).to.include({ end: 29, penalty: 0n, left: 0, missesLeft: 4 });
    await runWindows(fixture, fresh, [0, 29], () => true);
    await mined(market.settle!(fresh, 99));
    await mined(market.release!(fresh));
    const { escrows, collateral } = await balances(fixture);
    expect({ escrows, collateral }).to.deep.equal({ escrows: PRICE * 40n, collateral: PRICE * 40n });
  });

  it("adds the windows that a forfeited replica failed in to those that it gave up", async () => {
    const fixture = await load();
    const { market, client, providers } = fixture;
    const deal = await openDeal(fixture, { client, providers: providers.slice(0, 1), terms: { maxMisses: 5 } });
    const claim = deal.claims[0]!;
    await runWindows(fixture, claim, [0, 5], () => false);
    await fixture.goTo(
      ((await fixture.spacetime.openingOf!(claim.offer.provider, claim.firstWindow + 5)) as bigint) + 2n,
    );
    await mined(end(fixture, providers[0]!, "forfeit", claim));
    await runWindows(fixture, claim, [5, 6], () => false);
    await mined(market.settle!(claim, 99));
    const next = providers[1]!;
    const fresh = claimAfter(
      fixture,
      claim,
      await mined(refill(fixture, client, claim, { by: next, offer: nextOffer(claim, next) })),
    );
    // 17 of the penalty's 34/2 and 23 of the rest: a quarter of each.
    expect(await slotOf(fixture, fresh)).to.include({ end: 34, penalty: 0n, bonus: PRICE * 10n, left: 0 });
    expect((await balances(fixture)).escrows).to.equal(PRICE * 34n);
  });

  it("takes no more windows than the deal's terms have, and returns the price of the others", async () => {
    const fixture = await load();
    const { market, client, providers } = fixture;
    const deal = await openDeal(fixture, { client, providers: providers.slice(0, 1) });
    const claim = deal.claims[0]!;
    const signed = await signExtension(fixture, providers[0]!, claim, { until: claim.firstWindow + 70 });
    const longer = claimAfter(fixture, claim, await mined(as(market, client).extend!(claim, signed, PRICE * 40n)));
    await runWindows(fixture, longer, [0, 7], () => false);
    await mined(market.settle!(longer, 99));
    const next = providers[1]!;
    const before = await balances(fixture, client);
    const fresh = claimAfter(
      fixture,
      longer,
      await mined(refill(fixture, client, longer, { by: next, offer: nextOffer(longer, next), maxPayment: 0n })),
    );
    expect(await slotOf(fixture, fresh)).to.include({ end: 40, missesLeft: 5 });
    const after = await balances(fixture, client);
    expect(after.free[0]! - before.free[0]!).to.equal(PRICE * 23n);
    expect(after.escrows).to.equal(PRICE * 40n);
  });

  it("keeps the misses of the predecessor from its successor, and never lets fewer than three be survived", async () => {
    const fixture = await load();
    const { market } = fixture;
    const { claim, fill, client, next, other } = await failed(fixture, { lived: 32 });
    const fresh = claimAfter(fixture, claim, await mined(fill()));
    expect(await slotOf(fixture, fresh)).to.include({ end: 2, missesLeft: 3 });
    await runWindows(fixture, fresh, [0, 2], () => false);
    await mined(market.settle!(fresh, 99));
    expect(await slotOf(fixture, fresh)).to.include({ settled: 2, status: "Active" });
    await mined(market.release!(fresh));
    // Nothing is left: the bonus can be earned no more, and burns at anybody's word.
    await expect(
      refill(fixture, client, fresh, { by: next, offer: nextOffer(fresh, next), current: [other] }),
    ).to.be.revertedWithCustomError(market, "MarketNothingLeft");
    await expect(as(market, fixture.outsider).release!(fresh))
      .to.emit(market, "SlotReclaimed")
      .withArgs(claim.offer.dealKey, client.address, 0, 0, PRICE * 10n);
    expect((await balances(fixture)).bonds).to.equal(0n);
  });

  it("happens 127 times to a slot; whoever comes then gets nothing, and the client has back what waited", async () => {
    const fixture = await load();
    const { client, providers, market, spacetime, goTo } = fixture;
    const provider = providers[0]!;
    /** Between two windows a slot is given up and left in three blocks. */
    const nextGap = async () => {
      const window: bigint = await spacetime.closedWindows!(provider.address);
      await goTo(((await spacetime.closeOf!(provider.address, window)) as bigint) + 1n);
    };
    await nextGap();
    const offer = { price: 2n, collateral: 80n };
    const deal = await openDeal(fixture, { client, providers: [provider], offer });
    let claim = deal.claims[0]!;
    const leave = async () => {
      await mined(end(fixture, provider, "forfeit", claim));
      await mined(market.release!(claim));
      await nextGap();
    };
    await leave();
    for (let generation = 1; generation <= 127; generation++) {
      const next = nextOffer(claim, provider);
      claim = claimAfter(fixture, claim, await mined(refill(fixture, client, claim, { by: provider, offer: next })));
      await leave();
    }
    expect((await market.slotOf!(deal.dealKey, 0)).generation).to.equal(127n);
    await expect(refill(fixture, client, claim, { by: provider, offer: nextOffer(claim, provider) }))
      .to.be.revertedWithCustomError(market, "DealOfferMalformed")
      .withArgs(0, "generation", 127, 128);
    const before = await balances(fixture, client);
    await mined(as(market, client).release!(claim));
    const after = await balances(fixture, client);
    expect([before.escrows, after.escrows, after.free[0]! - before.free[0]!]).to.deep.equal([80n, 0n, 80n]);
  });

  it("wants the place as it is: its deal, size and next generation, and a provider and a root of its own", async () => {
    const fixture = await load();
    const { market, client, providers } = fixture;
    const { claim, other, fill } = await failed(fixture);
    for (const wrong of [
      ...[{ generation: 0 }, { generation: 2 }, { m: 14 }, { groups: 12 }, { slot: 1 }],
      ...[{ dealKey: newRoot() }, { client: providers[0]!.address as `0x${string}` }, { collateral: 2n ** 104n }],
    ])
      await expect(fill(wrong)).to.be.revertedWithCustomError(market, "DealOfferMalformed");
    await expect(fill({ root: other.offer.root }))
      .to.be.revertedWithCustomError(market, "DealOfferDuplicate")
      .withArgs(0, "root");
    const twice = { by: providers[1]!, offer: nextOffer(claim, providers[1]!), current: [other] };
    await expect(refill(fixture, client, claim, twice))
      .to.be.revertedWithCustomError(market, "DealOfferDuplicate")
      .withArgs(0, "provider");
    for (const current of [[], [claim], [other, other], [{ ...other, firstWindow: other.firstWindow + 1 }]])
      await expect(fill({}, client, current)).to.be.revertedWithCustomError(market, "DealCurrentMismatch");
    await expect(fill({ expiry: 1 }))
      .to.be.revertedWithCustomError(market, "MarketOfferRefused")
      .withArgs(1);
    const { outsider } = fixture; // has tokens, and is no provider
    await expect(refill(fixture, client, claim, { by: outsider, offer: nextOffer(claim, outsider), current: [other] }))
      .to.be.revertedWithCustomError(market, "MarketOfferRefused")
      .withArgs(3);
    await expect(fill({ root: claim.offer.root, provider: claim.offer.provider })).to.be.revertedWithCustomError(
      market,
      "DealBadSignature",
    );
    const relapse = nextOffer(claim, providers[0]!, { root: claim.offer.root });
    await expect(refill(fixture, client, claim, { by: providers[0]!, offer: relapse, current: [other] }))
      .to.be.revertedWithCustomError(market, "MarketOfferRefused")
      .withArgs(10);
    await expect(
      as(market, client).refill!(
        claim,
        claim.salt,
        { ...claim.terms, steward: client.address },
        [other],
        await fixture.sign(providers[2]!, nextOffer(claim, providers[2]!)),
        0,
      ),
    ).to.be.revertedWithCustomError(market, "MarketWrongDeal");
  });

  it("fills no slot that is active, was paid to its end, or was given up by its client", async () => {
    const fixture = await load();
    const { market, client, providers } = fixture;
    const { claim, other, fill } = await failed(fixture);
    const next = providers[3]!;
    await expect(refill(fixture, client, other, { by: next, offer: nextOffer(other, next) }))
      .to.be.revertedWithCustomError(market, "MarketSlotNotVacated")
      .withArgs(1);
    const fresh = claimAfter(fixture, claim, await mined(fill()));
    // The old filling is history: it names neither the slot's replica nor a bonus.
    await expect(fill()).to.be.revertedWithCustomError(market, "MarketWrongGeneration").withArgs(1, 0);
    await expect(market.claimBonus!(claim, claim.firstWindow)).to.be.revertedWithCustomError(
      market,
      "MarketWrongGeneration",
    );
    await failSlot(fixture, fresh);
    await mined(as(market, client).release!(fresh));
    await expect(
      refill(fixture, client, fresh, { by: next, offer: nextOffer(fresh, next), current: [other] }),
    ).to.be.revertedWithCustomError(market, "MarketNothingLeft");
  });
});

describe("claimBonus", () => {
  it("pays who refilled for one proven window behind the cooling-off, once, whoever asks", async () => {
    const fixture = await load();
    const { market, client, outsider } = fixture;
    const { claim, fill, since } = await failed(fixture, { terms: { coolingOff: 2 } });
    const fresh = claimAfter(fixture, claim, await mined(fill()));
    const first = fresh.firstWindow;
    await runWindows(fixture, fresh, [0, 4], (index) => index !== 2);
    const claimBonus = (window: number) => as(market, outsider).claimBonus!(fresh, window);
    await expect(claimBonus(first + 3))
      .to.be.revertedWithCustomError(market, "MarketBonusNotEarned")
      .withArgs(first + 2, first, first + 3);
    await mined(market.settle!(fresh, 4));
    for (const window of [first, first + 1, first + 2, first + 4])
      await expect(claimBonus(window)).to.be.revertedWithCustomError(market, "MarketBonusNotEarned");
    await expect(claimBonus(first + 3))
      .to.emit(market, "BonusClaimed")
      .withArgs(claim.offer.dealKey, client.address, 0, PRICE * 10n);
    await expect(claimBonus(first + 3)).to.be.revertedWithCustomError(market, "MarketBonusNotEarned");
    expect(await since()).to.include({ bonds: 0n, toOutsider: 0n, toClient: PRICE * 11n });
  });

  it("earns nothing by a replica that is dropped again in the cooling-off", async () => {
    const fixture = await load();
    const { market, client, outsider } = fixture;
    const { claim, fill, since } = await failed(fixture);
    const fresh = claimAfter(fixture, claim, await mined(fill()));
    await runWindows(fixture, fresh, [0, 1], () => true);
    await mined(end(fixture, client, "drop", fresh));
    await expect(market.claimBonus!(fresh, fresh.firstWindow)).to.be.revertedWithCustomError(
      market,
      "MarketBonusNotEarned",
    );
    await mined(market.release!(fresh));
    await mined(as(market, outsider).release!(fresh));
    expect(await since()).to.include({ bonds: 0n, burned: PRICE * 10n, toClient: PRICE * 33n });
  });

  it("is made by the release where nobody claimed before", async () => {
    const fixture = await load();
    const { market, client, outsider } = fixture;
    const { claim, fill, since } = await failed(fixture, { lived: 30 });
    const fresh = claimAfter(fixture, claim, await mined(fill()));
    await runWindows(fixture, fresh, [0, 4], (index) => index === 3);
    await mined(market.settle!(fresh, 99));
    await mined(market.release!(fresh));
    await expect(as(market, outsider).release!(fresh))
      .to.emit(market, "BonusClaimed")
      .withArgs(claim.offer.dealKey, client.address, 0, PRICE * 10n);
    await expect(as(market, outsider).release!(fresh)).to.be.revertedWithCustomError(market, "MarketNothingToRelease");
    expect(await since()).to.include({ bonds: 0n, burned: 0n, toClient: PRICE * 13n });
  });

  it("passes an unearned bonus on to the next refill when the replica fails or is given up too", async () => {
    const fixture = await load();
    const { market, client, providers } = fixture;
    const { claim, other, fill } = await failed(fixture, { terms: { coolingOff: 0 } });
    const fresh = claimAfter(fixture, claim, await mined(fill()));
    await runWindows(fixture, fresh, [0, 1], () => true);
    await mined(market.settle!(fresh, 9));
    await mined(end(fixture, providers[2]!, "forfeit", fresh));
    // 33 windows are left; half of their price, and a quarter of that.
    const second = (PRICE * 33n) / 8n;
    expect(await slotOf(fixture, fresh)).to.include({ bonus: PRICE * 10n + second, earnedFrom: 0, left: 33 });
    await expect(market.claimBonus!(fresh, fresh.firstWindow)).to.be.revertedWithCustomError(
      market,
      "MarketBonusNotEarned",
    );
    await mined(market.release!(fresh));
    const third = providers[3]!;
    const last = claimAfter(
      fixture,
      fresh,
      await mined(refill(fixture, client, fresh, { by: third, offer: nextOffer(fresh, third), current: [other] })),
    );
    expect(last.offer.generation).to.equal(2);
    expect(await slotOf(fixture, last)).to.include({ bonus: PRICE * 10n + second, earnedFrom: 1, end: 33 });
  });
});
