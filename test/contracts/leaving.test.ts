import { expect } from "chai";
import { MaxUint256, ZeroAddress } from "ethers";
import { network } from "hardhat";
import { LOCAL_PARAMETERS } from "../../scripts/lib/parameters.ts";
import { as, FUNDS, open, openDeal, planDeal, runWindows } from "./market/fixture.ts";
import { ASK, PROFILE } from "./support/provider.ts";
import { deployRegistry, deployStaked } from "./support/registry.ts";
import { deployRetrievals } from "./support/retrievals.ts";
import { BUCKET, requireSolvent } from "./support/vault.ts";

const chain = await network.create();
const { ethers, networkHelpers } = chain;
const given = () => deployRegistry(ethers);
const staked = () => deployStaked(ethers);
const storing = () => deployRetrievals(chain);

describe("leaving the registry", () => {
  it("takes the provider off the list and the last one onto its place", async () => {
    const { registry } = await networkHelpers.loadFixture(given);
    const signers = (await ethers.getSigners()).slice(1, 6);
    for (const signer of signers) await as(registry, signer).register!(PROFILE, ASK);
    const [a, , c, d, e] = signers.map(({ address }) => address);
    const listed = async () =>
      (await registry.providers!(0n, MaxUint256)).map((view: { provider: string }) => view.provider);
    const steps: readonly (readonly [number, readonly (string | undefined)[]])[] = [
      [1, [a, e, c, d]],
      [4, [a, d, c]],
      [2, [a, d]],
      [0, [d]],
      [3, []],
    ];
    for (const [index, left] of steps) {
      await as(registry, signers[index]!).deregister!();
      expect(await listed()).to.deep.equal(left);
      expect(await registry.providerCount!()).to.equal(BigInt(left.length));
      expect((await registry.provider!(signers[index]!)).provider).to.equal(ZeroAddress);
    }
    await as(registry, signers[2]!).register!(PROFILE, ASK);
    expect(await listed()).to.deep.equal([c]);
  });

  it("needs an empty bag, no stake and nothing asked for, and a registration", async () => {
    const { registry, own, lane, provider, retrieval, outsider } = await networkHelpers.loadFixture(staked);
    await expect(own.deregister!()).to.be.revertedWithCustomError(registry, "RegistryNotRegistered");
    await own.register!(PROFILE, ASK);
    await expect(own.deregister!()).to.be.revertedWithCustomError(registry, "RegistryStakeLeft").withArgs(50_000n);
    await lane(true, 0n, 8_192n);
    await expect(own.deregister!()).to.be.revertedWithCustomError(registry, "RegistryBagNotEmpty").withArgs(8_192n);

    const fresh = as(registry, outsider);
    await fresh.register!(PROFILE, ASK);
    await retrieval.expose!(outsider, 7n);
    await expect(fresh.deregister!()).to.be.revertedWithCustomError(registry, "RegistryRetrievalOpen").withArgs(7n);
    await retrieval.expose!(outsider, 0n);
    await fresh.deregister!();
    expect(await registry.isRegistered!(provider)).to.equal(true);
  });

  it("gives nothing of the old life to a new one: profile gone, offers void, no request left", async () => {
    const { registry, own, provider } = await networkHelpers.loadFixture(given);
    await own.register!(PROFILE, ASK);
    await own.revokeOffers!();
    await expect(own.deregister!()).to.emit(registry, "ProviderLeft").withArgs(provider.address, 2n);
    const gone = await registry.provider!(provider);
    expect([gone.profile.peerId, gone.profile.addresses, gone.ask.accepting]).to.deep.equal(["0x", "", false]);
    await expect(own.deregister!()).to.be.revertedWithCustomError(registry, "RegistryNotRegistered");
    await own.register!(PROFILE, ASK);
    expect(await registry.offerEpochOf!(provider)).to.equal(2n);
    expect((await registry.unstakeRequestOf!(provider)).amount).to.equal(0n);
  });
});

describe("a provider that stops", () => {
  it("gets back all that it brought and earned, to the unit, and is gone", async () => {
    const all = await networkHelpers.loadFixture(storing);
    const { registry, market, vault, token, client, goTo, spacetime } = all;
    const provider = all.providers[3]!;
    const own = as(registry, provider);
    const terms = { windows: 6, maxMisses: 6, coolingOff: 0, minWindows: 0, cancelFeeWindows: 0 };
    const { claims, offers } = await openDeal(all, { client, providers: [provider], terms });
    const claim = claims[0]!;
    const late = await planDeal(all, { client, providers: [provider] });

    // Pauses: nothing new, while the deal goes on.
    await own.updateAsk!({ ...ASK, accepting: false });
    await own.revokeOffers!();
    await expect(open(all, late)).to.be.revertedWithCustomError(market, "DealTooFewSlots");
    await runWindows(all, claim, [0, 6], () => true);
    await expect(own.deregister!()).to.be.revertedWithCustomError(registry, "RegistryBagNotEmpty");
    await market.settle!(claim, 6n);
    await market.release!(claim);
    if ((await spacetime.weightOf!(provider.address)) !== 0n) {
      await goTo((await spacetime.closeOf!(provider.address, await spacetime.closedWindows!(provider.address))) + 1n);
      await spacetime.sweep!(provider.address, [claim.offer.root]);
    }
    const stake: bigint = await registry.stakeOf!(provider);
    await own.requestUnstake!(stake);
    await networkHelpers.mine(LOCAL_PARAMETERS.registry.unbondingDelay);
    await own.withdrawStake!();
    await own.deregister!();
    const everything = FUNDS + 6n * offers[0]!.offer.price;
    expect(await vault.freeOf!(provider)).to.equal(everything);
    await as(vault, provider).withdraw!(everything, provider);
    expect(await token.balanceOf!(provider)).to.equal(everything);
    await requireSolvent(vault, token);
    expect(await vault.held!(market, BUCKET.Escrows)).to.equal(
      all.stored.offer.price * BigInt(all.stored.terms.windows) * 2n,
    );
  });

  it("does not leave while a group is asked for, and does once it has answered", async () => {
    const all = await networkHelpers.loadFixture(storing);
    const { registry, market, spacetime, provider, stored, request, answer, goTo } = all;
    const own = as(registry, provider);
    await request(7);
    await as(market, provider).forfeit!(stored.claim);
    const { end } = await market.slotOf!(stored.offer.dealKey, 0);
    await goTo((await spacetime.closeOf!(provider.address, stored.claim.firstWindow + Number(end) - 1)) + 1n);
    const { settled } = await market.slotOf!(stored.offer.dealKey, 0);
    if (settled < end) await market.settle!(stored.claim, end);
    await market.release!(stored.claim);
    expect(await spacetime.weightOf!(provider.address)).to.equal(0n);
    await own.requestUnstake!(await registry.stakeOf!(provider));
    await answer(7);
    await expect(own.deregister!()).to.be.revertedWithCustomError(registry, "RegistryStakeLeft");
    await networkHelpers.mine(LOCAL_PARAMETERS.registry.unbondingDelay);
    await own.withdrawStake!();
    await own.deregister!();
    expect(await registry.isRegistered!(provider)).to.equal(false);
  });
});
