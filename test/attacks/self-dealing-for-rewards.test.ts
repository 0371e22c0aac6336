import { expect } from "chai";
import type { Contract } from "ethers";
import { network } from "hardhat";
import { protocolFee } from "../../node/data/settlement.ts";
import type { SlotClaim } from "../../node/data/terms.ts";
import { claimAfter, handOver, nextOffer, refill, sameBytes, signExtension } from "../contracts/market/changes.ts";
import { as, deployMarket, mined, openDeal, type Party, PRICE, runWindows } from "../contracts/market/fixture.ts";
import { claimRewards, fundedRewards } from "./support/rewards.ts";

const chain = await network.create();
const { networkHelpers } = chain;
const BURNED = 7;

/** One party behind a client and three providers, that deals with itself as the rules allow and claims whatever it can. */
async function given() {
  const fixture = await deployMarket(chain);
  const rewards = await fundedRewards(fixture);
  const [one, two, three] = fixture.providers as [Party, Party, Party];
  return { ...fixture, rewards, one, two, three };
}

type Given = Awaited<ReturnType<typeof given>>;

async function wealth({ vault, registry, client, one, two, three }: Given): Promise<bigint> {
  let sum = 0n;
  for (const { address } of [client, one, two, three]) {
    sum += ((await vault.freeOf!(address)) as bigint) + ((await registry.stakeOf!(address)) as bigint);
  }
  return sum;
}

const settledOf = async ({ market }: Given, { offer }: SlotClaim) =>
  Number((await market.slotOf!(offer.dealKey, offer.slot)).settled);

/** Proves windows up to the `count`-th of the filling, settles them and claims their rewards. */
async function live(all: Given, claim: SlotClaim, count: number, from = 0): Promise<void> {
  await runWindows(all, claim, [from, count], () => true);
  if ((await settledOf(all, claim)) < count) await mined(all.market.settle!(claim, 65_535));
  await claimRewards(all.rewards, claim);
}

async function finish(all: Given, claim: SlotClaim, from = 0): Promise<void> {
  const { end } = await all.market.slotOf!(claim.offer.dealKey, claim.offer.slot);
  await live(all, claim, Number(end), from);
  await mined(all.market.release!(claim));
}

async function extend(all: Given, claim: SlotClaim, until: number, price: bigint): Promise<SlotClaim> {
  const signed = await signExtension(all, all.one, claim, { until, price });
  return claimAfter(all, claim, await mined(as(all.market, all.client).extend!(claim, signed, 10n ** 30n)));
}

async function begin(all: Given, terms = {}, price = PRICE): Promise<SlotClaim> {
  const plan = { client: all.client, providers: [all.one], offer: { price, collateral: price * 12n } };
  return (await openDeal(all, { ...plan, terms: { windows: 12, maxMisses: 4, cancelFeeWindows: 0, ...terms } }))
    .claims[0]!;
}

/** What the fund gave, what burned besides, and what the party is left with. */
async function payoff(run: (all: Given) => Promise<void>) {
  const all = await networkHelpers.loadFixture(given);
  const { rewards, vault } = all;
  const before = [await wealth(all), await rewards.available!(), await vault.totalOf!(BURNED)] as bigint[];
  await run(all);
  const after = [await wealth(all), await rewards.available!(), await vault.totalOf!(BURNED)] as bigint[];
  const [own, reward, burned] = [after[0]! - before[0]!, before[1]! - after[1]!, after[2]! - before[2]!];
  return { own, reward, burned };
}

const schemes: Readonly<Record<string, (all: Given) => Promise<void>>> = {
  "plain, to the last window": async (all) => finish(all, await begin(all)),
  "extended again and again at one price": async (all) => {
    let claim = await begin(all);
    for (let round = 1; round <= 3; round++) {
      await live(all, claim, 3);
      claim = await extend(all, claim, claim.firstWindow + 15, PRICE);
    }
    await finish(all, claim);
  },
  "extended at a price that rises after most of the fee was paid at the lower one": async (all) => {
    let claim = await begin(all, {}, 1n);
    await live(all, claim, 2);
    claim = await extend(all, claim, claim.firstWindow + 13, 1_000_003n);
    await live(all, claim, 4);
    claim = await extend(all, claim, claim.firstWindow + 12, PRICE);
    await finish(all, claim);
  },
  "extended at a price that falls, which pays the difference back, and then rises again": async (all) => {
    let claim = await begin(all);
    await live(all, claim, 2);
    claim = await extend(all, claim, claim.firstWindow + 14, PRICE / 1_000n);
    await live(all, claim, 3);
    claim = await extend(all, claim, claim.firstWindow + 14, PRICE);
    await finish(all, claim);
  },
  "topped up before every claim": async (all) => {
    let claim = await begin(all);
    for (const windows of [2, 3, 2]) {
      await live(all, claim, windows);
      const { market, one } = all;
      claim = claimAfter(all, claim, await mined(as(market, one).topUp!(claim, 1n)));
    }
    await finish(all, claim);
  },
  "failed and refilled with one's other identity, bonus and all": async (all) => {
    const claim = await begin(all, { maxMisses: 3 });
    await live(all, claim, 3);
    // Whoever settles a failure earns a share of it: the party itself does.
    await runWindows(all, claim, [3, 7], () => false);
    const { client, two } = all;
    await mined(as(all.market, client).settle!(claim, 65_535));
    const offer = nextOffer(claim, two);
    const next = claimAfter(all, claim, await mined(refill(all, client, claim, { by: two, offer })));
    const { end } = await all.market.slotOf!(next.offer.dealKey, next.offer.slot);
    await live(all, next, Number(end));
    await mined(all.market.claimBonus!(next, next.firstWindow + Number(end) - 1));
    await mined(all.market.release!(next));
  },
  "handed on from identity to identity": async (all) => {
    let claim = await begin(all);
    const { client, one, two, three } = all;
    let from = one;
    for (const by of [two, three]) {
      await live(all, claim, 3);
      const offer = sameBytes(claim, by);
      claim = claimAfter(all, claim, await mined(handOver(all, client, claim, { from, by, offer })));
      from = by;
    }
    await finish(all, claim);
  },
  "cancelled as soon as it can be, without a fee": async (all) => {
    const claim = await begin(all, { minWindows: 0 });
    await live(all, claim, 1);
    await mined(as(all.market, all.client).cancel!(claim, claim.salt, claim.terms));
    await finish(all, claim, 1);
  },
};

describe("dealing with oneself for rewards", () => {
  for (const [how, run] of Object.entries(schemes)) {
    it(`loses at least a tenth of the fees that burned: ${how}`, async () => {
      const { own, reward, burned } = await payoff(run);
      expect(reward > 0n, "the scheme earns something").to.equal(true);
      expect(own).to.equal(reward - burned);
      expect(10n * reward <= 9n * burned, `${reward} of ${burned}`).to.equal(true);
    });
  }

  it("claims a window once, though one more filling of the replica covers its lane", async () => {
    const all = await networkHelpers.loadFixture(given);
    const { rewards, market } = all;
    const claim = await begin(all);
    await live(all, claim, 4);
    const longer = await extend(all, claim, claim.firstWindow + 20, PRICE);
    expect(longer.firstWindow).to.equal(claim.firstWindow + 4);
    for (const stale of [claim, { ...longer, firstWindow: claim.firstWindow }]) {
      await expect(rewards.claimStorage!(stale, 100n)).to.be.revertedWithCustomError(rewards, "ReplicaWrongFilling");
    }
    await expect(rewards.claimStorage!(longer, 100n))
      .to.be.revertedWithCustomError(rewards, "RewardNothingDue")
      .withArgs(longer.firstWindow, longer.firstWindow);
    await runWindows(all, longer, [0, 2], () => true);
    await mined(market.settle!(longer, 100n));
    const before: bigint = await rewards.available!();
    await mined(rewards.claimStorage!(longer, 100n));
    const each: bigint = await rewards.rewardPerWindow!(PRICE);
    expect(before - ((await rewards.available!()) as bigint)).to.equal(2n * each);
    expect(protocolFee(PRICE, 300n) > each).to.equal(true);
  });

  it("is paid no stake that it can take out: what a slashed lane earns stays until the minimum is there", async () => {
    const all = await networkHelpers.loadFixture(given);
    const { rewards, registry, vault, one } = all;
    const own = as(registry, one);
    const minimum: bigint = await registry.MINIMUM_STAKE!();
    await lowerStakeTo(all, own, minimum);
    const claim = await begin(all);
    await runWindows(all, claim, [0, 4], (index) => index > 1);
    await mined(all.spacetime.account!(one, 1_000));
    const held: bigint = await registry.stakeOf!(one);
    expect(held < minimum).to.equal(true);
    await mined(all.market.settle!(claim, 100));
    const free: bigint = await vault.freeOf!(one);
    const before: bigint = await rewards.available!();
    await claimRewards(rewards, claim);
    const reward = before - ((await rewards.available!()) as bigint);
    const missing = minimum - held;
    expect(reward > 0n).to.equal(true);
    const staked = reward < missing ? reward : missing;
    expect((await registry.stakeOf!(one)) - held).to.equal(staked);
    expect((await vault.freeOf!(one)) - free).to.equal(reward - staked);
  });
});

async function lowerStakeTo({ registry, one }: Given, own: Contract, minimum: bigint): Promise<void> {
  const held: bigint = await registry.stakeOf!(one);
  await mined(own.requestUnstake!(held - minimum));
  await networkHelpers.mine(60);
  await mined(own.withdrawStake!());
}
