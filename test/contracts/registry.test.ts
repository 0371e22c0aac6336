import { expect } from "chai";
import { MaxUint256, ZeroAddress } from "ethers";
import { network } from "hardhat";
import { ASK, PROFILE } from "./support/provider.ts";
import { deployRegistry, deployStaked } from "./support/registry.ts";
import { as } from "./support/vault.ts";

const { ethers, networkHelpers } = await network.create();
const given = () => deployRegistry(ethers);
const staked = () => deployStaked(ethers);

describe("ProviderRegistry", () => {
  it("refuses an unbonding delay that would not fit a block number, and none", async () => {
    const { vault, spacetime, retrieval, registry } = await networkHelpers.loadFixture(given);
    for (const unbondingDelay of [0n, 2n ** 32n + 1n]) {
      const parameters = { minimumStake: 0n, unbondingDelay };
      await expect(ethers.deployContract("ProviderRegistry", [vault, spacetime, retrieval, parameters]))
        .to.be.revertedWithCustomError(registry, "RegistryUnbondingDelay")
        .withArgs(2n ** 32n, unbondingDelay);
    }
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
      await own.updateAsk!({ ...ASK, minM: ASK.maxM });
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
});
