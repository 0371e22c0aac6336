/** Lanes side by side, with all real contracts but the verifier: an operator with more bytes than one holds runs several. */
import { expect } from "chai";
import type { Contract } from "ethers";
import { network } from "hardhat";
import type { SlotClaim } from "../../node/data/terms.ts";
import { LOCAL_PARAMETERS } from "../../scripts/lib/parameters.ts";
import { as, deployMarket, GOOD_PROOF, mined, open, openDeal, type Party, planDeal } from "./market/fixture.ts";

const chain = await network.create();
const { networkHelpers } = chain;
const TOKEN = 10n ** 18n;
/** A replica of 2^25 elements: a miss burns 1 token, and it takes a stake of 32. */
const M = 25;
const BURN = TOKEN;
const { period, windowLength } = LOCAL_PARAMETERS.spacetime;

/** One operator's two lanes, linked by both sides, 32 tokens behind each, a replica of 2^25 elements in the first; and another operator's lane. */
async function given() {
  const fixture = await deployMarket(chain);
  const { client, providers, registry, spacetime, goTo } = fixture;
  const [one, two, other, operator] = [providers[0]!, providers[1]!, providers[2]!, providers[3]!];
  for (const lane of [one, two]) {
    await mined(as(registry, lane).stake!(22n * TOKEN));
    await mined(as(registry, lane).declareOperator!(operator));
  }
  await mined(as(registry, operator).acceptLanes!([one, two]));
  const deal = await openDeal(fixture, { client, providers: [one], offer: { m: M } });
  const claim = deal.claims[0]!;
  const stakes = async (): Promise<bigint[]> =>
    Promise.all([one, two, other].map(async (lane) => (await registry.stakeOf!(lane)) as bigint));
  const suspended = async (lane: Party): Promise<boolean> => (await spacetime.lane!(lane)).suspended;
  /** The block after the close of the lane's window that comes `count` - 1 after the claim's first. */
  async function pass({ offer, firstWindow }: SlotClaim, count: number): Promise<void> {
    await goTo((await spacetime.closeOf!(offer.provider, firstWindow + count - 1)) + 1n);
  }
  /** Whether the lane's next window takes a proof. */
  async function proves(lane: Party): Promise<boolean> {
    const window = await spacetime.nextOpening!(lane, await networkHelpers.time.latestBlock());
    await goTo((await spacetime.openingOf!(lane, window)) + 1n);
    await mined(spacetime.submitProof!(lane, window, GOOD_PROOF, 1n)).catch(() => undefined);
    return spacetime.isProven!(lane, window);
  }
  return { ...fixture, one, two, other, operator, claim, stakes, suspended, pass, proves };
}

describe("two lanes of one operator", () => {
  it("open at blocks of their own and prove each for itself", async () => {
    const fixture = await networkHelpers.loadFixture(given);
    const { client, one, two, operator, claim, registry, spacetime, goTo } = fixture;
    expect([await registry.operatorOf!(one), await registry.operatorOf!(two)]).to.deep.equal(
      [operator, operator].map(({ address }) => address),
    );
    const second = (await openDeal(fixture, { client, providers: [two], offer: { m: M } })).claims[0]!;
    const first: bigint = await spacetime.openingOf!(one, claim.firstWindow);
    const opening: bigint = await spacetime.openingOf!(two, second.firstWindow);
    expect((first - opening) % period).to.not.equal(0n);
    for (const [lane, window, at] of [
      [one, claim.firstWindow, first],
      [two, second.firstWindow, opening],
    ] as const) {
      if (BigInt(await networkHelpers.time.latestBlock()) < at) await goTo(at + 1n);
      await mined(spacetime.submitProof!(lane, window, GOOD_PROOF, 1n));
      expect(await spacetime.isProven!(lane, window)).to.equal(true);
    }
    expect(await spacetime.isProven!(one, claim.firstWindow + 1)).to.equal(false);
  });

  it("have bags of their own: what one takes, weighs and is asked is nothing to the other", async () => {
    const fixture = await networkHelpers.loadFixture(given);
    const { client, one, two, claim, spacetime, goTo } = fixture;
    await goTo((await spacetime.openingOf!(one, claim.firstWindow)) + 2n);
    const asked: bigint[] = [...(await spacetime.challengesOf!(one, claim.firstWindow))];
    const { root } = claim.offer;
    const [same] = (await openDeal(fixture, { client, providers: [two], offer: { m: 20, root } })).claims;
    expect((await spacetime.recordOf!(two, root)).m).to.equal(20n); // a root is taken in its own lane only
    expect(same!.offer.root).to.equal(root);
    expect([...(await spacetime.challengesOf!(one, claim.firstWindow))]).to.deep.equal(asked);
    expect([await spacetime.weightOf!(one), await spacetime.weightOf!(two)]).to.deep.equal([2n ** 25n, 2n ** 20n]);
  });

  it("burn stakes of their own, and one's suspension leaves the other proving", async () => {
    const fixture = await networkHelpers.loadFixture(given);
    const { client, outsider, one, two, claim, spacetime, stakes, suspended, pass, proves } = fixture;
    await openDeal(fixture, { client, providers: [two], offer: { m: 13 } });
    await pass(claim, 29);
    const before = await stakes();
    await mined(as(spacetime, outsider).account!(one, 100));
    expect(await stakes()).to.deep.equal([before[0]! - 29n * BURN, before[1], before[2]]);
    expect([await suspended(one), await suspended(two)]).to.deep.equal([true, false]);
    expect(await proves(one)).to.equal(false);
    expect(await proves(two)).to.equal(true);
  });

  it("hold a full lane each", async () => {
    const parameters = { ...LOCAL_PARAMETERS.spacetime, maxWeight: 2n ** 25n };
    const small = await deployMarket(chain, { spacetime: parameters });
    const { client, providers, registry, market } = small;
    for (const lane of providers.slice(0, 2)) await mined(as(registry, lane).stake!(60n * TOKEN));
    for (const lane of providers.slice(0, 2)) {
      await openDeal(small, { client, providers: [lane], offer: { m: 24 } });
      await openDeal(small, { client, providers: [lane], offer: { m: 24 } });
      const more = await planDeal(small, { client, providers: [lane], offer: { m: 13 } });
      await expect(open(small, more)).to.be.revertedWithCustomError(market, "DealTooFewSlots").withArgs(1, 0);
    }
  });
});

describe("a suspended lane", () => {
  it("takes no replica and proves nothing until a top-up brings it to four misses, and grows again at thirty-two", async () => {
    const fixture = await networkHelpers.loadFixture(given);
    const { client, one, claim, market, registry, spacetime, suspended, pass, proves } = fixture;
    await pass(claim, 29);
    await mined(spacetime.account!(one, 100));
    expect(await registry.stakeOf!(one)).to.equal(3n * BURN);
    const opensWith = async () => {
      const plan = await planDeal(fixture, { client, providers: [one], offer: { m: 13 } });
      return open(fixture, plan);
    };
    await expect(opensWith()).to.be.revertedWithCustomError(market, "DealTooFewSlots");
    expect(await proves(one)).to.equal(false);

    const missed = 30n; // the window above was missed too, and costs one more
    await mined(as(registry, one).stake!((missed - 29n) * BURN + BURN - 1n));
    expect(await suspended(one)).to.equal(false); // before the last miss is accounted for: 5 less one unit
    await networkHelpers.mine(windowLength);
    await mined(spacetime.account!(one, 100));
    expect(await suspended(one)).to.equal(true); // 4 less one unit
    await mined(as(registry, one).stake!(1n));
    expect(await suspended(one)).to.equal(false);
    expect(await proves(one)).to.equal(true);
    await expect(opensWith()).to.be.revertedWithCustomError(market, "DealTooFewSlots"); // 4 is not 32
    await mined(as(registry, one).stake!(29n * BURN));
    await mined(opensWith());
  });

  it("is suspended in the very call in which anything but misses takes its stake", async () => {
    const fixture = await networkHelpers.loadFixture(given);
    const { ethers, addresses, client, one, claim, registry, spacetime, suspended, pass, goTo, proves } = fixture;
    await pass(claim, 28);
    await mined(spacetime.account!(one, 100));
    expect([await registry.stakeOf!(one), await suspended(one)]).to.deep.equal([4n * BURN, false]);
    const retrieval = (await ethers.getContractAt("ForcedRetrieval", addresses.retrieval)) as unknown as Contract;
    const asked = await mined(as(retrieval, client).request!(claim, 0));
    await goTo(BigInt(asked.blockNumber) + LOCAL_PARAMETERS.retrieval.answerBlocks + 1n);
    await mined(as(retrieval, client).expire!(claim.offer));
    expect(await suspended(one)).to.equal(true);
    expect(await proves(one)).to.equal(false);
  });

  it("is suspended for misses only once somebody accounts for them, who is paid for it", async () => {
    const { one, outsider, claim, spacetime, vault, registry, suspended, pass, proves } =
      await networkHelpers.loadFixture(given);
    await pass(claim, 40);
    expect(await suspended(one)).to.equal(false);
    expect(await proves(one)).to.equal(true); // nobody has accounted: 40 misses that are worth more than the stake
    const free: bigint = await vault.freeOf!(outsider);
    await mined(as(spacetime, outsider).account!(one, 1_000));
    expect((await vault.freeOf!(outsider)) - free).to.equal((32n * TOKEN) / 20n);
    expect(await registry.stakeOf!(one)).to.equal(0n);
    expect(await suspended(one)).to.equal(true);
    expect(await proves(one)).to.equal(false);
  });
});
