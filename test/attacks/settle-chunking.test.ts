import { expect } from "chai";
import { network } from "hardhat";
import { as, balances, deployMarket, mined, openDeal, PRICE, runWindows } from "../contracts/market/fixture.ts";

// The attacker owns one side of the slot and calls settle whenever and in whatever pieces it likes, or not at all.
describe("attack: settle in chosen pieces", () => {
  const MISSED = new Set([1, 2, 5, 8, 9, 13]); // the sixth miss is window 13

  for (const [name, cuts] of [
    ["one window at a time", Array(20).fill(1)],
    ["in threes", Array(7).fill(3)],
    ["right before and right after the failing window", [13, 1, 6]],
    ["withheld until the end", [65_535]],
  ] as const) {
    it(`gains nobody anything: ${name}`, async () => {
      const fixture = await deployMarket(await network.create());
      const { market, client, providers, outsider } = fixture;
      const provider = providers[0]!;
      const deal = await openDeal(fixture, { client, providers: [provider], offer: { collateral: PRICE * 40n } });
      const claim = deal.claims[0]!;
      const before = await balances(fixture, client, provider, outsider);
      await runWindows(fixture, claim, [0, 20], (index) => !MISSED.has(index));
      for (const windows of cuts) {
        if ((await market.slotOf!(deal.dealKey, 0)).status === 3n) break;
        await mined(as(market, outsider).settle!(claim, windows));
      }
      const after = await balances(fixture, client, provider, outsider);
      const gains = after.free.map((amount, i) => amount - before.free[i]!);
      // 8 windows proven before the failure; windows 14 to 19 are proven too, and pay nobody.
      expect(gains).to.deep.equal([PRICE * (6n + 20n), PRICE * 8n, PRICE * 2n]);
      expect(after).to.include({ escrows: PRICE * 26n, bonds: PRICE * 10n, collateral: 0n });
    });
  }

  it("pays a window once however often it is claimed, alone or twice in a batch", async () => {
    const fixture = await deployMarket(await network.create());
    const { market, client, providers } = fixture;
    const provider = providers[0]!;
    const { claims } = await openDeal(fixture, { client, providers: [provider] });
    const before = await balances(fixture, provider);
    await runWindows(fixture, claims[0]!, [0, 3], () => true);
    await mined(as(market, provider).settleMany!([claims[0], claims[0], claims[0]], 2));
    await expect(as(market, provider).settle!(claims[0], 0)).to.be.revertedWithCustomError(market, "MarketNothingDue");
    const after = await balances(fixture, provider);
    // Three claims of two windows each, of which only three are closed.
    expect(after.free[0]! - before.free[0]!).to.equal(PRICE * 3n);
  });
});
