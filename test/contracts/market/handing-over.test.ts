import { expect } from "chai";
import { network } from "hardhat";
import { handOverSlot } from "../../../node/data/changes.ts";
import { filledSlot } from "../../../node/data/settlement.ts";
import type { Offer, SlotClaim } from "../../../node/data/terms.ts";
import {
  claimAfter,
  failSlot,
  handOver,
  nextOffer,
  refill,
  sameBytes,
  signExtension,
  signHandOver,
  waitForGap,
} from "./changes.ts";
import {
  as,
  balances,
  deployMarket,
  end,
  type Fixture,
  FUNDS,
  GOOD_PROOF,
  mined,
  newRoot,
  openDeal,
  type Party,
  PRICE,
  runWindows,
} from "./fixture.ts";

const chain = await network.create();
const deploy = () => deployMarket(chain);
const load = (): Promise<Fixture> => chain.networkHelpers.loadFixture(deploy);
const fee = (escrow: bigint) => (escrow * 3n + 99n) / 100n;

async function openTwo(fixture: Fixture, terms = {}) {
  const { client, providers } = fixture;
  const [from, , to] = providers as [Party, Party, Party];
  const deal = await openDeal(fixture, { client, providers: providers.slice(0, 2), terms: { threshold: 1, ...terms } });
  const [claim, other] = deal.claims as [SlotClaim, SlotClaim];
  const start = await balances(fixture, client, from, to);
  const since = async () => {
    const now = await balances(fixture, client, from, to);
    const [toClient, toOld, toNew] = now.free.map((free, i) => free - start.free[i]!);
    const [escrows, collateral] = [now.escrows - start.escrows, now.collateral - start.collateral];
    return { escrows, collateral, burned: now.burned - start.burned, toClient, toOld, toNew };
  };
  const give = (changes: Partial<Offer> = {}, who: Party = client, maxPayment = FUNDS) =>
    handOver(fixture, who, claim, { from, by: to, offer: sameBytes(claim, to, changes), current: [other], maxPayment });
  return { ...deal, claim, other, from, to, since, give };
}

const slotOf = async ({ market }: Fixture, { offer }: SlotClaim) => {
  const { settled, missesLeft, end, generation, status } = (await market.slotOf!(offer.dealKey, offer.slot)).toObject();
  return [settled, missesLeft, end, generation, status].map(Number);
};

describe("handOver", () => {
  it("pays the old provider to the last window, and the new one for every window after it", async () => {
    const fixture = await load();
    const { market, spacetime } = fixture;
    const { claim, from, to, since, give } = await openTwo(fixture);
    await runWindows(fixture, claim, [0, 10], (index) => index !== 2);
    const fresh = claimAfter(fixture, claim, await mined(give()));
    const clock = {
      start: claim.firstWindow,
      firstWindow: claim.firstWindow,
      closed: 10,
      opened: 10,
      provenWord: () => 0n,
    };
    const settled = { ...filledSlot(claim.terms), settled: 10, missesLeft: 4 };
    const mirror = handOverSlot(settled, claim, clock, { ...fresh, feeBps: 300n });
    if (typeof mirror === "string") throw new Error(mirror);
    expect(await slotOf(fixture, fresh)).to.deep.equal([0, mirror.slot.missesLeft, mirror.slot.end, 0, 1]);
    expect(mirror.slot).to.include({ end: 30, missesLeft: 4 });
    expect(await since()).to.deep.equal({
      ...{ escrows: -PRICE * 10n, collateral: 0n, burned: 0n },
      ...{ toClient: PRICE, toOld: PRICE * 49n, toNew: -PRICE * 40n },
    });
    expect((await spacetime.recordOf!(from, claim.offer.root)).status).to.equal(3n);
    expect((await spacetime.recordOf!(to, claim.offer.root)).status).to.equal(1n);
    await runWindows(fixture, fresh, [0, 30], () => true);
    await mined(market.settle!(fresh, 99));
    await mined(market.release!(fresh));
    expect(await since()).to.deep.equal({
      ...{ escrows: -PRICE * 40n, collateral: -PRICE * 40n, burned: 0n },
      ...{ toClient: PRICE, toOld: PRICE * 49n, toNew: PRICE * 30n },
    });
    const stale = [
      () => market.settle!(claim, 9),
      () => market.release!(claim),
      () => end(fixture, from, "forfeit", claim),
    ];
    for (const call of stale) await expect(call()).to.be.revertedWithCustomError(market, "MarketWrongFilling");
  });

  it("takes a rise from what the client has, never from collateral that comes back with the same call", async () => {
    const fixture = await load();
    const { market, vault, providers } = fixture;
    const [self, , to] = providers as [typeof fixture.client, Party, Party];
    const deal = await openDeal(fixture, { client: self, providers: providers.slice(0, 2), terms: { threshold: 1 } });
    const [claim, other] = deal.claims as [SlotClaim, SlotClaim];
    await mined(as(vault, self).withdraw!(await vault.freeOf!(self), self));
    const give = (price: bigint) =>
      handOver(fixture, self, claim, { from: self, by: to, offer: sameBytes(claim, to, { price }), current: [other] });
    await expect(give(PRICE + 1n)).to.be.revertedWithCustomError(vault, "VaultInsufficientFree");
    await expect(give(PRICE)).to.emit(market, "SlotHandedOver");
    expect(await vault.freeOf!(self)).to.equal(claim.offer.collateral);
  });

  it("waits for the proof of an open window, and pays for it at once when it is there", async () => {
    const fixture = await load();
    const { market, spacetime } = fixture;
    const { claim, from, since, give } = await openTwo(fixture);
    const opening: bigint = await spacetime.openingOf!(from, claim.firstWindow);
    await fixture.goTo(opening);
    const closesAt: bigint = await spacetime.closeOf!(from, claim.firstWindow);
    await expect(give()).to.be.revertedWithCustomError(market, "WindowOpen").withArgs(closesAt);
    await fixture.goTo(opening + 1n);
    await mined(spacetime.submitProof!(from, claim.firstWindow, GOOD_PROOF, 1n));
    const receipt = await mined(give());
    const fresh = claimAfter(fixture, claim, receipt);
    expect(await slotOf(fixture, fresh)).to.deep.equal([0, 4, 39, 0, 1]);
    expect(await since()).to.include({ toOld: PRICE * 41n, escrows: -PRICE });
    const paid = receipt.logs.map((log) => market.interface.parseLog(log)).find((log) => log?.name === "SlotSettled");
    expect(paid!.args.slice(3)).to.deep.equal([1n, 0n]);
    // Nobody is paid for that window again.
    await fixture.goTo(closesAt + 1n);
    await expect(market.settle!(fresh, 9)).to.be.revertedWithCustomError(market, "MarketNothingDue");
  });

  it("does not wait for a window that is not the slot's: before its first one, the replica moves at once", async () => {
    const fixture = await load();
    const { claim, since, give } = await openTwo(fixture);
    const fresh = claimAfter(fixture, claim, await mined(give({ price: PRICE / 2n, collateral: PRICE * 9n })));
    expect(await slotOf(fixture, fresh)).to.deep.equal([0, 5, 40, 0, 1]);
    expect(await since()).to.deep.equal({
      ...{ escrows: -PRICE * 20n, collateral: -PRICE * 31n, burned: 0n },
      ...{ toClient: PRICE * 20n, toOld: PRICE * 40n, toNew: -PRICE * 9n },
    });
  });

  it("takes a higher price from the client alone, with the fee, up to its maximum", async () => {
    const fixture = await load();
    const { market } = fixture;
    const { since, give, client } = await openTwo(fixture);
    const owed = 400n + fee(400n);
    await expect(give({ price: PRICE + 10n }, client, owed - 1n))
      .to.be.revertedWithCustomError(market, "DealPaymentAboveMaximum")
      .withArgs(owed - 1n, owed);
    await mined(give({ price: PRICE + 10n }, client, owed));
    expect(await since()).to.include({ toClient: -owed, escrows: 400n, burned: fee(400n) });
  });

  it("needs both providers' words, for exactly this offer, and neither lapsed nor revoked", async () => {
    const fixture = await load();
    const { market, client, registry, providers } = fixture;
    const { claim, other, from, to } = await openTwo(fixture);
    const offer = sameBytes(claim, to);
    const signed = await fixture.sign(to, offer);
    const good = await signHandOver(fixture, from, offer);
    const send = (replacement: object, consent: object) =>
      as(market, client).handOver!(claim, claim.salt, claim.terms, [other], replacement, consent, FUNDS);
    const refused = (sent: Promise<unknown>, error: string) =>
      expect(sent).to.be.revertedWithCustomError(market, error);
    await refused(send(await fixture.sign(providers[3]!, offer), good), "DealBadSignature");
    for (const who of [to, client, providers[1]!])
      await refused(send(signed, await signHandOver(fixture, who, offer)), "DealBadSignature");
    const cheaper = { ...offer, price: 1n };
    await refused(send(await fixture.sign(to, cheaper), good), "MarketWrongHandOver");
    await refused(send(signed, { ...good, handOver: { ...good.handOver, expiry: 9 } }), "MarketHandOverExpired");
    await refused(send(signed, { ...good, handOver: { ...good.handOver, expiry: 2 ** 33 } }), "DealBadSignature");
    await refused(send(signed, await signHandOver(fixture, from, offer, { epoch: 1n })), "MarketHandOverRevoked");
    // The old provider's signature under the deal's first offer is no consent to leave.
    await refused(
      send(signed, { ...good, signature: (await fixture.sign(from, claim.offer)).signature }),
      "DealBadSignature",
    );
    await mined(as(registry, from).revokeOffers!());
    await refused(send(signed, good), "MarketHandOverRevoked");
  });

  it("wants the same bytes and a provider that is in no other slot, and goes back to nobody", async () => {
    const fixture = await load();
    const { market, client, providers } = fixture;
    const { claim, other, from, to, give } = await openTwo(fixture);
    for (const wrong of [{ root: newRoot() }, { dataRoot: newRoot() }, { generation: 1 }, { m: 14 }, { groups: 1 }])
      await expect(give(wrong)).to.be.revertedWithCustomError(market, "DealOfferMalformed");
    const twice = { from, by: providers[1]!, offer: sameBytes(claim, providers[1]!), current: [other] };
    await expect(handOver(fixture, client, claim, twice)).to.be.revertedWithCustomError(market, "DealOfferDuplicate");
    const itself = { from, by: from, offer: sameBytes(claim, from), current: [other] };
    await expect(handOver(fixture, client, claim, itself))
      .to.be.revertedWithCustomError(market, "MarketOfferRefused")
      .withArgs(10);
    for (const current of [[], [claim, other], [other, claim]])
      await expect(
        handOver(fixture, client, claim, { from, by: to, offer: sameBytes(claim, to), current }),
      ).to.be.revertedWithCustomError(market, "DealCurrentMismatch");
    const fresh = claimAfter(fixture, claim, await mined(give()));
    await waitForGap(fixture, to);
    const back = { from: to, by: from, offer: sameBytes(fresh, from), current: [other] };
    await expect(handOver(fixture, client, fresh, back))
      .to.be.revertedWithCustomError(market, "MarketOfferRefused")
      .withArgs(10);
  });

  it("moves nothing that failed, was given up or has run out", async () => {
    const fixture = await load();
    const { market } = fixture;
    const failing = await openTwo(fixture);
    await runWindows(fixture, failing.claim, [0, 6], () => false);
    await expect(failing.give()).to.emit(market, "SlotFailed").and.not.to.emit(market, "SlotHandedOver");
    const given = await openTwo(await load());
    await mined(end(fixture, given.from, "forfeit", given.claim));
    await expect(given.give()).to.be.revertedWithCustomError(market, "MarketSlotGivenUp");
    const short = await openTwo(await load(), {
      windows: 3,
      maxMisses: 3,
      coolingOff: 0,
      minWindows: 0,
      cancelFeeWindows: 0,
    });
    await runWindows(fixture, short.claim, [0, 3], () => true);
    await expect(short.give()).to.be.revertedWithCustomError(market, "MarketNothingLeft");
  });

  it("leaves nothing of the last window either: an open and proven last one ends the slot, it does not move", async () => {
    const fixture = await load();
    const { market, spacetime } = fixture;
    const { claim, from, give } = await openTwo(fixture, {
      windows: 3,
      maxMisses: 3,
      coolingOff: 0,
      minWindows: 0,
      cancelFeeWindows: 0,
    });
    await runWindows(fixture, claim, [0, 2], () => true);
    await fixture.goTo(((await spacetime.openingOf!(from, claim.firstWindow + 2)) as bigint) + 1n);
    await mined(spacetime.submitProof!(from, claim.firstWindow + 2, GOOD_PROOF, 1n));
    await expect(give()).to.be.revertedWithCustomError(market, "MarketNothingLeft");
  });

  it("binds the new provider for no longer than the deal's terms, whatever its predecessor had agreed to", async () => {
    const fixture = await load();
    const { market, client } = fixture;
    const { claim, from, to, other, since } = await openTwo(fixture);
    const extension = await signExtension(fixture, from, claim, { until: claim.firstWindow + 100 });
    const longer = claimAfter(fixture, claim, await mined(as(market, client).extend!(claim, extension, FUNDS)));
    const before = await since();
    await waitForGap(fixture, from);
    const given = { from, by: to, offer: sameBytes(longer, to), current: [other] };
    const fresh = claimAfter(fixture, longer, await mined(handOver(fixture, client, longer, given)));
    const [, , end] = await slotOf(fixture, fresh);
    expect(end).to.equal(40);
    const after = await since();
    // Windows that were proven or missed meanwhile are somebody's; the rest of the hundred is the client's again.
    expect(before.escrows - after.escrows).to.equal(PRICE * 60n);
    expect(after.escrows).to.equal(0n);
  });

  it("gives the new provider misses of its own, and takes a bonus that nobody earned along", async () => {
    const fixture = await load();
    const { market, client, providers } = fixture;
    const { claim, other } = await openTwo(fixture, { coolingOff: 2 });
    await failSlot(fixture, claim);
    const [second, third] = [providers[2]!, providers[3]!];
    const refilled = claimAfter(
      fixture,
      claim,
      await mined(refill(fixture, client, claim, { by: second, offer: nextOffer(claim, second), current: [other] })),
    );
    await runWindows(fixture, refilled, [0, 2], (index) => index === 0);
    const moved = claimAfter(
      fixture,
      refilled,
      await mined(
        handOver(fixture, client, refilled, {
          from: second,
          by: third,
          offer: sameBytes(refilled, third),
          current: [other],
        }),
      ),
    );
    expect(await slotOf(fixture, moved)).to.deep.equal([0, 4, 32, 1, 1]);
    await runWindows(fixture, moved, [0, 3], () => true);
    await mined(market.settle!(moved, 9));
    await expect(market.claimBonus!(moved, moved.firstWindow + 1)).to.be.revertedWithCustomError(
      market,
      "MarketBonusNotEarned",
    );
    await expect(market.claimBonus!(moved, moved.firstWindow + 2))
      .to.emit(market, "BonusClaimed")
      .withArgs(claim.offer.dealKey, client.address, 0, PRICE * 10n);
  });
});
