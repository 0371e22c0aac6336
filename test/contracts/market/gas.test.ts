import { expect } from "chai";
import { network } from "hardhat";
import { as, deployMarket, mined, openDeal, runWindows } from "./fixture.ts";

// Ceilings of the market issue. The mock verifier has no part in these figures: no proof is inside what is measured.
describe("StorageMarket gas", () => {
  it("opens a deal of 10 slots, for providers that have deals already, within 1,300,000", async () => {
    const fixture = await deployMarket(await network.create());
    const { client, providers } = fixture;
    const first = await openDeal(fixture, { client, providers: providers.slice(0, 10) });
    const second = await openDeal(fixture, { client, providers: providers.slice(0, 10) });
    console.log(`      first deal of everybody ${first.receipt.gasUsed}, next ${second.receipt.gasUsed}`);
    expect(second.receipt.gasUsed).to.be.at.most(1_300_000n);
  });

  it("settles 30 windows of one replica, not for the first time, within 66,000", async () => {
    const fixture = await deployMarket(await network.create());
    const { client, outsider, providers, market } = fixture;
    const deal = await openDeal(fixture, {
      client,
      providers: providers.slice(0, 1),
      terms: { windows: 80, maxMisses: 7 },
    });
    const claim = deal.claims[0]!;
    await runWindows(fixture, claim, [0, 2], (index) => index === 0);
    await mined(as(market, outsider).settle!(claim, 100));
    await runWindows(fixture, claim, [2, 32], () => true);
    const { gasUsed } = await mined(as(market, outsider).settle!(claim, 30));
    console.log(`      settle ${gasUsed}`);
    expect(gasUsed).to.be.at.most(66_000n);
  });

  it("settles 30 windows of each of 20 replicas in one call within 30,000 each", async () => {
    const fixture = await deployMarket(await network.create());
    const { client, outsider, providers, market } = fixture;
    const claims = [];
    for (let i = 0; i < 2; i++) {
      const deal = await openDeal(fixture, {
        client,
        providers: providers.slice(0, 10),
        terms: { windows: 80, maxMisses: 80 },
      });
      claims.push(...deal.claims);
    }
    await runWindows(fixture, claims[0]!, [0, 2], () => true);
    await mined(as(market, outsider).settleMany!(claims, 2));
    await runWindows(fixture, claims[0]!, [2, 34], () => true);
    const { gasUsed } = await mined(as(market, outsider).settleMany!(claims, 30));
    console.log(`      settleMany ${gasUsed} / 20 = ${gasUsed / 20n}`);
    expect(gasUsed / 20n).to.be.at.most(30_000n);
  });
});
