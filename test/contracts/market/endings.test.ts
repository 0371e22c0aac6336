import { expect } from "chai";
import { network } from "hardhat";
import { forfeitPenalty } from "../../../node/data/endings.ts";
import type { SlotClaim } from "../../../node/data/terms.ts";
import {
  as,
  balances,
  deployMarket,
  end,
  type Fixture,
  K,
  LOCAL_PARAMETERS,
  mined,
  openDeal,
  PRICE,
  runWindows,
} from "./fixture.ts";

const chain = await network.create();
const deploy = () => deployMarket(chain);
const load = (): Promise<Fixture> => chain.networkHelpers.loadFixture(deploy);

async function openOne(fixture: Fixture, terms = {}, offer = {}) {
  const { client, providers } = fixture;
  const provider = providers[0]!;
  const deal = await openDeal(fixture, { client, providers: [provider], terms, offer });
  const claim = deal.claims[0]!;
  const start = await balances(fixture, client, provider);
  const since = async () => {
    const now = await balances(fixture, client, provider);
    return {
      ...{ escrows: now.escrows, collateral: now.collateral, bonds: now.bonds, burned: now.burned - start.burned },
      ...{ toClient: now.free[0]! - start.free[0]!, toProvider: now.free[1]! - start.free[1]! },
    };
  };
  return { ...deal, claim, provider, since };
}

/** The next transaction is `offset` blocks after the opening of the replica's window `index`. */
async function goToOpening(fixture: Fixture, claim: SlotClaim, index: number, offset: bigint): Promise<void> {
  const first = claim.firstWindow;
  await fixture.goTo(((await fixture.spacetime.openingOf!(claim.offer.provider, first + index)) as bigint) + offset);
}

describe("cancel", () => {
  it("ends after the next opening, pays the fee to the provider and returns the rest", async () => {
    const fixture = await load();
    const { market, client } = fixture;
    const { claim, since, dealKey, provider } = await openOne(fixture);
    await runWindows(fixture, claim, [0, 6], () => true);
    await expect(as(market, client).cancel!(claim, claim.salt, claim.terms))
      .to.emit(market, "SlotCancelled")
      .withArgs(dealKey, provider.address, 0, 7, PRICE * 25n, PRICE * 8n);
    expect(await since()).to.include({ toClient: PRICE * 25n, toProvider: PRICE * 14n, escrows: PRICE });
  });

  it("counts an open window and the one after it, so that just after an opening is no better than just before", async () => {
    const ends = [];
    for (const offset of [-1n, 0n, 1n]) {
      const fixture = await load();
      const { market, client } = fixture;
      const { claim, dealKey } = await openOne(fixture, { minWindows: 0 });
      await goToOpening(fixture, claim, 3, offset);
      await mined(as(market, client).cancel!(claim, claim.salt, claim.terms));
      ends.push((await market.slotOf!(dealKey, 0)).end);
    }
    expect(ends).to.deep.equal([4n, 5n, 5n]);
  });

  it("pays minWindows in total, and the fee only out of what is left", async () => {
    const fixture = await load();
    const { market, client } = fixture;
    const { claim, since } = await openOne(fixture, { minWindows: 35 });
    await mined(as(market, client).cancel!(claim, claim.salt, claim.terms));
    expect(await since()).to.include({ toClient: 0n, toProvider: PRICE * 5n, escrows: PRICE * 35n });
    await expect(as(market, client).cancel!(claim, claim.salt, claim.terms))
      .to.be.revertedWithCustomError(market, "MarketNothingToEnd")
      .withArgs(35);
  });

  it("costs no fee when the provider missed its last closed window", async () => {
    const fixture = await load();
    const { market, client } = fixture;
    const { claim, since } = await openOne(fixture);
    await runWindows(fixture, claim, [0, 6], (index) => index !== 5);
    await mined(as(market, client).cancel!(claim, claim.salt, claim.terms));
    expect(await since()).to.include({ toClient: PRICE * 34n, toProvider: PRICE * 5n, escrows: PRICE });
  });

  it("is the client's alone, and a slot that has failed behind everybody's back fails first", async () => {
    const fixture = await load();
    const { market, client, outsider } = fixture;
    const { claim, dealKey, provider } = await openOne(fixture);
    for (const stranger of [outsider, provider]) {
      await expect(as(market, stranger).cancel!(claim, claim.salt, claim.terms))
        .to.be.revertedWithCustomError(market, "MarketNotClient")
        .withArgs(client.address, stranger.address);
    }
    await runWindows(fixture, claim, [0, 9], () => false);
    await expect(as(market, client).cancel!(claim, claim.salt, claim.terms))
      .to.emit(market, "SlotFailed")
      .and.not.to.emit(market, "SlotCancelled");
    expect((await market.slotOf!(dealKey, 0)).toObject()).to.include({ status: 3n, settled: 6n });
  });
});

describe("cancel and drop", () => {
  it("take the terms and the salt of the deal, and no others", async () => {
    const fixture = await load();
    const { market, client } = fixture;
    const { claim } = await openOne(fixture);
    const kinder = { ...claim.terms, minWindows: 0, coolingOff: 40 };
    for (const method of ["cancel", "drop"] as const) {
      for (const args of [
        [claim.salt, kinder],
        [claim.offer.root, claim.terms],
      ]) {
        await expect(as(market, client)[method]!(claim, ...args)).to.be.revertedWithCustomError(
          market,
          "MarketWrongDeal",
        );
      }
    }
  });
});

describe("drop", () => {
  it("pays the windows that opened, returns the rest and the collateral, without a fee", async () => {
    const fixture = await load();
    const { market, client, spacetime } = fixture;
    const { claim, since, dealKey, provider } = await openOne(fixture);
    await runWindows(fixture, claim, [0, 3], () => true);
    await goToOpening(fixture, claim, 3, 2n);
    await expect(as(market, client).drop!(claim, claim.salt, claim.terms))
      .to.emit(market, "SlotDropped")
      .withArgs(dealKey, provider.address, 0, 4, PRICE * 36n);
    await expect(market.release!(claim)).to.be.revertedWithCustomError(market, "MarketNotSettled").withArgs(4, 3);
    await runWindows(fixture, claim, [3, 4], () => true);
    await mined(market.settle!(claim, 9));
    await mined(market.release!(claim));
    expect(await since()).to.deep.equal({
      ...{ escrows: 0n, collateral: 0n, bonds: 0n, burned: 0n },
      ...{ toClient: PRICE * 36n, toProvider: PRICE * 44n },
    });
    expect((await spacetime.recordOf!(provider, claim.offer.root)).status).to.equal(3n);
  });

  it("is over once coolingOff windows are closed, and belongs to the client", async () => {
    const fixture = await load();
    const { market, client, outsider } = fixture;
    const { claim } = await openOne(fixture, { coolingOff: 3 });
    await expect(as(market, outsider).drop!(claim, claim.salt, claim.terms)).to.be.revertedWithCustomError(
      market,
      "MarketNotClient",
    );
    await runWindows(fixture, claim, [0, 3], () => true);
    await expect(as(market, client).drop!(claim, claim.salt, claim.terms))
      .to.be.revertedWithCustomError(market, "MarketCoolingOffOver")
      .withArgs(3, 3);
  });

  it("of a slot that has failed behind everybody's back writes the failure down, and its price stays for a refill", async () => {
    const fixture = await load();
    const { market, client } = fixture;
    const { claim, dealKey, since } = await openOne(fixture);
    await runWindows(fixture, claim, [0, 6], () => false);
    await expect(as(market, client).drop!(claim, claim.salt, claim.terms))
      .to.emit(market, "SlotFailed")
      .and.not.to.emit(market, "SlotDropped");
    expect((await market.slotOf!(dealKey, 0)).toObject()).to.include({ status: 3n, settled: 6n, end: 40n });
    // Of the collateral half to the client and a twentieth to it as the caller; none of it to the provider.
    expect(await since()).to.deep.equal({
      ...{ escrows: PRICE * 34n, collateral: 0n, bonds: PRICE * 10n, burned: PRICE * 8n },
      ...{ toClient: PRICE * 28n, toProvider: 0n },
    });
  });

  it("costs nothing before the first opening", async () => {
    const fixture = await load();
    const { market, client } = fixture;
    const { claim, since } = await openOne(fixture);
    await mined(as(market, client).drop!(claim, claim.salt, claim.terms));
    await mined(market.release!(claim));
    expect(await since()).to.include({ toClient: PRICE * 40n, toProvider: PRICE * 40n, escrows: 0n, collateral: 0n });
  });
});

describe("forfeit", () => {
  const beta = LOCAL_PARAMETERS.spacetime.beta;

  it("takes half of the remaining price from the collateral, and leaves the rest of the price for a refill", async () => {
    const fixture = await load();
    const { market, client } = fixture;
    const { claim, since, dealKey, provider } = await openOne(fixture);
    await runWindows(fixture, claim, [0, 10], () => true);
    const penalty = PRICE * 15n;
    expect(forfeitPenalty(30n, PRICE, 13, { challenges: K, beta })).to.equal(penalty);
    await expect(as(market, provider).forfeit!(claim))
      .to.emit(market, "SlotForfeited")
      .withArgs(dealKey, provider.address, 0, 10, penalty);
    await mined(market.release!(claim));
    expect(await since()).to.deep.equal({
      toClient: penalty / 2n,
      toProvider: PRICE * 10n + PRICE * 40n - penalty,
      ...{ escrows: PRICE * 30n, collateral: 0n, bonds: penalty / 4n, burned: penalty / 4n },
    });
    await expect(as(market, provider).release!(claim)).to.be.revertedWithCustomError(market, "MarketNotClient");
    await mined(as(market, client).release!(claim));
    expect(await since()).to.deep.equal({
      toClient: PRICE * 30n + penalty / 2n,
      toProvider: PRICE * 10n + PRICE * 40n - penalty,
      ...{ escrows: 0n, collateral: 0n, bonds: 0n, burned: penalty / 2n },
    });
  });

  it("never takes more than the collateral", async () => {
    const fixture = await load();
    const { market } = fixture;
    const small = await openOne(fixture, {}, { collateral: 1000n });
    await mined(as(market, small.provider).forfeit!(small.claim));
    expect((await market.reserveOf!(small.dealKey, 0)).penalty).to.equal(1000n);
  });

  it("never costs more than hiding the loss would at the least, at any price and number of challenges", async () => {
    const harness = await chain.ethers.deployContract("LibraryHarness");
    const burn = (beta << 20n) >> 64n;
    for (const challenges of [1n, 2n, 4n, 16n]) {
      const kept = challenges - challenges / 4n;
      for (const price of [0n, 1n, burn, 2n * burn - 1n, 2n * burn, 2n * burn + 1n, 9n * burn]) {
        for (const remaining of [1n, 7n, 65_535n]) {
          const penalty: bigint = await harness.forfeitPenalty!(remaining, price, kept, burn);
          expect(penalty).to.equal(forfeitPenalty(remaining, price, 20, { challenges, beta }));
          // With one draw a window, a hidden loss costs the burn alone.
          const bound = challenges === 1n && price > 2n * burn;
          expect(penalty).to.equal(bound ? remaining * burn : (remaining * price) / 2n);
        }
      }
    }
  });

  it("is the provider's, once, and leaves nothing to cancel, drop or forfeit", async () => {
    const fixture = await load();
    const { market, client } = fixture;
    const { claim, provider } = await openOne(fixture);
    await expect(as(market, client).forfeit!(claim))
      .to.be.revertedWithCustomError(market, "MarketNotProvider")
      .withArgs(provider.address, client.address);
    await goToOpening(fixture, claim, 0, 2n);
    await mined(as(market, provider).forfeit!(claim));
    for (const [who, ending] of [
      [provider, "forfeit"],
      [client, "cancel"],
      [client, "drop"],
    ] as const) {
      await expect(end(fixture, who, ending, claim))
        .to.be.revertedWithCustomError(market, "MarketNothingToEnd")
        .withArgs(1);
    }
  });

  it("leaves the rest of the collateral to a failure in the window that was open", async () => {
    const fixture = await load();
    const { market, outsider } = fixture;
    const { claim, since, dealKey, provider } = await openOne(fixture, { maxMisses: 5 }, { collateral: PRICE * 40n });
    await runWindows(fixture, claim, [0, 5], () => false);
    await goToOpening(fixture, claim, 5, 2n);
    await mined(as(market, provider).forfeit!(claim));
    const penalty = PRICE * 17n;
    await runWindows(fixture, claim, [5, 6], () => false);
    const left = PRICE * 23n;
    await expect(as(market, outsider).settle!(claim, 9))
      .to.emit(market, "SlotFailed")
      .withArgs(
        dealKey,
        provider.address,
        0,
        left / 2n,
        left / 4n,
        left / 20n,
        left - left / 2n - left / 4n - left / 20n,
      );
    expect(await since()).to.include({
      ...{ toClient: PRICE * 26n, toProvider: 0n, escrows: PRICE * 34n, collateral: 0n, bonds: PRICE * 10n },
      burned: penalty / 4n + left / 5n,
    });
  });
});

describe("release", () => {
  it("returns the collateral once, when everything is settled, whoever calls", async () => {
    const fixture = await load();
    const { market, outsider, client } = fixture;
    const { claim, since, dealKey, provider } = await openOne(fixture, {
      ...{ windows: 4, maxMisses: 3, coolingOff: 0, minWindows: 0, cancelFeeWindows: 0 },
    });
    await runWindows(fixture, claim, [0, 4], (index) => index !== 0);
    const release = (who = outsider) => as(market, who).release!(claim);
    await expect(release()).to.be.revertedWithCustomError(market, "MarketNotSettled").withArgs(4, 0);
    await mined(market.settle!(claim, 100));
    await expect(release())
      .to.emit(market, "SlotReleased")
      .withArgs(dealKey, provider.address, 0, PRICE * 4n);
    for (const who of [outsider, provider, client]) {
      await expect(release(who)).to.be.revertedWithCustomError(market, "MarketNothingToRelease");
    }
    expect(await since()).to.include({ toClient: PRICE, toProvider: PRICE * 7n, escrows: 0n, collateral: 0n });
  });

  it("gives the client, and only it, the price of windows that a failed slot never reached, and burns the bonus", async () => {
    const fixture = await load();
    const { market, outsider, client } = fixture;
    const { claim, since, dealKey, provider } = await openOne(fixture);
    await runWindows(fixture, claim, [0, 6], () => false);
    await mined(as(market, outsider).settle!(claim, 100));
    for (const who of [outsider, provider]) {
      await expect(as(market, who).release!(claim)).to.be.revertedWithCustomError(market, "MarketNotClient");
    }
    await expect(as(market, client).release!(claim))
      .to.emit(market, "SlotReclaimed")
      .withArgs(dealKey, client.address, 0, PRICE * 34n, PRICE * 10n);
    await expect(as(market, client).release!(claim)).to.be.revertedWithCustomError(market, "MarketNothingToRelease");
    const held = { escrows: 0n, collateral: 0n, bonds: 0n };
    expect(await since()).to.include({ toClient: PRICE * 60n, toProvider: 0n, ...held, burned: PRICE * 18n });
    expect((await market.slotOf!(dealKey, 0)).toObject()).to.include({ status: 2n, end: 6n });
  });

  it("of many returns what is due, skips the rest and says which", async () => {
    const fixture = await load();
    const { market, client, providers, outsider } = fixture;
    const short = { windows: 3, maxMisses: 3, coolingOff: 0, minWindows: 0, cancelFeeWindows: 0 };
    const done = await openDeal(fixture, { client, providers: providers.slice(0, 3), terms: short });
    const [paid, behind, twice] = done.claims as [SlotClaim, SlotClaim, SlotClaim];
    const young = (await openDeal(fixture, { client, providers: providers.slice(0, 1) })).claims[0]!;
    await fixture.networkHelpers.mine(30 * 5);
    await mined(market.settleMany!([paid, twice], 9));
    const stale = { ...paid, firstWindow: paid.firstWindow + 1 };
    const claims = [stale, paid, behind, twice, twice, young];
    const releaseMany = as(market, outsider).releaseMany!;
    expect([...(await releaseMany.staticCall(claims))]).to.deep.equal([false, true, false, true, false, false]);
    const before = await balances(fixture, ...providers.slice(0, 3));
    await expect(releaseMany(claims))
      .to.emit(market, "SlotReleased")
      .withArgs(paid.offer.dealKey, paid.offer.provider, 0, PRICE * 3n);
    const after = await balances(fixture, ...providers.slice(0, 3));
    expect(after.free.map((free, i) => free - before.free[i]!)).to.deep.equal([PRICE * 3n, 0n, PRICE * 3n]);
    expect(before.collateral - after.collateral).to.equal(PRICE * 6n);
    expect([...(await releaseMany.staticCall(claims))]).to.deep.equal([false, false, false, false, false, false]);
  });

  it("does not wait for an open window: the money moves, the replica keeps its weight until the close", async () => {
    const fixture = await load();
    const { market, spacetime } = fixture;
    const { claim, provider } = await openOne(fixture, {
      ...{ windows: 3, maxMisses: 3, coolingOff: 0, minWindows: 0, cancelFeeWindows: 0 },
    });
    await runWindows(fixture, claim, [0, 3], () => true);
    await goToOpening(fixture, claim, 3, 1n);
    await mined(market.settle!(claim, 100));
    await mined(market.release!(claim));
    expect((await spacetime.recordOf!(provider, claim.offer.root)).status).to.equal(2n);
    expect(await spacetime.weightOf!(provider)).to.equal(2n ** 13n);
  });
});

describe("pause", () => {
  it("stops new deals and fills, at the authority's word, and nothing that pays or ends", async () => {
    const fixture = await load();
    const { market, deployer, client, outsider, providers } = fixture;
    const { claim, provider } = await openOne(fixture);
    await expect(as(market, outsider).pause!()).to.be.revertedWithCustomError(market, "AccessManagedUnauthorized");
    await mined(as(market, deployer).pause!());
    await expect(openDeal(fixture, { client, providers: providers.slice(0, 1) })).to.be.revertedWithCustomError(
      market,
      "EnforcedPause",
    );
    await expect(as(market, client).fillSlots!(claim.salt, claim.terms, [claim], [], 0)).to.be.revertedWithCustomError(
      market,
      "EnforcedPause",
    );
    await runWindows(fixture, claim, [0, 1], () => true);
    await mined(market.settle!(claim, 1));
    await mined(as(market, provider).forfeit!(claim));
    await mined(market.release!(claim));
    await mined(as(market, deployer).unpause!());
    await openDeal(fixture, { client, providers: providers.slice(0, 1) });
  });
});
