/** Nobody has to settle. Who gains if the one who could does not? */
import { expect } from "chai";
import { network } from "hardhat";
import { as, deployMarket, mined, openDeal, PRICE, runWindows } from "../contracts/market/fixture.ts";
import { payoff } from "./support/wealth.ts";

const COLLATERAL = 40n * PRICE;

/** One replica with a deal of 40 windows; six misses fail it. */
async function given() {
  const fixture = await deployMarket(await network.create());
  const { client, providers } = fixture;
  const { claims } = await openDeal(fixture, { client, providers: providers.slice(0, 1) });
  return { ...fixture, fixture, provider: providers[0]!, claim: claims[0]! };
}

describe("attack: withholding settle", () => {
  it("saves a provider that has failed nothing: whatever it calls later settles first, at the same window", async () => {
    const results: bigint[] = [];
    let perMiss = 0n;
    for (const play of ["is settled at once", "forfeits much later", "releases after the end"]) {
      const { fixture, market, outsider, provider, claim, goTo } = await given();
      perMiss = (((await fixture.spacetime.BETA!()) << 13n) + 2n ** 64n - 1n) >> 64n;
      const failing = (index: number) => index < 3 || index >= 9;
      results.push(
        await payoff(fixture, [provider], async () => {
          if (play === "is settled at once") {
            await runWindows(fixture, claim, [0, 9], failing);
            await mined(as(market, outsider).settle!(claim, 40));
            return;
          }
          await runWindows(fixture, claim, [0, 30], failing); // it proves on, as if nothing had been
          if (play === "forfeits much later") {
            await mined(as(market, provider).forfeit!(claim));
          } else {
            const last: bigint = await fixture.spacetime.closeOf!(provider, claim.firstWindow + 39);
            await goTo(last + 1n);
            await expect(as(market, provider).release!(claim)).to.be.revertedWithCustomError(
              market,
              "MarketNotSettled",
            );
            await mined(as(market, provider).settle!(claim, 40));
          }
        }),
      );
    }
    const [atOnce, ...later] = results;
    expect(atOnce).to.equal(3n * PRICE - 6n * perMiss);
    // Who calls itself saves the caller's twentieth of the collateral, and nothing else: windows proven after the failing one
    // pay nothing, and those missed after it burn more.
    const [forfeits, releases] = later;
    expect(forfeits).to.equal(atOnce! + COLLATERAL / 20n);
    expect(releases).to.equal(atOnce! + COLLATERAL / 20n - 10n * perMiss);
  });

  it("gains a client nothing: the provider settles itself, thousands of windows later, for all that it has proven", async () => {
    const { fixture, market, client, provider, claim, networkHelpers } = await given();
    const spent = await payoff(fixture, [client], async () => {
      const earned = await payoff(fixture, [provider], async () => {
        await runWindows(fixture, claim, [0, 40], (index) => index % 10 !== 0);
        await networkHelpers.mine(30n * 5_000n);
        await mined(as(market, provider).settle!(claim, 40));
        await mined(as(market, provider).release!(claim));
      });
      expect(earned).to.equal(36n * PRICE + COLLATERAL);
    });
    expect(spent).to.equal(4n * PRICE);
  });
});
