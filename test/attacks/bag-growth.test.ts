/** A rival's clients fill a provider's bag with the smallest replicas there are, to make its proofs and its clients' calls dear. */
import { expect } from "chai";
import { network } from "hardhat";
import { as, deployMarket, GOOD_PROOF, mined, newRoot, openDeal, PRICE } from "../contracts/market/fixture.ts";
import { deployLane, rootOf, WINDOW_LENGTH } from "../contracts/spacetime/fixture.ts";
import { payoff } from "./support/wealth.ts";

/** Gas of a proof (under a verifier that costs nothing), of a miss's accounting and of a removal, with so many replicas in the bag. */
async function costs(replicas: number) {
  const { asMarket, asOutsider, spacetime, provider, goTo, opening } = await deployLane({ K: 16 });
  for (let n = 0; n < replicas; n++) await asMarket.add(provider, 13 + (n % 3), rootOf(n));
  const first = await spacetime.nextOpening(provider, await spacetime.runner!.provider!.getBlockNumber());
  const proof = async (window: bigint) => {
    await goTo((await opening(window)) + 1n);
    const sent = await spacetime.submitProof(provider, window, GOOD_PROOF, 5);
    return (await sent.wait())!.gasUsed;
  };
  await proof(first);
  const proving = await proof(first + 1n);
  await goTo((await opening(first + 2n)) + WINDOW_LENGTH + 1n);
  const accounting = (await (await asOutsider.account(provider, 10)).wait())!.gasUsed;
  const retiring = (await (await asMarket.retire(provider, rootOf(0))).wait())!.gasUsed;
  return { proving, accounting, retiring };
}

describe("attack: gas griefing by bag growth", () => {
  it("makes a window's proof, its accounting and a removal no dearer with 1,600 replicas than with 400, but for draws that no longer meet", async () => {
    const few = await costs(400);
    const many = await costs(1_600);
    for (const call of ["proving", "accounting", "retiring"] as const) {
      expect(many[call]).to.be.lessThan(few[call] + 6_000n, call);
    }
  });

  it("costs the attacker at least the least number of windows, the cancel fee and the protocol fee of every replica", async () => {
    const fixture = await deployMarket(await network.create());
    const { client: attacker, market } = fixture;
    const victim = fixture.providers[0]!;
    const count = 10;
    const spent = await payoff(fixture, [attacker], async () => {
      for (let i = 0; i < count; i++) {
        const terms = { slots: 1, threshold: 1, coolingOff: 0, minWindows: 4 };
        const { claims } = await openDeal(fixture, { client: attacker, providers: [victim], terms });
        // It leaves as early as it can: what counts is that the bag has grown.
        await mined(as(market, attacker).cancel!(claims[0]!, claims[0]!.salt, claims[0]!.terms));
      }
    });
    const perDeal = -spent / BigInt(count);
    // The cancel fee of eight windows, the windows that are paid in any case, and the fee on all forty.
    expect(perDeal).to.equal(8n * PRICE + 4n * PRICE + (40n * PRICE * 3n) / 100n);
  });

  it("cannot fill a bag without its provider: a deal needs its signature, and nothing else gets in", async () => {
    const fixture = await deployMarket(await network.create());
    const { client, providers, spacetime } = fixture;
    const args = [providers[0]!.address, 13, newRoot(), newRoot(), 2n ** 100n];
    await expect(as(spacetime, client).add!(...args)).to.be.revertedWithCustomError(spacetime, "SpacetimeNotMarket");
    expect(await spacetime.weightOf!(providers[0]!)).to.equal(0n);
  });
});
