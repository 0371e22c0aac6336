/** A provider without bytes hands in proofs that others made, or that it made when it still could. Proofs are real. */
import { expect } from "chai";
import { network } from "hardhat";
import { as, mined, PRICE } from "../contracts/market/fixture.ts";
import { deployProvenMarket, type ProvenMarket } from "./support/proven-market.ts";
import { payoff } from "./support/wealth.ts";

describe("attack: proof theft and replay", () => {
  let system: ProvenMarket;
  before(async () => {
    system = await deployProvenMarket(await network.create());
  });
  after(() => system.close());

  it("a thief with the same replica in its own lane is paid nothing for the victim's proof, and burns its stake", async () => {
    const { providers, client, outsider, market, spacetime, store, prove, conclude, missOf, goTo } = system;
    const [victim, thief] = [providers[0]!, providers[1]!];
    const honest = await store(client, victim, 1n);
    const stolen = await store(outsider, thief, 1n); // the same bytes, which the thief threw away
    const miss = await missOf(thief);
    const { proof, c } = await prove(honest, 1);
    const asThief = as(spacetime, thief);
    let refused = 0;
    const lost = await payoff(system, [thief], async () => {
      for (let window = stolen.firstWindow; window <= stolen.firstWindow + 1; window++) {
        const opening: bigint = await spacetime.openingOf!(thief, window);
        const block = BigInt(await system.networkHelpers.time.latestBlock());
        if (block < opening + 1n) await goTo(opening + 1n);
        if (block >= opening + 24n) continue;
        await expect(asThief.submitProof!(thief, window, proof, c)).to.be.revertedWithCustomError(
          spacetime,
          "ProofInvalid",
        );
        refused++;
      }
      await conclude(stolen, thief, 1);
    });
    expect(refused).to.be.greaterThan(0);
    expect(lost).to.equal(-2n * miss);
    expect((await market.slotOf!(stolen.offer.dealKey, 0)).settled).to.equal(2n);
  });

  it("whoever sends the victim's own proof first earns the victim its window, and nothing for itself", async () => {
    const { providers, client, market, spacetime, store, prove, goTo, outsider } = system;
    const [victim, thief] = [providers[2]!, providers[3]!];
    const claim = await store(client, victim, 2n);
    const { proof, c } = await prove(claim, 0);
    let earned = 0n;
    const stolen = await payoff(system, [thief], async () => {
      earned = await payoff(system, [victim], async () => {
        await mined(as(spacetime, thief).submitProof!(victim, claim.firstWindow, proof, c));
        await expect(
          as(spacetime, victim).submitProof!(victim, claim.firstWindow, proof, c),
        ).to.be.revertedWithCustomError(spacetime, "WindowAlreadyProven");
        await goTo(((await spacetime.closeOf!(victim, claim.firstWindow)) as bigint) + 1n);
        await mined(as(market, outsider).settle!(claim, 10));
      });
    });
    expect([stolen, earned]).to.deep.equal([0n, PRICE]);
  });

  it("a provider that deletes its bytes after a proof is paid for that window, and loses a burn for every one it replays it in", async () => {
    const { providers, client, spacetime, store, prove, conclude, missOf, goTo } = system;
    const provider = providers[4]!;
    const claim = await store(client, provider, 3n);
    const miss = await missOf(provider);
    const { proof, c } = await prove(claim, 0);
    const won = await payoff(system, [provider], async () => {
      await mined(as(spacetime, provider).submitProof!(provider, claim.firstWindow, proof, c));
      for (const window of [1, 2].map((index) => claim.firstWindow + index)) {
        await goTo(((await spacetime.openingOf!(provider, window)) as bigint) + 1n);
        await expect(as(spacetime, provider).submitProof!(provider, window, proof, c)).to.be.revertedWithCustomError(
          spacetime,
          "ProofInvalid",
        );
      }
      await conclude(claim, provider, 2);
    });
    expect(won).to.equal(PRICE - 2n * miss);
  });
});
