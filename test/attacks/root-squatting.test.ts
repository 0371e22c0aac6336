/** A rival takes a root before its owner does: in its own lane, in the victim's, or in a slot that an order holds for it. */
import { expect } from "chai";
import { network } from "hardhat";
import type { Hex } from "viem";
import {
  as,
  deployMarket,
  mined,
  newRoot,
  open,
  openDeal,
  PRICE,
  planDeal,
  runWindows,
} from "../contracts/market/fixture.ts";
import { payoff } from "./support/wealth.ts";

const TERMS = { slots: 1, threshold: 1 };

describe("attack: root squatting", () => {
  it("costs the squatter its fee and keeps nobody out: the victim is paid to the unit", async () => {
    const fixture = await deployMarket(await network.create());
    const { client, outsider, market, spacetime } = fixture;
    const [squatter, victim] = [fixture.providers[0]!, fixture.providers[1]!];
    const root = newRoot();
    const fee = (PRICE * 40n * 3n) / 100n;
    const squatted = await payoff(fixture, [squatter, outsider], async () => {
      const { claims } = await openDeal(fixture, {
        client: outsider,
        providers: [squatter],
        terms: TERMS,
        offer: { root },
      });
      const earned = await payoff(fixture, [victim], async () => {
        const deal = await openDeal(fixture, { client, providers: [victim], terms: TERMS, offer: { root } });
        await runWindows(fixture, deal.claims[0]!, [0, 40], () => true);
        await mined(market.settle!(deal.claims[0]!, 40));
        await mined(market.release!(deal.claims[0]!));
      });
      expect(earned).to.equal(40n * PRICE);
      // It leaves as cheaply as it can: its puppet drops it in the cooling-off, or its slot is settled at its end.
      await mined(market.settle!(claims[0]!, 40));
      await mined(as(spacetime, squatter).account!(squatter, 1_000));
    });
    expect(squatted < -fee).to.equal(true);
  });

  it("in the victim's own lane needs the victim's signature", async () => {
    const fixture = await deployMarket(await network.create());
    const { client, outsider, market, sign } = fixture;
    const [squatter, victim] = [fixture.providers[0]!, fixture.providers[1]!];
    const root: Hex = newRoot();
    const lost = await payoff(fixture, [squatter, outsider], async () => {
      const plan = await planDeal(fixture, {
        client: outsider,
        providers: [victim],
        terms: TERMS,
        offer: { root, price: 0n, collateral: 0n },
      });
      const forged = await sign(squatter, plan.offers[0]!.offer);
      await expect(open(fixture, { ...plan, offers: [forged] })).to.be.revertedWithCustomError(
        market,
        "DealBadSignature",
      );
    });
    expect(lost).to.equal(0n);
    const { claims } = await openDeal(fixture, { client, providers: [victim], terms: TERMS, offer: { root } });
    expect(claims).to.have.length(1);
  });
});
