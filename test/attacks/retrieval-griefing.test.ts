/** Asking for bytes to make providers pay: for silence while they are away, or for answers while they are there. */
import { expect } from "chai";
import { network } from "hardhat";
import type { SlotClaim } from "../../node/data/terms.ts";
import { as, mined, openDeal } from "../contracts/market/fixture.ts";
import { deployRetrievals } from "../contracts/support/retrievals.ts";
import { payoff } from "./support/wealth.ts";

describe("attack: asking for bytes to harm a provider", () => {
  it("pays whoever is there: each request loses its bond to it", async () => {
    const fixture = await deployRetrievals(await network.create());
    const { provider, outsider, request, answer, bond } = fixture;
    const lost = await payoff(fixture, [outsider], async () => {
      const earned = await payoff(fixture, [provider], async () => {
        for (let group = 0; group < 5; group++) {
          await mined(request(group));
          await mined(answer(group));
        }
      });
      expect(earned).to.equal(5n * bond);
    });
    expect(lost).to.equal(-5n * bond);
  });

  it("of one that is away takes an eighth of its stake at a time, and gives the attacker a quarter of that", async () => {
    const fixture = await deployRetrievals(await network.create());
    const { client, outsider, providers, registry, retrieval, penalty, goTo } = fixture;
    const victim = providers[5]!;
    const stake: bigint = await registry.stakeOf!(victim);
    const most = Number(stake / (8n * penalty));
    const claims: SlotClaim[] = [];
    for (let i = 0; i <= most; i++) {
      const offer = { price: 0n, collateral: 0n };
      claims.push((await openDeal(fixture, { client, providers: [victim], offer, terms: { windows: 40 } })).claims[0]!);
    }
    let last = 0;
    const won = await payoff(fixture, [outsider], async () => {
      for (const claim of claims.slice(0, most)) {
        last = (await mined(as(retrieval, outsider).request!(claim, 0))).blockNumber;
      }
      await expect(as(retrieval, outsider).request!(claims[most], 0))
        .to.be.revertedWithCustomError(retrieval, "RetrievalTooManyOpen")
        .withArgs(most, most + 1);
      await goTo(BigInt(last) + ((await retrieval.ANSWER_BLOCKS!()) as bigint) + 1n);
      for (const claim of claims.slice(0, most)) await mined(as(retrieval, outsider).expire!(claim.offer));
    });
    expect(won).to.equal((BigInt(most) * penalty) / 4n);
    expect(stake - ((await registry.stakeOf!(victim)) as bigint)).to.equal(BigInt(most) * penalty);
    expect(8n * BigInt(most) * penalty <= stake).to.equal(true);
  });

  it("as the client of many deals for dust takes no more: an eighth, of which it gets a quarter", async () => {
    const fixture = await deployRetrievals(await network.create());
    const { client, providers, registry, retrieval, goTo, networkHelpers } = fixture;
    const victim = providers[5]!;
    const stake: bigint = await registry.stakeOf!(victim);
    const answerBlocks: bigint = await retrieval.ANSWER_BLOCKS!();
    const claims: SlotClaim[] = [];
    for (let i = 0; i < 20; i++) {
      const offer = { price: 0n, collateral: 0n };
      claims.push((await openDeal(fixture, { client, providers: [victim], offer, terms: { windows: 40 } })).claims[0]!);
    }
    const won = await payoff(fixture, [client], async () => {
      const now = BigInt(await networkHelpers.time.latestBlock());
      await goTo((now / answerBlocks + 1n) * answerBlocks);
      for (const claim of claims) await mined(as(retrieval, client).request!(claim, 0));
      await networkHelpers.mine(answerBlocks + 1n);
      for (const claim of claims) await mined(as(retrieval, client).expire!(claim.offer));
    });
    expect(won).to.equal(stake / 32n);
    expect(stake - ((await registry.stakeOf!(victim)) as bigint)).to.equal(stake / 8n);
  });

  it("of oneself, to be paid for one's own silence, loses three quarters of the penalty", async () => {
    const fixture = await deployRetrievals(await network.create());
    const { provider, request, retrieval, stored, offer, penalty, goTo } = fixture;
    const won = await payoff(fixture, [provider], async () => {
      const { blockNumber } = await mined(request(0, stored.claim, provider));
      await goTo(BigInt(blockNumber) + ((await retrieval.ANSWER_BLOCKS!()) as bigint) + 1n);
      await mined(as(retrieval, provider).expire!(offer));
    });
    expect(won).to.equal((-penalty * 3n) / 4n);
  });
});
