/** A provider loses one small replica in a lane so large that the draws hardly ever fall on it. */
import { expect } from "chai";
import { as, K, mined, openDeal } from "../contracts/market/fixture.ts";
import { deployCheater, FEE } from "../contracts/support/pinning-cheater.ts";

describe("attack: losing a small replica in a large lane", () => {
  it("goes unnoticed in nearly every window, until its client pins one: then the whole lane burns", async () => {
    const fixture = await deployCheater();
    const { market, registry, spacetime, client, outsider, provider, providers, lost, pin, opening, goTo } = fixture;
    // 2^20 elements that it keeps, 2^13 that it does not: a draw falls on those with a chance of 1 in 130.
    await openDeal(fixture, {
      client: providers[2]!,
      providers: [provider],
      offer: { m: 20, price: 0n, collateral: 0n },
    });
    const share = 2 ** 13 / Number(await spacetime.weightOf!(provider));
    expect((1 - share) ** Number(K)).to.be.greaterThan(0.96);
    const window = lost.firstWindow + 1;
    await goTo((await opening(window)) - 3n);
    await mined(spacetime.account!(provider, 10));
    const stake: bigint = await registry.stakeOf!(provider);
    await pin(client, lost, FEE);
    await goTo((await opening(window)) + 2n);
    const vector: bigint[] = [...(await spacetime.challengesOf!(provider, window))];
    expect(vector).to.include(BigInt(lost.offer.root)); // it has no proof for this, and submits none
    await goTo((await opening(window)) + 25n);
    await mined(as(spacetime, outsider).account!(provider, 1));
    const beta: bigint = await spacetime.BETA!();
    const weight: bigint = await spacetime.weightOf!(provider);
    const burn = beta * weight;
    expect(stake - ((await registry.stakeOf!(provider)) as bigint)).to.equal((burn + 2n ** 64n - 1n) >> 64n);
    await mined(as(market, outsider).settle!(lost, 10));
    expect((await market.slotOf!(lost.offer.dealKey, 0)).missesLeft).to.equal(22n);
  });
});
