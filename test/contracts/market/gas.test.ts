import { expect } from "chai";
import { network } from "hardhat";
import { as, deployMarket, type Fixture, GOOD_PROOF, mined, openDeal, type Party, runWindows } from "./fixture.ts";

// Ceilings of the market issue. The mock verifier has no part in these figures: no proof is inside what is measured.
describe("StorageMarket gas", () => {
  it("opens a deal of 10 slots, for providers that have deals already, within a million", async () => {
    const fixture = await deployMarket(await network.create());
    const { client, providers } = fixture;
    const first = await openDeal(fixture, { client, providers: providers.slice(0, 10) });
    const second = await openDeal(fixture, { client, providers: providers.slice(0, 10) });
    console.log(`      first deal of everybody ${first.receipt.gasUsed}, next ${second.receipt.gasUsed}`);
    expect(second.receipt.gasUsed).to.be.at.most(1_000_000n);
  });

  it("settles 30 windows of one replica, not for the first time, within 60,000", async () => {
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
    expect(gasUsed).to.be.at.most(60_000n);
  });

  it("settles 30 windows of each of 20 replicas in one call within 30,000 each", async () => {
    const fixture = await deployMarket(await network.create());
    const { client, outsider, providers, market } = fixture;
    const ten = providers.slice(0, 10);
    const claims = [];
    for (let i = 0; i < 2; i++) {
      const deal = await openDeal(fixture, { client, providers: ten, terms: { windows: 80, maxMisses: 7 } });
      claims.push(...deal.claims);
    }
    await proveAll(fixture, ten, 2);
    await mined(as(market, outsider).settleMany!(claims, 1));
    await proveAll(fixture, ten, 31);
    const { gasUsed } = await mined(as(market, outsider).settleMany!(claims, 30));
    console.log(`      settleMany ${gasUsed} / 20 = ${gasUsed / 20n}`);
    expect(gasUsed / 20n).to.be.at.most(30_000n);
  });
});

/** The next `count` windows of every provider, opened, proven and closed. */
async function proveAll({ spacetime, networkHelpers, goTo }: Fixture, providers: readonly Party[], count: number) {
  const block = await networkHelpers.time.latestBlock();
  const due = [];
  for (const { address } of providers) {
    const first: bigint = await spacetime.nextOpening!(address, block);
    for (let window = first; window < first + BigInt(count); window++) {
      due.push({ address, window, at: ((await spacetime.openingOf!(address, window)) as bigint) + 1n });
    }
  }
  due.sort((a, b) => Number(a.at - b.at));
  for (const { address, window, at } of due) {
    if (BigInt(await networkHelpers.time.latestBlock()) + 1n < at) await goTo(at);
    await spacetime.submitProof!(address, window, GOOD_PROOF, 1n);
  }
  const { address, window } = due.at(-1)!;
  await goTo(((await spacetime.closeOf!(address, window)) as bigint) + 1n);
}
