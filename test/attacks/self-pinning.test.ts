/**
 * A provider that lost a client's bytes deals with itself over bytes that it can make again, and pins its windows to those, so
 * that a quarter of the draws cannot hit what it lost.
 */
import { expect } from "chai";
import { as, mined } from "../contracts/market/fixture.ts";
import { deployCheater, FEE, WINDOWS } from "../contracts/support/pinning-cheater.ts";

describe("attack: a provider pins itself", () => {
  it("loses, even if its pins were free: the price limit counts only the draws that no pin takes", async () => {
    const { market, spacetime, outsider, puppet, lost, own, pin, wealth, goTo, opening, proveIfPossible } =
      await deployCheater();
    const before = (await wealth()) + lost.offer.collateral;
    let proven = 0;
    for (let i = 0; i < WINDOWS; i++) {
      const window = lost.firstWindow + i;
      if (i > 0) await goTo((await opening(window - 1)) + 28n);
      await pin(puppet, own, FEE);
      await goTo((await opening(window)) + 2n);
      const vector: bigint[] = [...(await spacetime.challengesOf!(lost.offer.provider, window))];
      expect(vector.at(-2)).to.equal(BigInt(own.offer.root)); // the shield works as far as it goes
      if (await proveIfPossible(window)) proven++;
    }
    await goTo((await opening(lost.firstWindow + WINDOWS)) + 25n);
    await mined(as(market, outsider).settleMany!([lost, own], WINDOWS));
    await mined(spacetime.account!(lost.offer.provider, WINDOWS + 1));
    await mined(market.release!(lost));
    const payoff = (await wealth()) - before;
    expect(payoff + BigInt(WINDOWS) * FEE).to.be.lessThan(0n);
    expect(proven).to.be.lessThan(WINDOWS);
  });

  it("has a negative expectation at the highest price for every share of its bag that is missing", () => {
    for (const challenges of [4, 16, 34]) {
      const free = challenges - Math.floor(challenges / 4);
      for (const missing of [1e-6, 0.001, 0.01, 0.1, 0.25, 0.5, 1]) {
        const caught = 1 - (1 - missing) ** free;
        // In burns of what is missing: a miss burns 1 / missing of them, and the price is at most a quarter of K'.
        const [income, burn] = [((1 - caught) * free) / 4, caught / missing];
        expect(income - burn, `K = ${challenges}, ${missing} missing`).to.be.lessThan(0);
      }
    }
  });
});
