import { expect } from "chai";
import { getCreateAddress, MaxUint256, ZeroAddress } from "ethers";
import { network } from "hardhat";
import { ASK, PROFILE } from "./support/provider.ts";
import { as, BUCKET, deployVault, requireSolvent } from "./support/vault.ts";

const { ethers, networkHelpers } = await network.create();
type Signer = Awaited<ReturnType<typeof ethers.getSigners>>[number];

const MINIMUM = 1_000n;
const DELAY = 20n;
const parameters = { minimumStake: MINIMUM, unbondingDelay: DELAY };

/** A registry over proofs whose answers the test sets; a provider with 100,000 units in the vault. */
async function given() {
  const [deployer, provider, outsider, auditor] = (await ethers.getSigners()) as [Signer, Signer, Signer, Signer];
  const token = await ethers.deployContract("HoldfastToken", [10n ** 24n]);
  const spacetime = await ethers.deployContract("SpacetimeMock");
  const nonce = await deployer.getNonce();
  const vault = await deployVault(ethers, token, [getCreateAddress({ from: deployer.address, nonce: nonce + 2 })]);
  const registry = await ethers.deployContract("ProviderRegistry", [vault, spacetime, parameters]);
  await token.approve!(vault, MaxUint256);
  await vault.depositFor!(provider, 100_000n);
  /** What the proofs say of the provider. */
  const lane = (accounted: boolean, required: bigint, weight: bigint, suspended = false) =>
    spacetime.set!(provider, accounted, required, weight, suspended);
  const slash = (amount: bigint, caller: string) => spacetime.slash!(registry, provider, amount, caller);
  await lane(true, 0n, 0n);
  return { provider, outsider, auditor, token, vault, spacetime, registry, own: as(registry, provider), lane, slash };
}

/** The same with a stake of 50,000. */
async function staked() {
  const all = await given();
  await all.own.stake!(50_000n);
  return all;
}

describe("ProviderRegistry", () => {
  it("refuses an unbonding delay that would not fit a block number", async () => {
    const { vault, spacetime, registry } = await networkHelpers.loadFixture(given);
    await expect(
      ethers.deployContract("ProviderRegistry", [
        vault,
        spacetime,
        { minimumStake: 0n, unbondingDelay: 2n ** 32n + 1n },
      ]),
    ).to.be.revertedWithCustomError(registry, "RegistryUnbondingDelay");
  });

  describe("register", () => {
    it("lists the caller with what it publishes", async () => {
      const { provider, registry, own } = await networkHelpers.loadFixture(given);
      expect(await registry.isRegistered!(provider)).to.equal(false);
      await expect(own.register!(PROFILE, ASK)).to.emit(registry, "ProviderRegistered");
      expect(await registry.isRegistered!(provider)).to.equal(true);
      expect(await registry.providerCount!()).to.equal(1n);
      const view = await registry.provider!(provider);
      expect(view.provider).to.equal(provider.address);
      expect(view.profile.toObject()).to.deep.equal(PROFILE);
      expect(view.ask.toObject()).to.deep.equal({ ...ASK, minWindows: 1n, maxWindows: 1000n, minM: 13n, maxM: 20n });
    });

    it("registers an account once", async () => {
      const { provider, registry, own } = await networkHelpers.loadFixture(given);
      await own.register!(PROFILE, ASK);
      await expect(own.register!(PROFILE, ASK))
        .to.be.revertedWithCustomError(registry, "RegistryAlreadyRegistered")
        .withArgs(provider.address);
    });

    it("keeps updates to those who registered", async () => {
      const { outsider, registry } = await networkHelpers.loadFixture(given);
      const stranger = as(registry, outsider);
      for (const call of [
        () => stranger.updateProfile!(PROFILE),
        () => stranger.updateAsk!(ASK),
        () => stranger.revokeOffers!(),
      ]) {
        await expect(call())
          .to.be.revertedWithCustomError(registry, "RegistryNotRegistered")
          .withArgs(outsider.address);
      }
    });

    it("takes no entry that a reader of the list would choke on, new or updated", async () => {
      const { registry, own } = await networkHelpers.loadFixture(staked);
      await own.register!(PROFILE, ASK);
      const fresh = as(registry, (await ethers.getSigners())[5]!);
      const profiles = [
        [{ ...PROFILE, peerId: "0x" }, "ProfilePeerIdLength"],
        [{ ...PROFILE, peerId: `0x${"00".repeat(65)}` }, "ProfilePeerIdLength"],
        [{ ...PROFILE, addresses: "x".repeat(1025) }, "ProfileAddressesLength"],
        [{ ...PROFILE, region: "0x6465" }, "ProfileRegion"],
        [{ ...PROFILE, region: "0x4400" }, "ProfileRegion"],
        [{ ...PROFILE, region: "0x445b" }, "ProfileRegion"],
      ] as const;
      const asks = [
        [{ ...ASK, minM: 12 }, "AskSizes"],
        [{ ...ASK, minM: 21 }, "AskSizes"],
        [{ ...ASK, maxM: 28 }, "AskSizes"],
        [{ ...ASK, minWindows: 1001 }, "AskWindows"],
      ] as const;
      for (const [profile, error] of profiles) {
        await expect(fresh.register!(profile, ASK)).to.be.revertedWithCustomError(registry, error);
        await expect(own.updateProfile!(profile)).to.be.revertedWithCustomError(registry, error);
      }
      for (const [ask, error] of asks) {
        await expect(fresh.register!(PROFILE, ask)).to.be.revertedWithCustomError(registry, error);
        await expect(own.updateAsk!(ask)).to.be.revertedWithCustomError(registry, error);
      }
      await own.updateProfile!({
        ...PROFILE,
        peerId: `0x${"00".repeat(64)}`,
        addresses: "x".repeat(1024),
        region: "0x0000",
      });
      await own.updateAsk!({ ...ASK, minM: 13, maxM: 27, minWindows: 1000 });
    });
  });

  describe("updates", () => {
    it("replace the profile and the ask", async () => {
      const { provider, registry, own } = await networkHelpers.loadFixture(given);
      await own.register!(PROFILE, ASK);
      await expect(own.updateProfile!({ ...PROFILE, capacity: 7n })).to.emit(registry, "ProfileUpdated");
      await expect(own.updateAsk!({ ...ASK, accepting: false })).to.emit(registry, "AskUpdated");
      const { profile, ask } = await registry.provider!(provider);
      expect(profile.capacity).to.equal(7n);
      expect(ask.accepting).to.equal(false);
    });

    it("raise the offer epoch at every revocation", async () => {
      const { provider, registry, own } = await networkHelpers.loadFixture(given);
      await own.register!(PROFILE, ASK);
      expect(await registry.offerEpochOf!(provider)).to.equal(0n);
      await expect(own.revokeOffers!()).to.emit(registry, "OffersRevoked").withArgs(provider.address, 1n);
      await own.revokeOffers!();
      expect(await registry.offerEpochOf!(provider)).to.equal(2n);
    });
  });

  describe("providers", () => {
    it("come in pages that end with the list", async () => {
      const { registry } = await networkHelpers.loadFixture(given);
      const signers = (await ethers.getSigners()).slice(1, 6);
      for (const signer of signers) await as(registry, signer).register!(PROFILE, ASK);
      const page = async (offset: bigint, limit: bigint) =>
        (await registry.providers!(offset, limit)).map((view: { provider: string }) => view.provider);
      const all = signers.map((signer) => signer.address);
      expect(await page(0n, 2n)).to.deep.equal(all.slice(0, 2));
      expect(await page(2n, 2n)).to.deep.equal(all.slice(2, 4));
      expect(await page(4n, 2n)).to.deep.equal(all.slice(4));
      expect(await page(5n, 2n)).to.deep.equal([]);
      expect(await page(0n, 0n)).to.deep.equal([]);
      expect(await page(1n, MaxUint256)).to.deep.equal(all.slice(1));
      expect(await page(MaxUint256, MaxUint256)).to.deep.equal([]);
    });

    it("show stake and suspension, and an account that never registered as nobody", async () => {
      const { provider, outsider, registry, own, lane } = await networkHelpers.loadFixture(staked);
      await own.register!(PROFILE, ASK);
      await lane(true, 0n, 1n, true);
      const view = await registry.provider!(provider);
      expect([view.stake, view.suspended]).to.deep.equal([50_000n, true]);
      expect((await registry.provider!(outsider)).provider).to.equal(ZeroAddress);
    });
  });

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
