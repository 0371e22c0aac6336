import { expect } from "chai";
import { network } from "hardhat";
import { as, balances, deployMarket, mined, openDeal, PRICE, runWindows } from "../contracts/market/fixture.ts";

type Choice = "keeps" | "forfeits before the opening" | "forfeits once the seed is known" | "fails";

/** What a provider has in hand in the end, stake included, if it loses the replica after four proven windows. */
async function payoff(choice: Choice, terms = {}): Promise<bigint> {
  const fixture = await deployMarket(await network.create());
  const { market, client, providers, outsider, registry, spacetime, goTo } = fixture;
  const provider = providers[0]!;
  const deal = await openDeal(fixture, { client, providers: [provider], terms });
  const claim = deal.claims[0]!;
  const wealth = async () =>
    (await balances(fixture, provider)).free[0]! + ((await registry.stakeOf!(provider)) as bigint);
  const before = (await wealth()) + claim.offer.collateral;
  await runWindows(fixture, claim, [0, 4], () => true);
  const first = claim.firstWindow;
  const opening: bigint = await spacetime.openingOf!(provider, first + 4);

  if (choice === "forfeits before the opening") {
    await goTo(opening - 2n);
    await mined(as(market, provider).forfeit!(claim));
    await mined(market.release!(claim)); // out of the bag before the draw
    return (await wealth()) - before;
  }
  if (choice === "forfeits once the seed is known") {
    await goTo(opening + 2n);
    await spacetime.seedOf!(provider, first + 4); // it sees that the draw hits what it lost
    await mined(as(market, provider).forfeit!(claim));
  }
  const end = { keeps: 40, fails: 10 }[choice as string] ?? 5;
  await runWindows(fixture, claim, [4, end], () => choice === "keeps");
  await mined(as(market, outsider).settleMany!([claim], 100));
  await mined(spacetime.account!(provider, 100));
  if (choice !== "fails") await mined(market.release!(claim));
  return (await wealth()) - before;
}

describe("attack: forfeit after the seed is known", () => {
  it("pays worse than forfeiting before the opening, which pays better than failing and worse than keeping the bytes", async () => {
    const keeps = await payoff("keeps");
    const early = await payoff("forfeits before the opening");
    const late = await payoff("forfeits once the seed is known");
    const fails = await payoff("fails");
    expect(keeps).to.equal(PRICE * 40n);
    expect(early).to.equal(PRICE * 4n - PRICE * 18n);
    // The open window still counts: it is missed, and burns stake for the whole lane.
    expect(late).to.be.lessThan(early);
    expect(fails).to.be.lessThan(late);
    expect(early).to.be.lessThan(keeps);
  });
});
