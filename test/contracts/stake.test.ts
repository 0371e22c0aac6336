import { expect } from "chai";
import { MaxUint256, ZeroAddress } from "ethers";
import { network } from "hardhat";
import { ASK, PROFILE } from "./support/provider.ts";
import { DELAY, deployRegistry, deployStaked, MINIMUM } from "./support/registry.ts";
import { as, BUCKET, requireSolvent } from "./support/vault.ts";

const { ethers, networkHelpers } = await network.create();
const given = () => deployRegistry(ethers);
const staked = () => deployStaked(ethers);

describe("stake in the registry", () => {
  describe("stake", () => {
    it("moves from the caller's account into the stakes, before or after registration", async () => {
      const { provider, token, vault, registry, own } = await networkHelpers.loadFixture(given);
      await expect(own.stake!(600n)).to.emit(registry, "Staked").withArgs(provider.address, 600n, 600n);
      await own.register!(PROFILE, ASK);
      await expect(own.stake!(400n)).to.emit(registry, "Staked").withArgs(provider.address, 400n, 1_000n);
      expect(await vault.freeOf!(provider)).to.equal(99_000n);
      expect(await vault.totalOf!(BUCKET.Stakes)).to.equal(1_000n);
      expect(await registry.stakeOf!(provider)).to.equal(1_000n);
      await requireSolvent(vault, token);
    });

    it("tells the proofs once it counts, so that a suspension that it cures is lifted", async () => {
      const { provider, spacetime, registry, own, lane } = await networkHelpers.loadFixture(staked);
      await lane(true, 0n, 1n, true);
      await own.stake!(1n);
      expect(await spacetime.raisedTo!(provider)).to.equal(50_001n);
      expect((await registry.provider!(provider)).suspended).to.equal(false);
    });

    it("takes neither nothing nor more than is free", async () => {
      const { provider, vault, registry, own } = await networkHelpers.loadFixture(given);
      await expect(own.stake!(0n)).to.be.revertedWithCustomError(registry, "RegistryZeroAmount");
      await expect(own.stake!(100_001n)).to.be.revertedWithCustomError(vault, "VaultInsufficientFree");
      await expect(own.stake!(MaxUint256)).to.be.revertedWithCustomError(registry, "SafeCastOverflowedUintDowncast");
      expect(await registry.stakeOf!(provider)).to.equal(0n);
    });
  });

  describe("unstaking", () => {
    it("pays after the delay, and not a block before", async () => {
      const { provider, token, vault, registry, own } = await networkHelpers.loadFixture(staked);
      await own.requestUnstake!(20_000n);
      const [amount, availableAt] = await registry.unstakeRequestOf!(provider);
      expect([amount, availableAt]).to.deep.equal([20_000n, BigInt(await ethers.provider.getBlockNumber()) + DELAY]);
      await networkHelpers.mineUpTo(availableAt - 2n);
      await expect(own.withdrawStake!())
        .to.be.revertedWithCustomError(registry, "RegistryUnstakeTooEarly")
        .withArgs(availableAt, availableAt - 1n);
      await networkHelpers.mine();
      await expect(own.withdrawStake!()).to.emit(registry, "Unstaked").withArgs(provider.address, 20_000n, 30_000n);
      expect(await vault.freeOf!(provider)).to.equal(70_000n);
      await requireSolvent(vault, token);
    });

    it("pays a request once", async () => {
      const { registry, own, vault, provider } = await networkHelpers.loadFixture(staked);
      await own.requestUnstake!(20_000n);
      await networkHelpers.mine(DELAY);
      await own.withdrawStake!();
      await expect(own.withdrawStake!()).to.be.revertedWithCustomError(registry, "RegistryNothingRequested");
      expect(await vault.freeOf!(provider)).to.equal(70_000n);
    });

    it("lapses as long after it is ripe as it took, so that nobody keeps a way out open", async () => {
      const { provider, registry, own, vault } = await networkHelpers.loadFixture(staked);
      await own.requestUnstake!(20_000n);
      const [, availableAt] = await registry.unstakeRequestOf!(provider);
      await networkHelpers.mineUpTo(availableAt + DELAY - 1n);
      const last = await networkHelpers.takeSnapshot();
      await own.withdrawStake!();
      expect(await vault.freeOf!(provider)).to.equal(70_000n);
      await last.restore();
      await networkHelpers.mine();
      await expect(own.withdrawStake!())
        .to.be.revertedWithCustomError(registry, "RegistryUnstakeLapsed")
        .withArgs(availableAt + DELAY, availableAt + DELAY + 1n);
      await own.requestUnstake!(20_000n);
      await expect(own.withdrawStake!()).to.be.revertedWithCustomError(registry, "RegistryUnstakeTooEarly");
      await networkHelpers.mine(DELAY);
      await own.withdrawStake!();
      expect(await vault.freeOf!(provider)).to.equal(70_000n);
    });

    it("starts the delay anew when a request is replaced", async () => {
      const { registry, own, vault, provider } = await networkHelpers.loadFixture(staked);
      await own.requestUnstake!(1n);
      await networkHelpers.mine(DELAY);
      await own.requestUnstake!(50_000n);
      await expect(own.withdrawStake!()).to.be.revertedWithCustomError(registry, "RegistryUnstakeTooEarly");
      expect(await vault.freeOf!(provider)).to.equal(50_000n);
    });

    it("pays nothing while misses wait to be burned", async () => {
      const { provider, vault, registry, own, lane } = await networkHelpers.loadFixture(staked);
      await own.requestUnstake!(50_000n);
      await networkHelpers.mine(DELAY);
      await lane(false, 0n, 0n);
      await expect(own.withdrawStake!())
        .to.be.revertedWithCustomError(registry, "RegistryLaneBehind")
        .withArgs(provider.address);
      expect(await vault.freeOf!(provider)).to.equal(50_000n);
    });

    it("keeps 32 misses of the bag, and uses the request up", async () => {
      const { provider, registry, own, lane } = await networkHelpers.loadFixture(staked);
      await own.requestUnstake!(50_000n);
      await networkHelpers.mine(DELAY);
      await lane(true, 48_000n, 1n);
      await expect(own.withdrawStake!()).to.emit(registry, "Unstaked").withArgs(provider.address, 2_000n, 48_000n);
      // The bag may shrink, a stale request does not let the rest leave at once.
      await lane(true, 0n, 0n);
      await expect(own.withdrawStake!()).to.be.revertedWithCustomError(registry, "RegistryNothingRequested");
    });

    it("keeps the minimum while the bag holds anything, and nothing once it is empty", async () => {
      const { provider, registry, own, lane } = await networkHelpers.loadFixture(staked);
      await own.requestUnstake!(50_000n);
      await networkHelpers.mine(DELAY);
      await lane(true, 1n, 1n);
      await own.withdrawStake!();
      expect(await registry.stakeOf!(provider)).to.equal(MINIMUM);
      await own.requestUnstake!(MINIMUM);
      await networkHelpers.mine(DELAY);
      await expect(own.withdrawStake!())
        .to.be.revertedWithCustomError(registry, "RegistryStakeNeeded")
        .withArgs(MINIMUM, MINIMUM);
      await lane(true, 0n, 0n);
      await own.withdrawStake!();
      expect(await registry.stakeOf!(provider)).to.equal(0n);
    });

    it("takes neither nothing nor more than is staked", async () => {
      const { registry, own } = await networkHelpers.loadFixture(staked);
      await expect(own.requestUnstake!(0n)).to.be.revertedWithCustomError(registry, "RegistryZeroAmount");
      await expect(own.requestUnstake!(50_001n))
        .to.be.revertedWithCustomError(registry, "RegistryUnstakeAboveStake")
        .withArgs(50_000n, 50_001n);
      await expect(own.requestUnstake!(MaxUint256)).to.be.revertedWithCustomError(
        registry,
        "RegistryUnstakeAboveStake",
      );
    });

    it("leaves what was requested open to slashing", async () => {
      const { provider, auditor, vault, own, registry, slash } = await networkHelpers.loadFixture(staked);
      await own.requestUnstake!(50_000n);
      await networkHelpers.mine(DELAY);
      await slash(45_000n, auditor.address);
      await own.withdrawStake!();
      expect(await vault.freeOf!(provider)).to.equal(55_000n);
      expect(await registry.stakeOf!(provider)).to.equal(0n);
    });
  });

  describe("slash", () => {
    it("burns 95 % of what it takes and gives 5 % to who did the accounting", async () => {
      const { provider, auditor, token, vault, registry, slash } = await networkHelpers.loadFixture(staked);
      await expect(slash(10_000n, auditor.address))
        .to.emit(registry, "StakeSlashed")
        .withArgs(provider.address, auditor.address, 9_500n, 500n, 40_000n);
      expect(await vault.freeOf!(auditor)).to.equal(500n);
      expect(await vault.totalOf!(BUCKET.Burned)).to.equal(9_500n);
      expect(await registry.stakeOf!(provider)).to.equal(40_000n);
      await requireSolvent(vault, token);
    });

    it("costs a provider that accounts for itself 95 % still, in one slash or many", async () => {
      const { provider, vault, slash } = await networkHelpers.loadFixture(staked);
      for (let i = 0; i < 10; i++) await slash(19n, provider.address); // 0.95 rounds down to nothing
      expect(await vault.freeOf!(provider)).to.equal(50_000n);
      await slash(10_000n, provider.address);
      expect(await vault.freeOf!(provider)).to.equal(50_500n);
    });

    it("burns everything when nobody is to be rewarded", async () => {
      const { vault, slash } = await networkHelpers.loadFixture(staked);
      await slash(10_000n, ZeroAddress);
      expect(await vault.totalOf!(BUCKET.Burned)).to.equal(10_000n);
    });

    it("takes no more than the stake, and says what it took", async () => {
      const { provider, auditor, token, vault, spacetime, registry, slash } = await networkHelpers.loadFixture(staked);
      const taken = await spacetime.slash!.staticCall(registry, provider, MaxUint256, auditor);
      expect(taken).to.equal(50_000n);
      await slash(MaxUint256, auditor.address);
      expect(await registry.stakeOf!(provider)).to.equal(0n);
      expect(await vault.freeOf!(provider)).to.equal(50_000n);
      await slash(1n, auditor.address);
      expect(await vault.freeOf!(auditor)).to.equal(2_500n);
      await requireSolvent(vault, token);
    });

    it("is for the proofs alone", async () => {
      const { provider, outsider, spacetime, registry } = await networkHelpers.loadFixture(staked);
      for (const caller of [outsider, provider]) {
        await expect(as(registry, caller).slash!(provider, 1n, caller))
          .to.be.revertedWithCustomError(registry, "RegistryNotSpacetime")
          .withArgs(await spacetime.getAddress(), caller.address);
      }
    });
  });
});
