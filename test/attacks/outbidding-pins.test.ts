/** A provider that lost a client's bytes pushes the client's pin out, with a pin of bytes of its own in the last block. */
import { expect } from "chai";
import { as, mined } from "../contracts/market/fixture.ts";
import { deployCheater, FEE } from "../contracts/support/pinning-cheater.ts";

describe("attack: a provider outbids its client's pin", () => {
  it("costs twice what the client bid, so that a bid of half the window's price makes the window a loss at best", async () => {
    const { market, client, outsider, puppet, price, lost, own, pins, pin, wealth, goTo, opening, proveIfPossible } =
      await deployCheater();
    const bid = price / 2n > FEE ? price / 2n : FEE;
    const last = (await opening(lost.firstWindow)) - 1n;
    await goTo(last - 3n);
    await pin(client, lost, bid);
    const before = await wealth();
    await expect(pin(puppet, own, 2n * bid - 1n)).to.be.revertedWithCustomError(pins, "PinFeeTooLow");
    await goTo(last);
    await pin(puppet, own, 2n * bid);
    await goTo(last + 3n);
    const earned = (await proveIfPossible(lost.firstWindow)) ? price : 0n;
    await goTo((await opening(lost.firstWindow)) + 25n);
    await mined(as(market, outsider).settleMany!([lost, own], 1));
    expect((await wealth()) - before).to.equal(earned - 2n * bid);
    expect(earned - 2n * bid).to.be.lessThan(0n);
  });

  it("is undone by the client at twice that, and whoever was outbid gets nothing back", async () => {
    const { client, provider, puppet, lost, own, pin, wealth, goTo, opening, spacetime } = await deployCheater();
    await goTo((await opening(lost.firstWindow)) - 5n);
    const before = await wealth();
    await pin(client, lost, FEE);
    await pin(puppet, own, 2n * FEE);
    await pin(client, lost, 4n * FEE);
    expect(before - (await wealth())).to.equal(2n * FEE);
    await goTo((await opening(lost.firstWindow)) + 2n);
    const vector: bigint[] = [...(await spacetime.challengesOf!(provider, lost.firstWindow))];
    expect(vector.at(-2)).to.equal(BigInt(lost.offer.root));
  });
});
