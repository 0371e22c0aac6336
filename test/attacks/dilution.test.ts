/**
 * A provider that has lost its client's bytes fills its bag with replicas that it deals to itself and can regenerate, so that the
 * draws seldom fall on what is lost. It does everything that helps it: it is paid rewards, accounts for its own misses and gets
 * the twentieth of the burn, and no number of misses ends its deal.
 */
import { expect } from "chai";
import { network } from "hardhat";
import { rewardPerWindow } from "../../node/data/rewards.ts";
import type { SlotClaim } from "../../node/data/terms.ts";
import { openingOf } from "../../node/data/windows.ts";
import { LOCAL_PARAMETERS } from "../../scripts/lib/parameters.ts";
import {
  as,
  claimsOf,
  deployMarket,
  type Fixture,
  FUNDS,
  GOOD_PROOF,
  K,
  mined,
  open,
  type Party,
  type Plan,
  planDeal,
} from "../contracts/market/fixture.ts";
import { dilutionPayoff, priceLimit } from "./support/dilution.ts";
import { claimRewards, fundedRewards } from "./support/rewards.ts";
import { wealth } from "./support/wealth.ts";

const { beta, genesis: _, ...RHYTHM } = LOCAL_PARAMETERS.spacetime;
const FEE_BPS = LOCAL_PARAMETERS.market.protocolFeeBps;
const WINDOWS = process.env.HOLDFAST_LONG ? 4_096 : 512;
/** Lanes prove in steps of half a period: every window, which lasts longer than that, has one of them inside. */
const STEP = RHYTHM.period / 2n;

/** What is lost has 2^m elements and is one part in 2^fill of the bag; its price is the highest allowed, divided. */
const CELLS = [13, 15].flatMap((m) => [0, 1, 3, 5].flatMap((fill) => [1n, 4n].map((cut) => ({ m, fill, cut }))));

type Cell = (typeof CELLS)[number];
type Lane = Cell & {
  readonly provider: Party;
  readonly price: bigint;
  readonly claim: SlotClaim;
  readonly before: bigint;
  proven: number;
};

/** Opens the deals and returns the last one's claim of each provider. */
async function inOneBlock(fixture: Fixture, plans: readonly Plan[]): Promise<Map<string, SlotClaim>> {
  const { ethers, market, networkHelpers } = fixture;
  await ethers.provider.send("evm_setAutomine", [false]);
  const sent = [];
  for (const { client, request, offers } of plans) {
    sent.push(await as(market, client).openDeal!(request, offers, { gasLimit: 1_000_000n }));
  }
  await networkHelpers.mine();
  await ethers.provider.send("evm_setAutomine", [true]);
  const claims = new Map<string, SlotClaim>();
  for (const [i, plan] of plans.entries()) {
    const [claim] = claimsOf(fixture, plan, await mined(Promise.resolve(sent[i]!)));
    claims.set(claim!.offer.provider, claim!);
  }
  return claims;
}

describe("attack: dilution by self-dealt replicas", function () {
  this.timeout(30 * 60_000);

  it(`loses in all of ${CELLS.length} lanes over ${CELLS.length * WINDOWS} windows, as much as the closed formula says`, async () => {
    const fixture = await deployMarket(await network.create());
    const { ethers, networkHelpers, market, registry, spacetime, client, deployer: puppet, goTo } = fixture;
    const rewards = await fundedRewards(fixture);
    const terms = { slots: 1, threshold: 1, windows: WINDOWS, maxMisses: WINDOWS };

    const plans: Plan[] = [];
    const lanes: Omit<Lane, "claim">[] = [];
    for (const [i, cell] of CELLS.entries()) {
      const provider = fixture.providers[i]!;
      await mined(as(registry, provider).stake!(FUNDS / 10n));
      const plan = { client, providers: [provider], terms };
      for (let j = 0; j < cell.fill; j++) {
        // The puppet's own deals cost nothing: at a price of zero there is no fee.
        const offer = { m: cell.m + j, price: 0n, collateral: 0n };
        plans.push(await planDeal(fixture, { ...plan, client: puppet, offer }));
      }
      const limit = priceLimit(K, beta, cell.m);
      expect(await spacetime.priceLimit!(cell.m)).to.equal(limit);
      const price = limit / cell.cut;
      plans.push(await planDeal(fixture, { ...plan, offer: { m: cell.m, price, collateral: 0n } }));
      lanes.push({ ...cell, provider, price, before: await wealth(fixture, provider), proven: 0 });
    }
    // All in one block, so that nobody has missed anything when the windows begin.
    const opened = await inOneBlock(fixture, plans);
    const ready = lanes.map((lane): Lane => ({ ...lane, claim: opened.get(lane.provider.address)! }));

    // Which lanes can prove at which block.
    const genesis: bigint = await spacetime.GENESIS!();
    const steps = new Map<bigint, { lane: Lane; window: number }[]>();
    for (const lane of ready) {
      for (let index = 0; index < WINDOWS; index++) {
        const window = lane.claim.firstWindow + index;
        const opening = openingOf({ genesis, ...RHYTHM }, lane.claim.offer.provider, window);
        const block = opening + STEP - ((opening - genesis) % STEP);
        steps.set(block, [...(steps.get(block) ?? []), { lane, window }]);
      }
    }
    const rpc = ethers.provider;
    await rpc.send("evm_setAutomine", [false]);
    for (const [block, due] of [...steps].sort(([a], [b]) => Number(a - b))) {
      await goTo(block + 1n);
      await Promise.all(
        due.map(async ({ lane, window }) => {
          const { provider, root } = lane.claim.offer;
          const vector: bigint[] = [...(await spacetime.challengesOf!(provider, window))];
          if (vector.includes(BigInt(root))) return; // it would have to open what it lost
          lane.proven++;
          await spacetime.submitProof!(provider, window, GOOD_PROOF, 1n, { gasLimit: 1_000_000n });
        }),
      );
      await networkHelpers.mine();
    }
    await rpc.send("evm_setAutomine", [true]);
    await networkHelpers.mine(RHYTHM.period);

    let [total, expectedTotal] = [0n, 0];
    for (const lane of ready) {
      const { claim, provider, price, proven, m, fill } = lane;
      await mined(as(spacetime, provider).account!(provider, WINDOWS));
      await mined(as(market, provider).settle!(claim, WINDOWS));
      await claimRewards(rewards, claim);
      const payoff = (await wealth(fixture, provider)) - lane.before;

      const weight = 2n ** BigInt(m + fill);
      const missed = BigInt(WINDOWS - proven);
      const burned = missed * ((beta * weight + 2n ** 64n - 1n) >> 64n);
      const earned = price + rewardPerWindow(price, FEE_BPS, LOCAL_PARAMETERS.rewardBps);
      expect(payoff).to.equal(BigInt(proven) * earned - burned + burned / 20n);
      expect(payoff < 0n).to.equal(true, `m ${m}, 1 in ${2 ** fill}: ${payoff}`);

      const formula = dilutionPayoff({ K, beta, m, fill, price });
      expect(Math.abs(proven - WINDOWS * formula.unseen)).to.be.at.most(
        5 * Math.sqrt(WINDOWS * formula.unseen * (1 - formula.unseen)),
      );
      total += payoff;
      expectedTotal += WINDOWS * formula.mean;
    }
    console.log(`      measured ${Number(total) / 1e18} tokens, formula ${expectedTotal / 1e18}`);
    expect(Math.abs(Number(total) / expectedTotal - 1)).to.be.lessThan(0.15);
  });

  it("finds no higher price: the market leaves a slot empty that the proofs could not answer for", async () => {
    const fixture = await deployMarket(await network.create());
    const { client, market, providers } = fixture;
    const price = priceLimit(K, beta, 13) + 1n;
    const plan = await planDeal(fixture, { client, providers: providers.slice(0, 1), offer: { price } });
    await expect(open(fixture, plan)).to.be.revertedWithCustomError(market, "DealTooFewSlots").withArgs(1, 0);
  });

  it("loses by the closed formula at every share, bag size and price that the market takes, for every K", () => {
    let worst = Number.NEGATIVE_INFINITY;
    for (const challenges of [1n, 2n, 4n, 16n, 64n, 255n]) {
      for (let m = 13; m <= 27; m++) {
        for (let fill = 0; m + fill <= 36; fill++) {
          for (const cut of [1n, 2n, 10n]) {
            const price = priceLimit(challenges, beta, m) / cut;
            const { mean, burn } = dilutionPayoff({ K: challenges, beta, m, fill, price });
            expect(mean, `K ${challenges}, m ${m}, 1 in ${2 ** fill}`).to.be.lessThan(0);
            worst = Math.max(worst, mean / burn);
          }
        }
      }
    }
    expect(worst).to.be.lessThan(0);
  });

  it("would pay at a price eight times as high, and without a burn that grows with the bag: the two rules that stop it", () => {
    const m = 13;
    const price = priceLimit(K, beta, m);
    expect(dilutionPayoff({ K, beta, m, fill: 10, price: 8n * price }).mean).to.be.greaterThan(0);
    // The burn of the lost replica alone, while the bag hides it in a thousand others.
    const { unseen } = dilutionPayoff({ K, beta, m, fill: 10, price });
    expect(unseen * Number(price) - (1 - unseen) * Number((beta << BigInt(m)) >> 64n)).to.be.greaterThan(0);
  });
});
