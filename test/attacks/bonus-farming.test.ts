/** Failing on purpose, for the shares of a failure: as client, provider, caller and repairer in one person, or as some of them. */
import { expect } from "chai";
import { network } from "hardhat";
import type { SlotClaim } from "../../node/data/terms.ts";
import { claimAfter, failSlot, nextOffer, refill } from "../contracts/market/changes.ts";
import { as, deployMarket, mined, openDeal, PRICE, runWindows } from "../contracts/market/fixture.ts";
import { payoff } from "./support/wealth.ts";

const COLLATERAL = 40n * PRICE;
const FEE = (40n * PRICE * 3n) / 100n;

async function given() {
  const fixture = await deployMarket(await network.create());
  const burn = (((await fixture.spacetime.BETA!()) << 13n) + 2n ** 64n - 1n) >> 64n;
  return { ...fixture, fixture, burn };
}

describe("attack: farming the shares of a failure", () => {
  it("alone, in every part, loses the burned fifth of the collateral, the fee, and the stake of six misses", async () => {
    const { fixture, market, client, outsider, providers, burn } = await given();
    const [first, second] = [providers[0]!, providers[1]!];
    const won = await payoff(fixture, [client, outsider, first, second], async () => {
      const { claims } = await openDeal(fixture, { client, providers: [first] });
      const claim = claims[0]!;
      await failSlot(fixture, claim); // the outsider, who is the same person, is paid for writing it down
      const offer = nextOffer(claim, second, { collateral: 0n });
      const fresh = claimAfter(fixture, claim, await mined(refill(fixture, client, claim, { by: second, offer })));
      await runWindows(fixture, fresh, [0, 34], () => true);
      await mined(market.settle!(fresh, 34));
      await mined(market.claimBonus!(fresh, fresh.firstWindow + 20));
      await mined(market.release!(fresh));
    });
    expect(won).to.equal(-COLLATERAL / 5n - FEE - 6n * burn);
  });

  it("as a client that gives up waiting for a refill: the bonus burns, so that a failure pays it no more than its half", async () => {
    const { fixture, market, client, providers, vault } = await given();
    const { claims } = await openDeal(fixture, { client, providers: providers.slice(0, 1) });
    const claim = claims[0]!;
    const burned: bigint = await vault.held!(market, 7);
    const won = await payoff(fixture, [client], async () => {
      await failSlot(fixture, claim);
      await mined(as(market, client).release!(claim));
    });
    // All that it had paid comes back, and its share of what the provider lost.
    expect(won).to.equal(40n * PRICE + COLLATERAL / 2n);
    expect(((await vault.held!(market, 7)) as bigint) - burned).to.equal(COLLATERAL / 5n + COLLATERAL / 4n);
  });

  it("as a client that brings a puppet in for the bonus, and drops it: nothing is paid before the cooling-off is over", async () => {
    const { fixture, market, client, providers, vault } = await given();
    const [victim, puppet] = [providers[0]!, providers[1]!];
    const { claims } = await openDeal(fixture, { client, providers: [victim] });
    const claim = claims[0]!;
    await failSlot(fixture, claim);
    const won = await payoff(fixture, [client, puppet], async () => {
      const offer = nextOffer(claim, puppet, { collateral: 0n });
      const fresh: SlotClaim = claimAfter(
        fixture,
        claim,
        await mined(refill(fixture, client, claim, { by: puppet, offer })),
      );
      await runWindows(fixture, fresh, [0, 3], () => true);
      await mined(market.settle!(fresh, 3));
      await expect(market.claimBonus!(fresh, fresh.firstWindow + 1)).to.be.revertedWithCustomError(
        market,
        "MarketBonusNotEarned",
      );
      await mined(as(market, client).drop!(fresh, fresh.salt, fresh.terms));
      await mined(market.release!(fresh));
      await expect(market.claimBonus!(fresh, fresh.firstWindow + 1)).to.be.revertedWithCustomError(
        market,
        "MarketBonusNotEarned",
      );
    });
    // Its own escrow, which was its own all along.
    expect(won).to.equal(34n * PRICE);
    expect(await vault.held!(market, 4)).to.be.at.most(COLLATERAL / 4n);
  });
});
