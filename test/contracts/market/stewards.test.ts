import { expect } from "chai";
import { network } from "hardhat";
import { type Address, zeroAddress } from "viem";
import type { StewardGrant } from "../../../node/data/change-messages.ts";
import type { Offer, SlotClaim } from "../../../node/data/terms.ts";
import { claimAfter, failSlot, handOver, nextOffer, refill, sameBytes, waitForGap } from "./changes.ts";
import { as, balances, deployMarket, type Fixture, mined, openDeal, type Party, PRICE, runWindows } from "./fixture.ts";

const chain = await network.create();
const deploy = () => deployMarket(chain);
const load = (): Promise<Fixture> => chain.networkHelpers.loadFixture(deploy);

/** One slot of three with a threshold of two: a single approval between two heartbeats. */
async function open(fixture: Fixture) {
  const { client, providers, outsider, market } = fixture;
  const steward = outsider;
  const deal = await openDeal(fixture, {
    ...{ client, providers: providers.slice(0, 3) },
    terms: { threshold: 2, steward: steward.address as Address },
  });
  const [claim, ...others] = deal.claims as [SlotClaim, SlotClaim, SlotClaim];
  let now: SlotClaim = claim;
  let holder: Party = providers[0]!;
  /** Moves the slot to the next provider that nobody used yet. */
  let used = 3;
  const move = async (who: Party, changes: Partial<Offer> = {}, current: readonly SlotClaim[] = others) => {
    const by = providers[used]!;
    await waitForGap(fixture, holder);
    const receipt = await mined(
      handOver(fixture, who, now, { from: holder, by, offer: sameBytes(now, by, changes), current }),
    );
    used++;
    [now, holder] = [claimAfter(fixture, now, receipt), by];
    return now;
  };
  const grant = (changes: Partial<StewardGrant> = {}) => {
    const usual = { steward: steward.address, until: 2 ** 32, maxPrice: PRICE, minCollateral: 0n, ...changes };
    return as(market, client).setSteward!(claim.salt, claim.terms, usual);
  };
  const heartbeat = () => as(market, client).heartbeat!(claim.salt, claim.terms);
  return { ...deal, steward, claim, others, move, grant, heartbeat };
}

describe("a steward", () => {
  it("refills a failed slot in the client's absence, without a coin of the client's, and earns the bonus", async () => {
    const fixture = await load();
    const { market, client, providers } = fixture;
    const { claim, others, steward } = await open(fixture);
    await failSlot(fixture, claim);
    const next = providers[3]!;
    const before = await balances(fixture, client, steward);
    const offer = nextOffer(claim, next, { price: PRICE / 2n });
    const fresh = claimAfter(
      fixture,
      claim,
      await mined(refill(fixture, steward, claim, { by: next, offer, current: others, maxPayment: 0n })),
    );
    expect(await market.refillerOf!(claim.offer.dealKey, 0)).to.equal(steward.address);
    await runWindows(fixture, fresh, [0, 9], () => true);
    await mined(market.settle!(fresh, 9));
    await mined(market.claimBonus!(fresh, fresh.firstWindow + 8));
    const after = await balances(fixture, client, steward);
    expect(after.free[0]! - before.free[0]!).to.equal((PRICE * 34n) / 2n);
    expect(after.free[1]! - before.free[1]!).to.equal(PRICE * 10n);
  });

  it("approves no price above and no collateral below what it replaces, and never in another's place", async () => {
    const fixture = await load();
    const { market, providers } = fixture;
    const { move, steward } = await open(fixture);
    await expect(move(steward, { price: PRICE + 1n }))
      .to.be.revertedWithCustomError(market, "MarketStewardPrice")
      .withArgs(PRICE, PRICE + 1n);
    await expect(move(steward, { collateral: PRICE * 40n - 1n }))
      .to.be.revertedWithCustomError(market, "MarketStewardCollateral")
      .withArgs(PRICE * 40n, PRICE * 40n - 1n);
    await expect(move(providers[5]!))
      .to.be.revertedWithCustomError(market, "MarketNotSteward")
      .withArgs(steward.address, providers[5]!.address);
    await mined(Promise.resolve(as(market, steward).settleMany!([], 0)));
    await move(steward);
  });

  it("approves n - k replacements, and more only after a sign of life of the client", async () => {
    const fixture = await load();
    const { market, client } = fixture;
    const { move, heartbeat, steward, dealKey, claim } = await open(fixture);
    await move(steward);
    await expect(move(steward)).to.be.revertedWithCustomError(market, "MarketApprovalsUsedUp").withArgs(1);
    // What the client does itself counts for nobody.
    await move(client, { price: PRICE + 1n });
    await expect(move(steward)).to.be.revertedWithCustomError(market, "MarketApprovalsUsedUp");
    await expect(as(market, steward).heartbeat!(claim.salt, claim.terms)).to.be.revertedWithCustomError(
      market,
      "DealUnknown",
    );
    await expect(heartbeat()).to.emit(market, "ClientHeard").withArgs(dealKey, client.address);
    await move(steward);
    expect((await market.stewardshipOf!(dealKey)).approvals).to.equal(1);
  });

  it("is whom the client says, until when and for how much, from the moment it says so", async () => {
    const fixture = await load();
    const { market, providers } = fixture;
    const { move, grant, steward, claim } = await open(fixture);
    const another = providers[7]!;
    await mined(grant({ steward: another.address as Address, maxPrice: PRICE - 1n, minCollateral: PRICE * 41n }));
    await expect(move(steward, { price: 1n, collateral: PRICE * 41n })).to.be.revertedWithCustomError(
      market,
      "MarketNotSteward",
    );
    await expect(move(another, { collateral: PRICE * 41n }))
      .to.be.revertedWithCustomError(market, "MarketStewardPrice")
      .withArgs(PRICE - 1n, PRICE);
    await expect(move(another, { price: PRICE - 1n }))
      .to.be.revertedWithCustomError(market, "MarketStewardCollateral")
      .withArgs(PRICE * 41n, PRICE * 40n);
    await move(another, { price: PRICE - 1n, collateral: PRICE * 41n });
    const latest = await fixture.networkHelpers.time.latestBlock();
    await mined(grant({ until: latest + 1 }));
    await fixture.networkHelpers.mine(2);
    await expect(move(steward, { price: 1n })).to.be.revertedWithCustomError(market, "MarketStewardExpired");
    await expect(
      as(market, steward).setSteward!(claim.salt, claim.terms, {
        steward: steward.address,
        until: 2 ** 33,
        maxPrice: PRICE,
        minCollateral: 0,
      }),
    ).to.be.revertedWithCustomError(market, "DealUnknown");
  });

  it("is nobody once it is revoked, and nobody can be named for another's deal", async () => {
    const fixture = await load();
    const { market, client } = fixture;
    const { move, grant, steward, dealKey } = await open(fixture);
    await expect(grant({ steward: zeroAddress }))
      .to.emit(market, "StewardSet")
      .withArgs(dealKey, client.address, [zeroAddress, 2 ** 32, PRICE, 0n]);
    await expect(move(steward))
      .to.be.revertedWithCustomError(market, "MarketNotSteward")
      .withArgs(zeroAddress, steward.address);
  });

  it("of a deal that names none, is nobody", async () => {
    const fixture = await load();
    const { market, client, providers, outsider } = fixture;
    const deal = await openDeal(fixture, { client, providers: providers.slice(0, 2), terms: { threshold: 1 } });
    const [claim, other] = deal.claims as [SlotClaim, SlotClaim];
    const by = providers[2]!;
    const replacement = { from: providers[0]!, by, offer: sameBytes(claim, by), current: [other] };
    await expect(handOver(fixture, outsider, claim, replacement))
      .to.be.revertedWithCustomError(market, "MarketNotSteward")
      .withArgs(zeroAddress, outsider.address);
  });
});
