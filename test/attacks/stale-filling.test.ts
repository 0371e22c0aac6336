/** What a slot was filled with before it changed, brought again: to be paid twice, to be ended twice, to spoil what came after. */
import { expect } from "chai";
import { network } from "hardhat";
import type { SlotClaim } from "../../node/data/terms.ts";
import {
  claimAfter,
  failSlot,
  handOver,
  nextOffer,
  refill,
  sameBytes,
  signExtension,
} from "../contracts/market/changes.ts";
import { as, deployMarket, FUNDS, mined, openDeal, PRICE, runWindows } from "../contracts/market/fixture.ts";
import { claimRewards, fundedRewards } from "./support/rewards.ts";
import { payoff } from "./support/wealth.ts";

const chain = await network.create();

/** Two slots; five windows of the first are proven and settled, and rewarded. */
async function given() {
  const fixture = await deployMarket(chain);
  const { client, providers, market } = fixture;
  const rewards = await fundedRewards(fixture);
  const deal = await openDeal(fixture, { client, providers: providers.slice(0, 2), terms: { threshold: 1 } });
  const [claim, other] = deal.claims as [SlotClaim, SlotClaim];
  await runWindows(fixture, claim, [0, 5], () => true);
  await mined(market.settle!(claim, 5));
  await claimRewards(rewards, claim);
  return { ...fixture, fixture, rewards, claim, other };
}

type Given = Awaited<ReturnType<typeof given>>;

/** Each way to change the slot, and what it is filled with then. */
const CHANGES: Record<string, (all: Given) => Promise<SlotClaim>> = {
  "an extension": async ({ fixture, market, client, providers, claim }) => {
    const signed = await signExtension(fixture, providers[0]!, claim, { until: claim.firstWindow + 60 });
    return claimAfter(fixture, claim, await mined(as(market, client).extend!(claim, signed, FUNDS)));
  },
  "a top-up": async ({ fixture, market, providers, claim }) =>
    claimAfter(fixture, claim, await mined(as(market, providers[0]!).topUp!(claim, PRICE))),
  "a refill": async ({ fixture, client, providers, claim, other }) => {
    await failSlot(fixture, claim, 5);
    const offer = nextOffer(claim, providers[2]!);
    return claimAfter(
      fixture,
      claim,
      await mined(refill(fixture, client, claim, { by: providers[2]!, offer, current: [other] })),
    );
  },
  "a handover": async ({ fixture, client, providers, claim, other }) => {
    const [from, , by] = [providers[0]!, providers[1]!, providers[2]!];
    const offer = sameBytes(claim, by);
    return claimAfter(
      fixture,
      claim,
      await mined(handOver(fixture, client, claim, { from, by, offer, current: [other] })),
    );
  },
};

/** Everything that a filling can be brought for, by whoever would gain by it. */
function attempts(
  { fixture, market, client, providers, other }: Given,
  stale: SlotClaim,
): [string, () => Promise<unknown>][] {
  const { salt, terms } = stale;
  const [old, next] = [providers[0]!, providers[5]!];
  return [
    ["settle", () => market.settle!(stale, 99)],
    ["cancel", () => as(market, client).cancel!(stale, salt, terms)],
    ["drop", () => as(market, client).drop!(stale, salt, terms)],
    ["forfeit", () => as(market, old).forfeit!(stale)],
    ["release", () => as(market, client).release!(stale)],
    ["top up", () => as(market, old).topUp!(stale, 1n)],
    [
      "extend",
      async () => {
        const signed = await signExtension(fixture, old, stale, { until: stale.firstWindow + 90 });
        return as(market, client).extend!(stale, signed, FUNDS);
      },
    ],
    ["refill", () => refill(fixture, client, stale, { by: next, offer: nextOffer(stale, next), current: [other] })],
    [
      "hand over",
      () => handOver(fixture, client, stale, { from: old, by: next, offer: sameBytes(stale, next), current: [other] }),
    ],
    ["claim the bonus", () => market.claimBonus!(stale, stale.firstWindow + 1)],
  ];
}

/** Name of the custom error that a call reverted with. */
function customErrorOf(error: unknown): string | undefined {
  return String((error as Error).message).match(/custom error '(\w+)/)?.[1];
}

describe("attack: an old filling of a slot", () => {
  for (const [name, change] of Object.entries(CHANGES)) {
    it(`is worth nothing to anybody after ${name}, and the new one is paid as if nobody had tried`, async () => {
      const all = await given();
      const { fixture, market, client, providers, claim } = all;
      const fresh = await change(all);
      const slot = await market.slotOf!(claim.offer.dealKey, 0);
      const won = await payoff(fixture, [client, ...providers.slice(0, 6)], async () => {
        for (const [call, attempt] of attempts(all, claim)) {
          expect(await attempt().then(() => "accepted", customErrorOf), call).to.match(
            /^MarketWrong(Filling|Generation)$/,
          );
        }
        await expect(claimRewards(all.rewards, claim)).to.be.revert(fixture.ethers);
        await mined(market.settleMany!([claim], 99)); // skips it
        await mined(market.releaseMany!([claim]));
      });
      expect(won).to.equal(0n);
      expect(await market.slotOf!(claim.offer.dealKey, 0)).to.deep.equal(slot);
      const earned = await payoff(fixture, [{ address: fresh.offer.provider }], async () => {
        await runWindows(fixture, fresh, [0, 3], () => true);
        await mined(market.settle!(fresh, 3));
      });
      expect(earned).to.equal(3n * PRICE);
    });
  }
});
