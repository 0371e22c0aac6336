/** Deals so small that roundings might be hoped to forget something: fees, shares, weight. */
import { expect } from "chai";
import { network } from "hardhat";
import { as, deployMarket, mined, openDeal, PRICE, runWindows } from "../contracts/market/fixture.ts";
import { claimRewards, fundedRewards } from "./support/rewards.ts";
import { payoff } from "./support/wealth.ts";

const ONE = { slots: 1, threshold: 1, coolingOff: 0, minWindows: 0, cancelFeeWindows: 0 };

describe("attack: dust deals", () => {
  it("with oneself, at a price that rounds every reward to nothing, lose their fee of a unit each, and all gas", async () => {
    const fixture = await deployMarket(await network.create());
    const { client, market } = fixture;
    const rewards = await fundedRewards(fixture);
    const provider = fixture.providers[0]!;
    for (const price of [1n, 8n]) {
      const won = await payoff(fixture, [client, provider], async () => {
        const terms = { ...ONE, windows: 4, maxMisses: 4 };
        const { claims } = await openDeal(fixture, {
          client,
          providers: [provider],
          terms,
          offer: { price, collateral: 1n },
        });
        await runWindows(fixture, claims[0]!, [0, 4], () => true);
        await mined(market.settle!(claims[0]!, 4));
        await mined(market.release!(claims[0]!));
        await claimRewards(rewards, claims[0]!);
      });
      expect(won).to.equal(-1n);
    }
  });

  it("instead of one deal never pay less fee: 25 slices cost a unit each where one deal costs three in all", async () => {
    const fixture = await deployMarket(await network.create());
    const { client, vault, market } = fixture;
    const provider = fixture.providers[0]!;
    const burnedBy = async (price: bigint, deals: number) => {
      const before: bigint = await vault.held!(market, 7);
      for (let i = 0; i < deals; i++) {
        const terms = { ...ONE, windows: 4, maxMisses: 3 };
        await openDeal(fixture, { client, providers: [provider], terms, offer: { price, collateral: 0n } });
      }
      return ((await vault.held!(market, 7)) as bigint) - before;
    };
    expect(await burnedBy(25n, 1)).to.equal(3n);
    expect(await burnedBy(1n, 25)).to.equal(25n);
  });

  it("fail without a profit to anybody: what the shares cannot divide burns", async () => {
    const fixture = await deployMarket(await network.create());
    const { client, outsider, market } = fixture;
    const provider = fixture.providers[0]!;
    for (const collateral of [1n, 3n, 19n]) {
      const won = await payoff(fixture, [client, provider, outsider], async () => {
        const { claims } = await openDeal(fixture, {
          client,
          providers: [provider],
          terms: { ...ONE, windows: 4, maxMisses: 3 },
          offer: { price: 0n, collateral },
        });
        await runWindows(fixture, claims[0]!, [0, 4], () => false);
        await mined(as(market, outsider).settle!(claims[0]!, 4));
      });
      // The client's half rounded down is all that any of them gets back before the slot is given up.
      expect(won).to.be.at.most(-collateral + collateral / 2n + collateral / 20n);
      expect(won).to.be.lessThan(0n);
    }
  });

  it("weigh in the bag what a whole piece weighs, and bind as much stake: room cannot be hidden in small change", async () => {
    const fixture = await deployMarket(await network.create());
    const { client, spacetime, market } = fixture;
    const provider = fixture.providers[0]!;
    const plan = { client, providers: [provider], terms: { ...ONE, windows: 4, maxMisses: 3 } };
    for (let i = 0; i < 20; i++) await openDeal(fixture, { ...plan, offer: { groups: 1, price: 0n, collateral: 0n } });
    expect(await spacetime.weightOf!(provider)).to.equal(20n * 2n ** 13n);
    const beta: bigint = await spacetime.BETA!();
    expect(await spacetime.requiredStake!(provider)).to.equal((32n * beta * 20n * 2n ** 13n + 2n ** 64n - 1n) >> 64n);
    await expect(
      openDeal(fixture, { ...plan, offer: { m: 12, groups: 1, price: PRICE } }),
    ).to.be.revertedWithCustomError(market, "DealOfferMalformed");
  });
});
