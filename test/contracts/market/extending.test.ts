import { expect } from "chai";
import { network } from "hardhat";
import { extendSlot, topUpSlot } from "../../../node/data/changes.ts";
import { filledSlot } from "../../../node/data/settlement.ts";
import { MAX_WINDOWS, type SlotClaim } from "../../../node/data/terms.ts";
import { claimAfter, signExtension } from "./changes.ts";
import {
  as,
  balances,
  deployMarket,
  end,
  type Fixture,
  FUNDS,
  mined,
  newRoot,
  openDeal,
  PRICE,
  runWindows,
} from "./fixture.ts";

const chain = await network.create();
const load = (): Promise<Fixture> => chain.networkHelpers.loadFixture(deploy);
const deploy = () => deployMarket(chain);

async function openOne(fixture: Fixture, terms = {}, offer = {}) {
  const { client, providers, market } = fixture;
  const provider = providers[0]!;
  const deal = await openDeal(fixture, { client, providers: [provider], terms, offer });
  const claim = deal.claims[0]!;
  const start = await balances(fixture, client, provider);
  const since = async () => {
    const now = await balances(fixture, client, provider);
    return {
      ...{ escrows: now.escrows, collateral: now.collateral, burned: now.burned - start.burned },
      ...{ toClient: now.free[0]! - start.free[0]!, toProvider: now.free[1]! - start.free[1]! },
    };
  };
  /** Extends to `until` windows from the replica's first on. */
  const extend = async (claim: SlotClaim, until: number, changes = {}, maxPayment = FUNDS) => {
    const signed = await signExtension(fixture, provider, claim, {
      until: deal.claims[0]!.firstWindow + until,
      ...changes,
    });
    return as(market, client).extend!(claim, signed, maxPayment);
  };
  return { ...deal, claim, provider, since, extend };
}

const slotOf = async ({ market }: Fixture, { offer }: SlotClaim) => {
  const { settled, missesLeft, end, status } = (await market.slotOf!(offer.dealKey, offer.slot)).toObject();
  return [settled, missesLeft, end, status].map(Number);
};
const fee = (escrow: bigint) => (escrow * 3n + 99n) / 100n;

describe("extend", () => {
  it("settles, begins to count anew, and takes price and fee of the added windows", async () => {
    const fixture = await load();
    const { claim, since, extend } = await openOne(fixture);
    await runWindows(fixture, claim, [0, 10], (index) => index !== 4);
    const receipt = await mined(extend(claim, 80));
    const longer = claimAfter(fixture, claim, receipt);
    expect(longer.firstWindow).to.equal(claim.firstWindow + 10);
    expect(await slotOf(fixture, longer)).to.deep.equal([0, 6, 70, 1]);
    expect(await since()).to.deep.equal({
      ...{ escrows: PRICE * 70n, collateral: PRICE * 40n, burned: fee(PRICE * 40n) },
      ...{ toClient: PRICE - PRICE * 40n - fee(PRICE * 40n), toProvider: PRICE * 9n },
    });
    await runWindows(fixture, longer, [0, 70], () => true);
    await mined(fixture.market.settle!(longer, 100));
    await mined(fixture.market.release!(longer));
    expect(await since()).to.include({ escrows: 0n, collateral: 0n, toProvider: PRICE * 119n });
  });

  it("charges a rise of the price on what was left too, with its fee, and returns a fall", async () => {
    const fixture = await load();
    const { claim, since, extend } = await openOne(fixture);
    const dearer = claimAfter(fixture, claim, await mined(extend(claim, 50, { price: (3n * PRICE) / 2n })));
    expect(await since()).to.include({
      ...{ escrows: PRICE * 75n, burned: fee(PRICE * 35n), toClient: -PRICE * 35n - fee(PRICE * 35n) },
    });
    const cheaper = claimAfter(fixture, dearer, await mined(extend(dearer, 60, { price: PRICE / 2n })));
    expect(await since()).to.include({
      ...{ escrows: PRICE * 30n, burned: fee(PRICE * 35n) + fee(PRICE * 5n) },
      toClient: PRICE * 10n - fee(PRICE * 35n) - fee(PRICE * 5n),
    });
    await runWindows(fixture, cheaper, [0, 2], () => true);
    await mined(fixture.market.settle!(cheaper, 100));
    expect(await since()).to.include({ toProvider: PRICE });
  });

  it("never burns less than the fee of what any window is paid at, whatever prices it went through", async () => {
    const fixture = await load();
    const { claim, since, extend } = await openOne(fixture);
    let now = claim;
    let [until, burned] = [40, fee(PRICE * 40n)];
    for (const price of [(3n * PRICE) / 2n, PRICE / 7n, PRICE, (9n * PRICE) / 5n]) {
      until += 3;
      now = claimAfter(fixture, now, await mined(extend(now, until, { price })));
      burned = (await since()).burned + fee(PRICE * 40n);
      expect(burned >= fee(price * BigInt(until))).to.equal(true);
    }
  });

  it("takes more collateral from the provider, never less, and answers the mirror to the unit", async () => {
    const fixture = await load();
    const { market } = fixture;
    const { claim, since, extend } = await openOne(
      fixture,
      { windows: 19, maxMisses: 3, coolingOff: 0, cancelFeeWindows: 0 },
      { price: 7n },
    );
    await expect(extend(claim, 40, { collateral: claim.offer.collateral - 1n })).to.be.revertedWithCustomError(
      market,
      "DealOfferMalformed",
    );
    const extension = {
      offer: { ...claim.offer, price: 5n, collateral: claim.offer.collateral + 9n },
      until: claim.firstWindow + 41,
    };
    const clock = {
      start: claim.firstWindow,
      firstWindow: claim.firstWindow,
      closed: 0,
      opened: 0,
      provenWord: () => 0n,
    };
    const mirror = extendSlot(filledSlot(claim.terms), claim, clock, { extension, feeBps: 300n });
    if (typeof mirror === "string") throw new Error(mirror);
    const longer = claimAfter(
      fixture,
      claim,
      await mined(extend(claim, 41, { price: 5n, collateral: extension.offer.collateral })),
    );
    expect({ offer: longer.offer, firstWindow: longer.firstWindow }).to.deep.equal(mirror.filling);
    expect(await slotOf(fixture, longer)).to.deep.equal([0, mirror.slot.missesLeft, mirror.slot.end, 1]);
    expect(mirror.slot.missesLeft).to.equal(4);
    expect(await since()).to.deep.equal({
      ...{ escrows: 205n, collateral: extension.offer.collateral, burned: mirror.fee },
      ...{ toClient: 19n * 7n - 205n - mirror.fee, toProvider: -9n },
    });
    expect(mirror.fee).to.equal(fee(22n * 5n));
  });

  it("is the client's, within its maximum, for the same replica, by the provider's word", async () => {
    const fixture = await load();
    const { market, outsider, client, registry, providers } = fixture;
    const { claim, provider, extend, offers } = await openOne(fixture);
    const until = claim.firstWindow + 50;
    const signed = await signExtension(fixture, provider, claim, { until });
    for (const who of [outsider, provider])
      await expect(as(market, who).extend!(claim, signed, FUNDS)).to.be.revertedWithCustomError(
        market,
        "MarketNotClient",
      );
    const owed = PRICE * 10n + fee(PRICE * 10n);
    await expect(extend(claim, 50, {}, owed - 1n))
      .to.be.revertedWithCustomError(market, "DealPaymentAboveMaximum")
      .withArgs(owed - 1n, owed);
    for (const other of [
      ...[{ root: newRoot() }, { dataRoot: newRoot() }, { m: 14 }, { groups: 12 }, { generation: 1 }, { slot: 1 }],
      ...[{ dealKey: newRoot() }, { client: provider.address as `0x${string}` }, { price: 2n ** 104n }],
    ])
      await expect(extend(claim, 50, other)).to.be.revertedWithCustomError(market, "DealOfferMalformed");
    const send = (extension: object) => as(market, client).extend!(claim, extension, FUNDS);
    await expect(
      send({ ...signed, extension: { ...signed.extension, until: until + 1 } }),
    ).to.be.revertedWithCustomError(market, "DealBadSignature");
    // The word for the deal itself is no word for more of it.
    await expect(send({ ...signed, signature: offers[0]!.signature })).to.be.revertedWithCustomError(
      market,
      "DealBadSignature",
    );
    const stranger = await signExtension(fixture, providers[1]!, claim, {
      until,
      provider: providers[1]!.address as `0x${string}`,
    });
    await expect(send(stranger)).to.be.revertedWithCustomError(market, "DealOfferMalformed");
    await expect(extend(claim, 50, { expiry: 1 }))
      .to.be.revertedWithCustomError(market, "MarketOfferRefused")
      .withArgs(1);
    await expect(extend(claim, 50, { price: 2n ** 103n }))
      .to.be.revertedWithCustomError(market, "MarketOfferRefused")
      .withArgs(4);
    await mined(as(registry, provider).revokeOffers!());
    await expect(send(signed)).to.be.revertedWithCustomError(market, "MarketOfferRefused").withArgs(2);
  });

  it("goes on while new deals are paused", async () => {
    const fixture = await load();
    const { claim, extend } = await openOne(fixture);
    await mined(as(fixture.market, fixture.deployer).pause!());
    await mined(extend(claim, 50));
    expect((await slotOf(fixture, claim))[2]).to.equal(50);
  });

  it("takes a signature once: it names an end, not what it adds", async () => {
    const fixture = await load();
    const { market, client } = fixture;
    const { claim, provider } = await openOne(fixture);
    const signed = await signExtension(fixture, provider, claim, { until: claim.firstWindow + 50 });
    const longer = claimAfter(fixture, claim, await mined(as(market, client).extend!(claim, signed, FUNDS)));
    await expect(as(market, client).extend!(longer, signed, FUNDS))
      .to.be.revertedWithCustomError(market, "MarketExtensionOutOfRange")
      .withArgs(claim.firstWindow + 51, claim.firstWindow + MAX_WINDOWS, claim.firstWindow + 50);
  });

  it("adds no window that has opened already, nor more than a slot can count", async () => {
    const fixture = await load();
    const { market } = fixture;
    const { claim, extend } = await openOne(fixture, {
      windows: 3,
      maxMisses: 3,
      coolingOff: 0,
      minWindows: 0,
      cancelFeeWindows: 0,
    });
    await expect(extend(claim, MAX_WINDOWS + 1)).to.be.revertedWithCustomError(market, "MarketExtensionOutOfRange");
    await runWindows(fixture, claim, [0, 3], () => true);
    const longest = claimAfter(fixture, claim, await mined(extend(claim, 3 + MAX_WINDOWS)));
    expect(await slotOf(fixture, longest)).to.deep.equal([0, 3 + Math.floor(MAX_WINDOWS / 20), MAX_WINDOWS, 1]);
    const late = await openOne(fixture, {
      windows: 3,
      maxMisses: 3,
      coolingOff: 0,
      minWindows: 0,
      cancelFeeWindows: 0,
    });
    await runWindows(fixture, late.claim, [0, 3], () => true);
    await fixture.goTo((await fixture.spacetime.openingOf!(late.provider, late.claim.firstWindow + 3)) as bigint);
    await expect(late.extend(late.claim, 9)).to.be.revertedWithCustomError(market, "MarketSlotOver").withArgs(3, 4);
  });

  it("lets a slot survive as many misses as it can count, and no more", async () => {
    const fixture = await load();
    const { claim, extend } = await openOne(
      fixture,
      { windows: MAX_WINDOWS, maxMisses: MAX_WINDOWS - 1 },
      { collateral: 0n },
    );
    await runWindows(fixture, claim, [0, 60], (index) => index !== 3);
    const longer = claimAfter(fixture, claim, await mined(extend(claim, MAX_WINDOWS + 40)));
    // Two fewer than that were left, and 40 windows bring 2 more: as many as fit.
    expect(await slotOf(fixture, longer)).to.deep.equal([0, MAX_WINDOWS, MAX_WINDOWS - 20, 1]);
    const longest = claimAfter(fixture, longer, await mined(extend(longer, MAX_WINDOWS + 60)));
    expect(await slotOf(fixture, longest)).to.deep.equal([0, MAX_WINDOWS, MAX_WINDOWS, 1]);
  });

  it("writes a failure down instead of extending past it", async () => {
    const fixture = await load();
    const { market } = fixture;
    const { claim, extend } = await openOne(fixture);
    await runWindows(fixture, claim, [0, 6], () => false);
    await expect(extend(claim, 50)).to.emit(market, "SlotFailed").and.not.to.emit(market, "SlotExtended");
    await expect(extend(claim, 50)).to.be.revertedWithCustomError(market, "MarketSlotNotActive");
  });

  it("does not open the cooling-off again, nor shorten the windows that a cancel pays in any case", async () => {
    const fixture = await load();
    const { market, client } = fixture;
    const { claim, extend } = await openOne(fixture, { coolingOff: 5, minWindows: 30 });
    await runWindows(fixture, claim, [0, 5], () => true);
    const longer = claimAfter(fixture, claim, await mined(extend(claim, 60)));
    await expect(end(fixture, client, "drop", longer))
      .to.be.revertedWithCustomError(market, "MarketCoolingOffOver")
      .withArgs(5, 5);
    await mined(end(fixture, client, "cancel", longer));
    expect(await slotOf(fixture, longer)).to.deep.equal([0, 6, 25, 1]);
  });

  it("lengthens a slot that its client had cancelled, but not one that its provider gave up", async () => {
    const fixture = await load();
    const { market, client } = fixture;
    const { claim, provider, extend } = await openOne(fixture);
    await mined(end(fixture, client, "cancel", claim));
    expect((await slotOf(fixture, claim))[2]).to.equal(4);
    const longer = claimAfter(fixture, claim, await mined(extend(claim, 30)));
    expect(await slotOf(fixture, longer)).to.deep.equal([0, 6, 30, 1]);
    await mined(end(fixture, provider, "forfeit", longer));
    await expect(extend(longer, 50)).to.be.revertedWithCustomError(market, "MarketSlotGivenUp");
  });
});

describe("topUp", () => {
  it("locks more of the provider's money in the slot, which is counted on from there", async () => {
    const fixture = await load();
    const { market } = fixture;
    const { claim, provider, since } = await openOne(fixture);
    await runWindows(fixture, claim, [0, 3], (index) => index > 0);
    const receipt = await mined(as(market, provider).topUp!(claim, PRICE));
    const mirror = topUpSlot({ ...filledSlot(claim.terms), settled: 3, missesLeft: 4 }, claim, PRICE);
    if (typeof mirror === "string") throw new Error(mirror);
    const raised = claimAfter(fixture, claim, receipt);
    expect({ offer: raised.offer, firstWindow: raised.firstWindow }).to.deep.equal(mirror.filling);
    expect(await slotOf(fixture, raised)).to.deep.equal([0, 4, 37, 1]);
    expect(await since()).to.deep.equal({
      ...{ escrows: PRICE * 37n, collateral: PRICE * 41n, burned: 0n, toClient: PRICE, toProvider: PRICE },
    });
    await runWindows(fixture, raised, [0, 5], () => false);
    await mined(market.settle!(raised, 9));
    expect((await market.reserveOf!(claim.offer.dealKey, 0)).bonus).to.equal((PRICE * 41n) / 4n);
  });

  it("happens once a window at most, so that nobody's transaction is voided again and again", async () => {
    const fixture = await load();
    const { market, client } = fixture;
    const { claim, provider } = await openOne(fixture);
    const topUp = (filling: SlotClaim, who = provider) => as(market, who).topUp!(filling, 1);
    await expect(topUp(claim)).to.be.revertedWithCustomError(market, "MarketTopUpTooEarly");
    await runWindows(fixture, claim, [0, 1], () => true);
    await expect(topUp(claim, client)).to.be.revertedWithCustomError(market, "MarketNotProvider");
    await expect(as(market, provider).topUp!(claim, 0)).to.be.revertedWithCustomError(market, "MarketNothingAdded");
    await expect(as(market, provider).topUp!(claim, 2n ** 104n)).to.be.revertedWithCustomError(
      market,
      "DealOfferMalformed",
    );
    const raised = claimAfter(fixture, claim, await mined(topUp(claim)));
    await expect(topUp(raised)).to.be.revertedWithCustomError(market, "MarketTopUpTooEarly");
    await mined(end(fixture, provider, "forfeit", raised));
    await runWindows(fixture, raised, [0, 1], () => true);
    await expect(topUp(raised)).to.be.revertedWithCustomError(market, "MarketSlotGivenUp");
  });

  it("locks as much as a slot may hold, and not a base unit more", async () => {
    const fixture = await load();
    const { market, vault } = fixture;
    const { claim, provider } = await openOne(fixture);
    await runWindows(fixture, claim, [0, 1], () => true);
    const most = 2n ** 104n - 1n;
    const room = most - claim.offer.collateral;
    const topUp = (added: bigint) => as(market, provider).topUp!(claim, added);
    await expect(topUp(room + 1n))
      .to.be.revertedWithCustomError(market, "DealOfferMalformed")
      .withArgs(0, "collateral", most, most + 1n);
    // The market would; the provider has not got it.
    await expect(topUp(room)).to.be.revertedWithCustomError(vault, "VaultInsufficientFree");
  });

  it("neither hides a miss from a cancel nor gets past a failure", async () => {
    const fixture = await load();
    const { market, client } = fixture;
    const { claim, provider, since } = await openOne(fixture);
    await runWindows(fixture, claim, [0, 6], (index) => index !== 5);
    const raised = claimAfter(fixture, claim, await mined(as(market, provider).topUp!(claim, 1)));
    await mined(end(fixture, client, "cancel", raised));
    // Without a fee, because the last window was missed; one more window is paid in any case.
    expect(await since()).to.include({ toClient: PRICE * 34n, toProvider: PRICE * 5n - 1n, escrows: PRICE });
    const failed = await openOne(fixture);
    await runWindows(fixture, failed.claim, [0, 6], () => false);
    await expect(as(market, provider).topUp!(failed.claim, 1))
      .to.emit(market, "SlotFailed")
      .and.not.to.emit(market, "SlotToppedUp");
  });

  it("has nothing to secure once every window is settled", async () => {
    const fixture = await load();
    const { market } = fixture;
    const { claim, provider } = await openOne(fixture, {
      windows: 3,
      maxMisses: 3,
      coolingOff: 0,
      minWindows: 0,
      cancelFeeWindows: 0,
    });
    await runWindows(fixture, claim, [0, 3], () => true);
    await expect(as(market, provider).topUp!(claim, 1)).to.be.revertedWithCustomError(market, "MarketNothingLeft");
  });
});
