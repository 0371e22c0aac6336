/** A steward and providers of its own against a client that is away. */
import { expect } from "chai";
import { network } from "hardhat";
import type { Address } from "viem";
import type { SlotClaim } from "../../node/data/terms.ts";
import { claimAfter, failSlot, handOver, nextOffer, refill, sameBytes } from "../contracts/market/changes.ts";
import {
  as,
  deployMarket,
  GOOD_PROOF,
  mined,
  openDeal,
  type Party,
  PRICE,
  runWindows,
} from "../contracts/market/fixture.ts";
import { payoff } from "./support/wealth.ts";

/** A deal of 2-of-4, so that the steward has two approvals; the ring has a steward and three lanes. */
async function given(changes = {}) {
  const fixture = await deployMarket(await network.create());
  const { client, providers } = fixture;
  const steward = providers[10]!;
  const ring = providers.slice(11, 14);
  const terms = { slots: 4, threshold: 2, steward: steward.address as Address, ...changes };
  const deal = await openDeal(fixture, { client, providers: providers.slice(0, 4), terms });
  const [claim, ...others] = deal.claims as [SlotClaim, ...SlotClaim[]];
  const burn = (((await fixture.spacetime.BETA!()) << 13n) + 2n ** 64n - 1n) >> 64n;
  return { ...fixture, fixture, steward, ring, claim, others, burn };
}

describe("attack: a steward and its ring", () => {
  it("cannot pay itself more than it replaces, nor with less at stake: the client keeps every unit", async () => {
    const { fixture, market, client, steward, ring, claim, others } = await given();
    await failSlot(fixture, claim);
    const by = ring[0]!;
    const spent = await payoff(fixture, [client], async () => {
      for (const [changes, error] of [
        [{ price: PRICE + 1n }, "MarketStewardPrice"],
        [{ collateral: 40n * PRICE - 1n }, "MarketStewardCollateral"],
      ] as const) {
        const offer = nextOffer(claim, by, changes);
        await expect(refill(fixture, steward, claim, { by, offer, current: others })).to.be.revertedWithCustomError(
          market,
          error,
        );
      }
    });
    expect(spent).to.equal(0n);
  });

  it("that takes slots over and lets them fail loses its collateral each time, and is out of approvals while k replicas are left", async () => {
    const { fixture, market, client, steward, ring, claim, others, burn } = await given();
    await failSlot(fixture, claim);
    let current = claim;
    let spent = 0n;
    const won = await payoff(fixture, [steward, ...ring], async () => {
      spent = await payoff(fixture, [client], async () => {
        for (const by of ring.slice(0, 2)) {
          const offer = nextOffer(current, by);
          const receipt = await mined(refill(fixture, steward, current, { by, offer, current: others }));
          current = claimAfter(fixture, current, receipt);
          const misses = Number((await market.slotOf!(current.offer.dealKey, 0)).missesLeft) + 1;
          await runWindows(fixture, current, [0, misses], () => false);
          await mined(as(market, steward).settle!(current, 99));
        }
        const offer = nextOffer(current, ring[2]!);
        await expect(
          refill(fixture, steward, current, { by: ring[2]!, offer, current: others }),
        ).to.be.revertedWithCustomError(market, "MarketApprovalsUsedUp");
      });
    });
    // Two collaterals but the caller's twentieths; the misses burned stake: five of each, as many as the slot had left and one.
    expect(won).to.equal(-2n * ((40n * PRICE * 95n) / 100n) - 10n * burn);
    expect(spent > 0n).to.equal(true); // halves of two collaterals, and ten windows that nobody kept its bytes in
    for (const { offer } of others) expect((await market.slotOf!(offer.dealKey, offer.slot)).status).to.equal(1n);
  });

  it("that hands a slot on as soon as a window is proven shortens it by less than a period each time, n - k times at most", async () => {
    const { fixture, market, client, spacetime, steward, ring, claim, others, goTo } = await given();
    const period: bigint = await spacetime.PERIOD!();
    const lanes: Party[] = [fixture.providers[0]!, ...ring];
    let current = claim;
    const gaps: bigint[] = [];
    const spent = await payoff(fixture, [client], async () => {
      for (const [i, by] of ring.entries()) {
        const opening: bigint = await spacetime.openingOf!(current.offer.provider, current.firstWindow);
        await goTo(opening + 1n);
        await mined(spacetime.submitProof!(current.offer.provider, current.firstWindow, GOOD_PROOF, 1n));
        const sent = handOver(fixture, steward, current, {
          from: lanes[i]!,
          by,
          offer: sameBytes(current, by),
          current: others,
        });
        if (i === 2) {
          await expect(sent).to.be.revertedWithCustomError(market, "MarketApprovalsUsedUp");
          continue;
        }
        current = claimAfter(fixture, current, await mined(sent));
        gaps.push((await spacetime.openingOf!(current.offer.provider, current.firstWindow)) - opening);
      }
    });
    expect(spent).to.equal(0n); // the windows were paid for when the deal was opened, and their price has not changed
    for (const gap of gaps) expect(gap > 0n && gap <= period + 3n).to.equal(true, `${gap}`);
    expect(Number((await market.slotOf!(claim.offer.dealKey, 0)).end)).to.equal(38);
  });
});
