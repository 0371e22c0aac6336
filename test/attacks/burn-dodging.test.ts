/** What misses cost, with the real vault, registry and market: stakes burn, and no order of calls saves any of it. */
import { expect } from "chai";
import { network } from "hardhat";
import {
  as,
  deployMarket,
  type Fixture,
  GOOD_PROOF,
  mined,
  openDeal,
  runWindows,
} from "../contracts/market/fixture.ts";

const STAKES = 2;
const BURNED = 7;

async function oneReplica(windows = 40) {
  const fixture = await deployMarket(await network.create());
  const { client, providers } = fixture;
  const terms = { windows, maxMisses: windows };
  // Large enough for 32 misses to be above the registry's minimum stake.
  const { claims } = await openDeal(fixture, {
    client,
    providers: providers.slice(0, 1),
    terms,
    offer: { m: 21, groups: 4_000 },
  });
  const provider = providers[0]!;
  const beta: bigint = await fixture.spacetime.BETA!();
  const weight: bigint = await fixture.spacetime.weightOf!(provider);
  const perMiss = (beta * weight + 2n ** 64n - 1n) >> 64n;
  return { ...fixture, fixture, provider, claim: claims[0]!, perMiss };
}

async function holdings({ vault, registry }: Fixture, account: { address: string }) {
  const free: bigint = await vault.freeOf!(account.address);
  const staked: bigint = await registry.stakeOf!(account.address);
  const burned: bigint = await vault.held!(registry, BURNED);
  const stakes: bigint = await vault.held!(registry, STAKES);
  return { free, staked, burned, stakes };
}

describe("attack: missing a window for less than it burns", () => {
  it("costs beta W of stake: a twentieth is the accountant's, the rest burns, and the books close", async () => {
    const { fixture, provider, claim, perMiss, spacetime, outsider } = await oneReplica();
    await runWindows(fixture, claim, [0, 4], (index) => index === 1);
    const [before, reporter] = [await holdings(fixture, provider), await holdings(fixture, outsider)];
    await mined(as(spacetime, outsider).account!(provider, 100));
    const [after, paid] = [await holdings(fixture, provider), await holdings(fixture, outsider)];
    expect(before.staked - after.staked).to.equal(3n * perMiss);
    expect(before.stakes - after.stakes).to.equal(3n * perMiss);
    expect(paid.free - reporter.free).to.equal((3n * perMiss) / 20n);
    expect(after.burned - before.burned).to.equal(3n * perMiss - (3n * perMiss) / 20n);
  });

  it("costs a provider that accounts for itself 95 % at least", async () => {
    const { fixture, provider, claim, perMiss, spacetime } = await oneReplica();
    await runWindows(fixture, claim, [0, 4], () => false);
    const before = await holdings(fixture, provider);
    await mined(as(spacetime, provider).account!(provider, 100));
    const after = await holdings(fixture, provider);
    const loss = before.free + before.staked - after.free - after.staked;
    expect(loss).to.equal(4n * perMiss - (4n * perMiss) / 20n);
  });

  it("cannot be dodged by unstaking first: nothing leaves before all closed windows are accounted for", async () => {
    const { fixture, provider, claim, perMiss, registry, spacetime, outsider } = await oneReplica(200);
    const staked = (await holdings(fixture, provider)).staked;
    await mined(as(registry, provider).requestUnstake!(staked));
    await runWindows(fixture, claim, [0, 3], () => false);
    await expect(as(registry, provider).withdrawStake!()).to.be.revertedWithCustomError(registry, "RegistryLaneBehind");
    await mined(as(spacetime, outsider).account!(provider, 100));
    await mined(as(registry, provider).withdrawStake!());
    const left = (await holdings(fixture, provider)).staked;
    expect(left).to.be.at.least(await spacetime.requiredStake!(provider));
    expect(left).to.be.at.least(32n * perMiss);
  });

  it("is not paid for by the vault when the stake is gone, and a suspended lane proves again once it is topped up", async () => {
    const { fixture, provider, claim, perMiss, registry, spacetime, vault, token, outsider, goTo } =
      await oneReplica(300);
    // Down to a few misses of stake: what is above 32 beta W is withdrawn, the rest is missed away.
    await mined(as(registry, provider).requestUnstake!((await holdings(fixture, provider)).staked));
    await runWindows(fixture, claim, [0, 3], () => true);
    await mined(as(spacetime, outsider).account!(provider, 100));
    await mined(as(registry, provider).withdrawStake!());
    const misses = Number((await holdings(fixture, provider)).staked / perMiss) - 3;
    await runWindows(fixture, claim, [3, 3 + misses], () => false);
    await mined(as(spacetime, outsider).account!(provider, 1_000));
    expect((await spacetime.lane!(provider)).suspended).to.equal(true);

    const first = Number((await spacetime.recordOf!(provider, claim.offer.root)).firstWindow);
    const window = first + 3 + misses;
    await goTo((await spacetime.openingOf!(provider, window)) + 1n);
    await expect(spacetime.submitProof!(provider, window, GOOD_PROOF, 1n)).to.be.revertedWithCustomError(
      spacetime,
      "LaneIsSuspended",
    );
    await mined(as(registry, provider).stake!(40n * perMiss));
    await mined(spacetime.submitProof!(provider, window, GOOD_PROOF, 1n));

    // Then it misses for good: the burn stops at the stake, and the vault stays solvent.
    await runWindows(fixture, claim, [window - first + 1, window - first + 60], () => false);
    await mined(as(spacetime, outsider).account!(provider, 1_000));
    expect((await holdings(fixture, provider)).staked).to.equal(0n);
    expect(await token.balanceOf!(vault)).to.be.at.least(await vault.totalLiabilities!());
  });
});
