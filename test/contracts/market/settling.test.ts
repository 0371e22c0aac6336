import { expect } from "chai";
import { network } from "hardhat";
import {
  as,
  balances,
  deployMarket,
  type Fixture,
  FUNDS,
  GOOD_PROOF,
  mined,
  openDeal,
  PRICE,
  runWindows,
} from "./fixture.ts";

const chain = await network.create();
const deploy = () => deployMarket(chain);
const load = (): Promise<Fixture> => chain.networkHelpers.loadFixture(deploy);

/** A deal with one slot; `settled` is what the vault says about both parties since it was opened. */
async function openOne(fixture: Fixture, terms = {}, offer = {}) {
  const { client, providers } = fixture;
  const provider = providers[0]!;
  const deal = await openDeal(fixture, { client, providers: [provider], terms, offer });
  const claim = deal.claims[0]!;
  const start = await balances(fixture, client, provider, fixture.outsider);
  const settled = async () => {
    const now = await balances(fixture, client, provider, fixture.outsider);
    const [toClient, toProvider, toCaller] = now.free.map((amount, i) => amount - start.free[i]!);
    return { ...now, burned: now.burned - start.burned, toClient, toProvider, toCaller };
  };
  return { ...deal, claim, provider, settled };
}

describe("settle", () => {
  it("pays the provider for proven windows and returns missed ones to the client, to the base unit", async () => {
    const fixture = await load();
    const { market, outsider } = fixture;
    const { claim, settled, dealKey, provider } = await openOne(fixture);
    await runWindows(fixture, claim, [0, 7], (index) => index !== 2 && index !== 5);
    await expect(as(market, outsider).settle!(claim, 100))
      .to.emit(market, "SlotSettled")
      .withArgs(dealKey, provider.address, 0, 5, 2);
    expect(await settled()).to.include({ toProvider: PRICE * 5n, toClient: PRICE * 2n, escrows: PRICE * 33n });
  });

  it("has nothing to do before the first close, for no windows, and right after itself", async () => {
    const fixture = await load();
    const { market, outsider, spacetime, goTo } = fixture;
    const { claim, provider } = await openOne(fixture);
    const settle = (windows = 100) => as(market, outsider).settle!(claim, windows);
    const first = claim.firstWindow;
    const opening: bigint = await spacetime.openingOf!(provider, first);
    await goTo(opening + 1n);
    await spacetime.submitProof!(provider, first, GOOD_PROOF, 1n);
    const close: bigint = await spacetime.closeOf!(provider, first);
    await goTo(close);
    await expect(settle(), "in the block of the close").to.be.revertedWithCustomError(market, "MarketNothingDue");
    await expect(settle(0)).to.be.revertedWithCustomError(market, "MarketNothingDue").withArgs(0, 40);
    await goTo(close + 1n);
    await mined(settle());
    await expect(settle()).to.be.revertedWithCustomError(market, "MarketNothingDue").withArgs(1, 40);
  });

  it("settles across the border of two words of the bitmap", async () => {
    const fixture = await load();
    const { market, outsider, networkHelpers } = fixture;
    // One period has 30 blocks: the deal's windows lie around number 256 of the provider's.
    await networkHelpers.mine(250 * 30);
    const { claim, settled } = await openOne(fixture, { windows: 20, maxMisses: 6, minWindows: 0, coolingOff: 0 });
    const first = claim.firstWindow;
    expect(first).to.be.greaterThan(245).and.lessThan(256);
    await runWindows(fixture, claim, [0, 20], (index) => ![1, 255 - first, 256 - first, 17].includes(index));
    await mined(as(market, outsider).settle!(claim, 65535));
    expect(await settled()).to.include({ toProvider: PRICE * 16n, toClient: PRICE * 4n, escrows: 0n });
  });

  it("pays nothing beyond the deal's last window", async () => {
    const fixture = await load();
    const { market, outsider } = fixture;
    const { claim, settled } = await openOne(fixture, {
      ...{ windows: 4, maxMisses: 3, coolingOff: 0, minWindows: 0, cancelFeeWindows: 0 },
    });
    await runWindows(fixture, claim, [0, 7], () => true);
    await mined(as(market, outsider).settle!(claim, 100));
    expect(await settled()).to.include({ toProvider: PRICE * 4n, toClient: 0n, escrows: 0n });
  });

  it("fails at miss number maxMisses + 1 and pays nothing after it", async () => {
    const fixture = await load();
    const { market, outsider, spacetime } = fixture;
    const { claim, settled, dealKey, provider } = await openOne(fixture, {}, { collateral: 10_001n });
    // Misses 0, 2, 4, 6, 8, 10: the sixth is window 10. Windows 11 and 12 are proven and come too late.
    await runWindows(fixture, claim, [0, 13], (index) => index > 10 || index % 2 === 1);
    await expect(as(market, outsider).settle!(claim, 100))
      .to.emit(market, "SlotFailed")
      .withArgs(dealKey, provider.address, 0, 5000, 2500, 500, 2001);
    expect(await settled()).to.deep.include({
      ...{ toProvider: PRICE * 5n, toClient: PRICE * 6n + 5000n, toCaller: 500n, burned: 2001n, bonds: 2500n },
      ...{ collateral: 0n, escrows: PRICE * 29n },
    });
    const state = await market.slotOf!(dealKey, 0);
    expect(state.toObject()).to.include({ settled: 11n, missesLeft: 0n, end: 40n, status: 3n });
    // The window after the last close is not open yet, so the replica left the bag at once.
    expect((await spacetime.recordOf!(provider, claim.offer.root)).status).to.equal(3n);
    await expect(as(market, outsider).settle!(claim, 100))
      .to.be.revertedWithCustomError(market, "MarketSlotNotActive")
      .withArgs(3);
  });

  it("survives maxMisses misses", async () => {
    const fixture = await load();
    const { market, outsider } = fixture;
    const { claim, settled, dealKey } = await openOne(fixture);
    await runWindows(fixture, claim, [0, 6], (index) => index === 5);
    await mined(as(market, outsider).settle!(claim, 100));
    expect((await market.slotOf!(dealKey, 0)).toObject()).to.include({ missesLeft: 0n, status: 1n });
    expect(await settled()).to.include({ toProvider: PRICE, toClient: PRICE * 5n });
  });

  it("refuses a filling whose price, provider, slot, first window are not those of the slot", async () => {
    const fixture = await load();
    const { market, outsider, providers } = fixture;
    const { claim } = await openOne(fixture);
    await runWindows(fixture, claim, [0, 1], () => true);
    const settle = (altered: object) => as(market, outsider).settle!({ ...claim, ...altered }, 1);
    const offers = [{ price: PRICE * 2n }, { provider: providers[1]!.address }, { collateral: 1n }, { slot: 1 }];
    for (const altered of offers) {
      await expect(settle({ offer: { ...claim.offer, ...altered } })).to.be.revertedWithCustomError(
        market,
        "MarketWrongFilling",
      );
    }
    await expect(settle({ firstWindow: claim.firstWindow - 1 })).to.be.revertedWithCustomError(
      market,
      "MarketWrongFilling",
    );
  });
});

describe("settleMany", () => {
  it("pays what is due, skips the rest and says which", async () => {
    const fixture = await load();
    const { market, outsider, client, providers } = fixture;
    const two = providers.slice(0, 2);
    const deal = await openDeal(fixture, { client, providers: two });
    const [mine, other] = deal.claims as [(typeof deal.claims)[0], (typeof deal.claims)[0]];
    await runWindows(fixture, mine, [0, 3], () => true);
    const altered = { ...mine, offer: { ...mine.offer, price: PRICE * 9n } };
    const late = { ...mine, firstWindow: mine.firstWindow - 1 };
    const fresh = await openDeal(fixture, { client, providers: two });
    const batch = [altered, mine, mine, fresh.claims[0], late, other];
    const before = await balances(fixture, client, two[0]!, two[1]!);
    const settleMany = as(market, outsider).settleMany!;
    expect([...(await settleMany.staticCall(batch, 3))].slice(0, 5)).to.deep.equal([false, true, false, false, false]);
    await mined(settleMany(batch, 3));
    const after = await balances(fixture, client, two[0]!, two[1]!);
    expect(after.free[1]! - before.free[1]!).to.equal(PRICE * 3n);
    const missed = (await market.slotOf!(deal.dealKey, 1)).settled as bigint;
    expect(after.free[0]! - before.free[0]!).to.equal(PRICE * missed);
    expect(after.free[2]).to.equal(before.free[2]);
  });

  it("splits collateral of every replica that failed, for the one caller", async () => {
    const fixture = await load();
    const { market, outsider, client, providers } = fixture;
    const deal = await openDeal(fixture, { client, providers: providers.slice(0, 3), offer: { collateral: 10_000n } });
    await runWindows(fixture, deal.claims[0]!, [0, 9], () => false);
    await mined(as(market, outsider).settleMany!(deal.claims, 100));
    const { bonds, collateral, free } = await balances(fixture, outsider);
    expect({ bonds, collateral, free }).to.deep.equal({ bonds: 7500n, collateral: 0n, free: [FUNDS + 1500n] });
  });
});
