import { expect } from "chai";
import { MaxUint256 } from "ethers";
import { network } from "hardhat";
import { capacityReward, splitReward } from "../../node/data/rewards.ts";
import { ASK, PROFILE } from "./support/provider.ts";
import { deployRegistry, MINIMUM } from "./support/registry.ts";
import { as, BUCKET, requireSolvent } from "./support/vault.ts";

const { ethers, networkHelpers } = await network.create();

/** 3 base units for 8,192 elements and a window; a window pays 50 at most, a period 120. */
const RULES = { rate: (3n * 2n ** 64n) / 8_192n, mostPerWindow: 50n, mostPerPeriod: 120n };
const FIRST = 10n;
const FUND = 10_000n;
const PIECE = 8_192n;

/** The programme over a source that says what the test tells it to; the provider is registered and has no stake. */
async function given() {
  const all = await deployRegistry(ethers);
  const { launcher, vault, registry, spacetime, token, outsider } = all;
  const proofs = await ethers.deployContract("CapacityMock");
  const args = [vault, registry, spacetime, proofs, { ...RULES, firstWindow: FIRST }];
  const programme = await ethers.deployContract("CapacityProgramme", args, launcher);
  await token.approve!(vault, MaxUint256);
  await vault.depositFor!(outsider, FUND);
  await as(programme, outsider).fund!(FUND);
  await all.own.register!(PROFILE, ASK);
  /** Windows up to `to` are closed, those from `from` on are proven. */
  const prove = async (who: { address: string }, from: bigint, to: bigint, elements: bigint) => {
    await proofs.prove!(who.address, from, to, elements);
    await spacetime.close!(who.address, to);
  };
  return { ...all, programme, proofs, prove };
}

describe("CapacityProgramme", () => {
  it("pays for closed windows in which capacity was proven, whoever claims, as the node's mirror says", async () => {
    const { programme, provider, outsider, vault, token, prove } = await networkHelpers.loadFixture(given);
    const elements = 5n * PIECE + 1n;
    await prove(provider, FIRST + 2n, FIRST + 6n, elements);
    const each = capacityReward(elements, 0n, RULES);
    expect(each).to.equal(15n);
    await expect(as(programme, outsider).claim!(provider, 100n))
      .to.emit(programme, "CapacityRewarded")
      .withArgs(provider.address, FIRST, FIRST + 6n, 4n * each);
    expect(await programme.available!()).to.equal(FUND - 4n * each);
    expect(await programme.claimedTo!(provider)).to.equal(FIRST + 6n);
    await requireSolvent(vault, token);
  });

  it("pays a window once, however the claims are cut, and nothing before its first window", async () => {
    const { programme, provider, prove, vault } = await networkHelpers.loadFixture(given);
    await prove(provider, 0n, FIRST + 5n, PIECE);
    for (const windows of [1n, 3n, 100n]) await programme.claim!(provider, windows);
    expect(await vault.held!(programme, BUCKET.Pools)).to.equal(FUND - 5n * capacityReward(PIECE, 0n, RULES));
    await expect(programme.claim!(provider, 100n))
      .to.be.revertedWithCustomError(programme, "CapacityNothingDue")
      .withArgs(FIRST + 5n, FIRST + 5n);
  });

  it("pays nothing for windows that are open still, or for a claim of none", async () => {
    const { programme, provider, proofs, spacetime } = await networkHelpers.loadFixture(given);
    await proofs.prove!(provider.address, FIRST, FIRST + 5n, PIECE);
    await spacetime.close!(provider.address, FIRST);
    await expect(programme.claim!(provider, 1n)).to.be.revertedWithCustomError(programme, "CapacityNothingDue");
    await spacetime.close!(provider.address, FIRST + 1n);
    await expect(programme.claim!(provider, 0n)).to.be.revertedWithCustomError(programme, "CapacityNothingDue");
  });

  it("pays a lane no more than its cap for a window, whatever it proved", async () => {
    const { programme, provider, prove } = await networkHelpers.loadFixture(given);
    await prove(provider, FIRST, FIRST + 2n, MaxUint256);
    await programme.claim!(provider, 100n);
    expect(FUND - (await programme.available!())).to.equal(2n * RULES.mostPerWindow);
  });

  it("pays all lanes together no more than the cap of a period: who splits itself up gains nothing there", async () => {
    const { programme, registry, prove } = await networkHelpers.loadFixture(given);
    const lanes = (await ethers.getSigners()).slice(6, 10);
    const paid: bigint[] = [];
    for (const lane of lanes) {
      await as(registry, lane).register!(PROFILE, ASK);
      await prove(lane, FIRST, FIRST + 2n, 2n ** 40n);
      const before: bigint = await programme.available!();
      await programme.claim!(lane, 100n);
      paid.push(before - ((await programme.available!()) as bigint));
    }
    expect(paid).to.deep.equal([100n, 100n, 40n, 0n]);
    expect(await programme.paidIn!(FIRST)).to.equal(RULES.mostPerPeriod);
    expect(FUND - (await programme.available!())).to.equal(2n * RULES.mostPerPeriod);
  });

  it("builds the first stake of a provider that has none, and pays out once the minimum is reached", async () => {
    const { programme, registry, own, vault, provider, prove } = await networkHelpers.loadFixture(given);
    const free: bigint = await vault.freeOf!(provider);
    const elements = 10n * PIECE;
    const windows = 40n; // of 30 base units each; the minimum is 1,000
    await prove(provider, FIRST, FIRST + windows, elements);
    const half = (20n * 30n) as bigint;
    await programme.claim!(provider, 20n);
    expect([await registry.stakeOf!(provider), await registry.earnedOf!(provider)]).to.deep.equal([half, half]);
    expect(await vault.freeOf!(provider)).to.equal(free);
    await own.requestUnstake!(half);
    await networkHelpers.mine(20);
    await expect(own.withdrawStake!()).to.be.revertedWithCustomError(registry, "RegistryStakeNeeded");

    await programme.claim!(provider, 100n);
    const { staked, free: over } = splitReward(20n * 30n, MINIMUM - half);
    expect([staked, over]).to.deep.equal([400n, 200n]);
    expect([await registry.stakeOf!(provider), await registry.earnedOf!(provider)]).to.deep.equal([MINIMUM, 0n]);
    expect(await vault.freeOf!(provider)).to.equal(free + over);
  });

  it("rewards registered providers only: others would have their first stake paid out", async () => {
    const { programme, outsider, prove } = await networkHelpers.loadFixture(given);
    await prove(outsider, FIRST, FIRST + 1n, PIECE);
    await expect(programme.claim!(outsider, 1n))
      .to.be.revertedWithCustomError(programme, "CapacityNotRegistered")
      .withArgs(outsider.address);
  });

  it("waits for its fund, which is not the reward pool's, and loses nothing meanwhile", async () => {
    const { programme, provider, vault, prove, launcher, registry, spacetime } =
      await networkHelpers.loadFixture(given);
    const rich = { rate: 2n ** 64n, mostPerWindow: FUND + 1n, mostPerPeriod: FUND + 1n, firstWindow: 0n };
    expect(await vault.isModule!(programme)).to.equal(true);
    const proofs = await programme.PROOFS!();
    const other = await ethers.deployContract(
      "CapacityProgramme",
      [vault, registry, spacetime, proofs, rich],
      launcher,
    );
    expect(await vault.isModule!(other)).to.equal(false);
    await prove(provider, 0n, 1n, FUND + 1n);
    await expect(other.claim!(provider, 1n))
      .to.be.revertedWithCustomError(other, "RewardPoolTooSmall")
      .withArgs(FUND + 1n, 0n);
    expect(await other.claimedTo!(provider)).to.equal(0n);
    expect(await programme.available!()).to.equal(FUND);
  });
});
