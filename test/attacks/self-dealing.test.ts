/**
 * Client and provider in one person, for the rewards: at any price, size and duration, and through every change that a deal knows.
 * Whatever it plays, the pool gives back less than nine tenths of the fee that it burns.
 */
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
import {
  as,
  deployMarket,
  FUNDS,
  GOOD_PROOF,
  mined,
  openDeal,
  PRICE,
  runWindows,
} from "../contracts/market/fixture.ts";
import { claimRewards, fundedRewards } from "./support/rewards.ts";
import { wealth } from "./support/wealth.ts";
import { proveAll } from "./support/windows.ts";

const chain = await network.create();
/** Terms under which it may leave whenever it likes. */
const FREE = { slots: 1, threshold: 1, coolingOff: 0, minWindows: 0, cancelFeeWindows: 0 };

async function given() {
  const fixture = await deployMarket(chain);
  const rewards = await fundedRewards(fixture);
  const { market, registry, vault, client, outsider, providers } = fixture;
  const pool: bigint = await rewards.available!();
  const ring = [client, outsider, ...providers]; // the outsider writes failures down
  const before = await wealth(fixture, ...ring);
  const burnedOf = async (module: object): Promise<bigint> => vault.held!(module, 7);

  /** Settles, claims, and takes the collateral back. */
  async function finish(claim: SlotClaim): Promise<void> {
    const { settled, end } = await market.slotOf!(claim.offer.dealKey, claim.offer.slot);
    if (settled < end) await mined(market.settle!(claim, 65_535));
    await claimRewards(rewards, claim);
    await mined(market.release!(claim));
  }
  /** Every unit that the ring has not any more burned; what the pool gave it back is below nine tenths of the fees. */
  async function result() {
    const rewarded = pool - ((await rewards.available!()) as bigint);
    const fees = await burnedOf(market);
    const won = (await wealth(fixture, ...ring)) - before;
    expect(won).to.equal(rewarded - fees - (await burnedOf(registry)));
    return { won, rewarded, fees };
  }
  return { ...fixture, fixture, rewards, finish, result };
}

/** Of a ring of one's own: the client's deal of one slot with the first provider. */
async function openOwn({ fixture, client, providers }: Awaited<ReturnType<typeof given>>, price = PRICE, windows = 20) {
  const terms = { ...FREE, windows, maxMisses: 5 };
  const { claims } = await openDeal(fixture, {
    client,
    providers: providers.slice(0, 1),
    terms,
    offer: { m: 16, price, collateral: price },
  });
  return claims[0]!;
}

function requireLoss({ won, rewarded, fees }: { won: bigint; rewarded: bigint; fees: bigint }): void {
  expect(10n * rewarded <= 9n * fees).to.equal(true, `${rewarded} of ${fees}`);
  expect(10n * won <= -fees && won < 0n).to.equal(true, `${won}`);
}

describe("attack: dealing with oneself for rewards", () => {
  for (const m of [13, 20]) {
    for (const price of [1n, 37n, 371n, PRICE, PRICE + 1n]) {
      it(`loses a tenth of the fee at a price of ${price}, for 4, 9 and 40 windows of 2^${m} elements, in up to 3 replicas`, async () => {
        for (const [windows, slots] of [
          [4, 1],
          [9, 3],
          [40, 2],
        ] as const) {
          const all = await given();
          const { fixture, client, providers, finish, result } = all;
          const terms = { ...FREE, slots, windows, maxMisses: windows };
          const plan = { client, providers: providers.slice(0, slots), terms, offer: { m, price, collateral: price } };
          const { claims } = await openDeal(fixture, plan);
          await proveAll(fixture, claims);
          for (const claim of claims) await finish(claim);
          requireLoss(await result());
        }
      });
    }
  }

  it("loses through extensions at rising and falling prices, with claims before and after each", async () => {
    const all = await given();
    const { fixture, market, client, providers, rewards, finish, result } = all;
    let claim = await openOwn(all);
    for (const [i, price] of [2n * PRICE, PRICE / 3n, 0n, 3n * PRICE, PRICE].entries()) {
      await runWindows(fixture, claim, [0, 3], () => true);
      await mined(market.settle!(claim, 65_535));
      // Now and then the claim comes only after the extension, when it is too late for the old filling.
      if (i % 2 === 0) await claimRewards(rewards, claim);
      const { end } = await market.slotOf!(claim.offer.dealKey, 0);
      const until = claim.firstWindow + Number(end) + 7;
      const signed = await signExtension(fixture, providers[0]!, claim, { until, price });
      claim = claimAfter(fixture, claim, await mined(as(market, client).extend!(claim, signed, FUNDS)));
    }
    const { end } = await market.slotOf!(claim.offer.dealKey, 0);
    await runWindows(fixture, claim, [0, Number(end)], () => true);
    await finish(claim);
    requireLoss(await result());
  });

  it("loses through top-ups in every window: no window is rewarded twice because it is counted anew", async () => {
    const all = await given();
    const { fixture, market, providers, rewards, finish, result } = all;
    let claim = await openOwn(all);
    for (let i = 0; i < 12; i++) {
      await runWindows(fixture, claim, [0, 1], () => true);
      await mined(market.settle!(claim, 65_535));
      await claimRewards(rewards, claim);
      claim = claimAfter(fixture, claim, await mined(as(market, providers[0]!).topUp!(claim, 1n)));
      await expect(claimRewards(rewards, claim)).to.be.revert(fixture.ethers);
    }
    await runWindows(fixture, claim, [0, 8], () => true);
    await finish(claim);
    const { won, rewarded, fees } = await result();
    requireLoss({ won, rewarded, fees });
    expect(rewarded).to.equal((fees * 9n) / 10n); // all twenty windows, each once
  });

  it("loses through a failure and a refill, though it gets the client's, the caller's and the repairer's share", async () => {
    const all = await given();
    const { fixture, market, client, providers, rewards, finish, result } = all;
    const claim = await openOwn(all);
    await runWindows(fixture, claim, [0, 4], () => true);
    await failSlot(fixture, claim, 4);
    await claimRewards(rewards, claim);
    const offer = nextOffer(claim, providers[1]!, { price: 2n * PRICE });
    const receipt = await mined(refill(fixture, client, claim, { by: providers[1]!, offer }));
    const fresh = claimAfter(fixture, claim, receipt);
    const { end } = await market.slotOf!(fresh.offer.dealKey, 0);
    await runWindows(fixture, fresh, [0, Number(end)], () => true);
    await finish(fresh);
    await mined(market.release!(fresh)); // the bonus
    requireLoss(await result());
  });

  it("loses by passing a slot through its own lanes as fast as their windows open", async () => {
    const all = await given();
    const { fixture, market, client, providers, spacetime, rewards, goTo, finish, result } = all;
    let claim = await openOwn(all);
    for (let i = 0; i < 6; i++) {
      const opening: bigint = await spacetime.openingOf!(claim.offer.provider, claim.firstWindow);
      await goTo(opening + 1n);
      await mined(spacetime.submitProof!(claim.offer.provider, claim.firstWindow, GOOD_PROOF, 1n));
      const [from, by] = [providers[i]!, providers[i + 1]!];
      const receipt = await mined(handOver(fixture, client, claim, { from, by, offer: sameBytes(claim, by) }));
      await expect(claimRewards(rewards, claim)).to.be.revert(fixture.ethers);
      claim = claimAfter(fixture, claim, receipt);
    }
    const { end } = await market.slotOf!(claim.offer.dealKey, 0);
    expect(end).to.equal(14n);
    await runWindows(fixture, claim, [0, 14], () => true);
    await finish(claim);
    requireLoss(await result());
  });

  for (const ends of ["drop", "cancel", "forfeit"] as const) {
    it(`loses more when it ends with a ${ends}: the fee of windows that never come is gone`, async () => {
      const all = await given();
      const { fixture, market, client, providers, result } = all;
      const terms = { slots: 1, threshold: 1, windows: 20, maxMisses: 5, coolingOff: 20, minWindows: 0 };
      const { claims } = await openDeal(fixture, {
        client,
        providers: providers.slice(0, 1),
        terms,
        offer: { collateral: PRICE },
      });
      const claim = claims[0]!;
      await runWindows(fixture, claim, [0, 2], () => true);
      if (ends === "forfeit") await mined(as(market, providers[0]!).forfeit!(claim));
      else await mined(as(market, client)[ends]!(claim, claim.salt, claim.terms));
      const { end } = await market.slotOf!(claim.offer.dealKey, 0);
      if (Number(end) > 2) await runWindows(fixture, claim, [2, Number(end)], () => true);
      await all.finish(claim);
      if (ends === "forfeit") await mined(as(market, client).release!(claim)); // what waits for a refill comes back
      requireLoss(await result());
    });
  }
});
