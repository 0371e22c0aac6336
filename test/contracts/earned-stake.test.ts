import { expect } from "chai";
import { network } from "hardhat";
import { ASK, PROFILE } from "./support/provider.ts";
import { DELAY, deployRegistry, MINIMUM } from "./support/registry.ts";
import { as, BUCKET, requireSolvent } from "./support/vault.ts";

const { ethers, networkHelpers } = await network.create();

async function given() {
  const all = await deployRegistry(ethers);
  await all.own.register!(PROFILE, ASK);
  /** Asks for everything and waits; the withdrawal itself is the test's. */
  const ripen = async (amount: bigint) => {
    await all.own.requestUnstake!(amount);
    await networkHelpers.mine(DELAY);
  };
  return { ...all, ripen };
}

describe("earned stake", () => {
  it("is the provider's reward, moved on from its account into its stake", async () => {
    const { provider, registry, vault, token, spacetime, earn } = await networkHelpers.loadFixture(given);
    await expect(earn(400n)).to.emit(registry, "StakeEarned").withArgs(provider.address, 400n, 400n);
    expect(await vault.freeOf!(provider)).to.equal(99_600n);
    expect(await vault.totalOf!(BUCKET.Stakes)).to.equal(400n);
    expect(await spacetime.raisedTo!(provider)).to.equal(400n);
    expect(await registry.earnedOf!(provider)).to.equal(400n);
    expect(await registry.missingStakeOf!(provider)).to.equal(MINIMUM - 400n);
    await requireSolvent(vault, token);
  });

  it("comes from modules of the vault alone: a stranger's gift would hold who wants to leave", async () => {
    const { provider, outsider, registry } = await networkHelpers.loadFixture(given);
    for (const caller of [outsider, provider]) {
      await expect(as(registry, caller).stakeEarned!(provider, 1n))
        .to.be.revertedWithCustomError(registry, "RegistryNotModule")
        .withArgs(caller.address);
    }
  });

  it("does not leave below the minimum, though the bag is empty", async () => {
    const { registry, own, provider, vault, earn, ripen } = await networkHelpers.loadFixture(given);
    await earn(MINIMUM - 1n);
    await ripen(MINIMUM - 1n);
    await expect(own.withdrawStake!())
      .to.be.revertedWithCustomError(registry, "RegistryStakeNeeded")
      .withArgs(MINIMUM - 1n, MINIMUM - 1n);
    expect(await vault.freeOf!(provider)).to.equal(100_000n - MINIMUM + 1n);
  });

  it("lets what the provider brought itself leave beside it", async () => {
    const { registry, own, provider, earn, ripen } = await networkHelpers.loadFixture(given);
    await earn(300n);
    await own.stake!(200n);
    await ripen(500n);
    await expect(own.withdrawStake!()).to.emit(registry, "Unstaked").withArgs(provider.address, 200n, 300n);
  });

  for (const [how, reach] of [
    ["further rewards", (all: Given) => all.earn(1n)],
    ["the provider's own money", (all: Given) => all.own.stake!(1n)],
  ] as const) {
    it(`is free for good once ${how} reached the minimum`, async () => {
      const all = await networkHelpers.loadFixture(given);
      const { registry, own, provider, earn, ripen } = all;
      await earn(MINIMUM - 1n);
      await reach(all);
      expect(await registry.earnedOf!(provider)).to.equal(0n);
      expect(await registry.missingStakeOf!(provider)).to.equal(0n);
      await ripen(MINIMUM);
      await own.withdrawStake!();
      expect(await registry.stakeOf!(provider)).to.equal(0n);
    });
  }

  it("is slashed like any other, and what is slashed of it binds nothing that comes later", async () => {
    const { registry, own, provider, auditor, earn, slash, ripen } = await networkHelpers.loadFixture(given);
    await earn(500n);
    await slash(400n, auditor.address);
    expect(await registry.earnedOf!(provider)).to.equal(100n);
    await own.stake!(300n);
    expect(await registry.earnedOf!(provider)).to.equal(100n);
    await ripen(400n);
    await own.withdrawStake!();
    expect(await registry.stakeOf!(provider)).to.equal(100n);
  });

  it("is asked of nobody that is no provider", async () => {
    const { registry, outsider } = await networkHelpers.loadFixture(given);
    expect(await registry.missingStakeOf!(outsider)).to.equal(0n);
  });
});

type Given = Awaited<ReturnType<typeof given>>;
