import { expect } from "chai";
import type { Contract } from "ethers";
import { network } from "hardhat";
import { downloadFee, downloadReward, rewardPerWindow } from "../../node/data/rewards.ts";
import { protocolFee } from "../../node/data/settlement.ts";
import type { SlotClaim } from "../../node/data/terms.ts";
import { LOCAL_PARAMETERS } from "../../scripts/lib/parameters.ts";
import { as, deployMarket, firstWindowOf, openDeal, PRICE, runWindows } from "./market/fixture.ts";
import { deploySessions, SESSION_PRICE } from "./support/sessions.ts";
import { BUCKET, requireSolvent } from "./support/vault.ts";

const chain = await network.create();
const { networkHelpers, ethers } = chain;
const FEE = LOCAL_PARAMETERS.market.protocolFeeBps;
const SHARE = LOCAL_PARAMETERS.rewardBps;
const FUND = 10n ** 18n;
const EACH = rewardPerWindow(PRICE, FEE, SHARE);

async function pool() {
  const fixture = await deployMarket(chain);
  const rewards = (await ethers.getContractAt("RewardPool", fixture.addresses.rewards)) as unknown as Contract;
  return { ...fixture, rewards };
}

async function funded() {
  const all = await pool();
  await as(all.rewards, all.outsider).fund!(FUND);
  return all;
}

/** One replica with ten windows behind it, of which 2 and 5 were missed. */
async function lived() {
  const all = await funded();
  const provider = all.providers[0]!;
  const { claims } = await openDeal(all, { client: all.client, providers: [provider] });
  const claim = claims[0]!;
  await runWindows(all, claim, [0, 10], (window) => window !== 2 && window !== 5);
  return { ...all, provider, claim };
}

/** Everything that an account owns here: free balance, and stake, which neither falls in these tests. */
async function wealth(
  { vault, registry }: { vault: Contract; registry: Contract },
  ...accounts: { address: string }[]
) {
  let sum = 0n;
  for (const { address } of accounts) {
    sum += ((await vault.freeOf!(address)) as bigint) + ((await registry.stakeOf!(address)) as bigint);
  }
  return sum;
}

describe("RewardPool", () => {
  it("is deployed with a reward of at most 90 % of the fee", async () => {
    const { rewards, addresses } = await networkHelpers.loadFixture(pool);
    const { vault, market, spacetime, downloads } = addresses;
    await expect(ethers.deployContract("RewardPool", [vault, market, spacetime, downloads, 9_001n]))
      .to.be.revertedWithCustomError(rewards, "RewardShareAboveMost")
      .withArgs(9_000n, 9_001n);
    await ethers.deployContract("RewardPool", [vault, market, spacetime, downloads, 9_000n]);
  });

  it("gives what the node's mirror says", async () => {
    const { rewards } = await networkHelpers.loadFixture(pool);
    for (const price of [0n, 1n, 370n, 371n, PRICE, PRICE + 1n, 2n ** 128n - 1n]) {
      expect(await rewards.rewardPerWindow!(price)).to.equal(rewardPerWindow(price, FEE, SHARE));
    }
  });

  describe("fund", () => {
    it("takes from the giver's account and never gives back", async () => {
      const { rewards, vault, outsider } = await networkHelpers.loadFixture(pool);
      const before: bigint = await vault.freeOf!(outsider);
      await expect(as(rewards, outsider).fund!(FUND)).to.emit(rewards, "PoolFunded").withArgs(outsider.address, FUND);
      expect(await vault.freeOf!(outsider)).to.equal(before - FUND);
      expect(await rewards.available!()).to.equal(FUND);
      expect(await vault.held!(rewards, BUCKET.Pools)).to.equal(FUND);
      await expect(as(rewards, outsider).fund!(0n)).to.be.revertedWithCustomError(rewards, "RewardNothingFunded");
    });
  });

  describe("claimStorage", () => {
    it("rewards the provider for windows that are settled and proven, whoever claims", async () => {
      const { rewards, market, vault, token, outsider, provider, claim } = await networkHelpers.loadFixture(lived);
      const { firstWindow: first, offer } = claim;
      const { root } = offer;
      await expect(rewards.claimStorage!(claim, 100n))
        .to.be.revertedWithCustomError(rewards, "RewardNothingDue")
        .withArgs(claim.firstWindow, claim.firstWindow);
      await market.settle!(claim, 100n);
      const before: bigint = await vault.freeOf!(provider);
      await expect(as(rewards, outsider).claimStorage!(claim, 100n))
        .to.emit(rewards, "StorageRewarded")
        .withArgs(provider.address, root, first, first + 10, 8, 8n * EACH);
      expect(await vault.freeOf!(provider)).to.equal(before + 8n * EACH);
      expect(await rewards.available!()).to.equal(FUND - 8n * EACH);
      expect(await rewards.rewardedTo!(provider, root)).to.equal(first + 10);
      await requireSolvent(vault, token);
    });

    it("rewards a window once, however the claims are cut", async () => {
      const { rewards, market, vault, provider, claim } = await networkHelpers.loadFixture(lived);
      await market.settle!(claim, 100n);
      const before: bigint = await vault.freeOf!(provider);
      const paid: bigint[] = [];
      for (const windows of [1n, 2n, 4n, 100n]) {
        const free: bigint = await vault.freeOf!(provider);
        await rewards.claimStorage!(claim, windows);
        paid.push(((await vault.freeOf!(provider)) - free) / EACH);
      }
      expect(paid).to.deep.equal([1n, 1n, 3n, 3n]);
      expect((await vault.freeOf!(provider)) - before).to.equal(8n * EACH);
      for (const windows of [0n, 100n]) {
        await expect(rewards.claimStorage!(claim, windows))
          .to.be.revertedWithCustomError(rewards, "RewardNothingDue")
          .withArgs(claim.firstWindow + 10, claim.firstWindow + 10);
      }
    });

    it("takes the offer that the slot was filled with, and no other price", async () => {
      const { rewards, market, claim } = await networkHelpers.loadFixture(lived);
      await market.settle!(claim, 100n);
      await expect(
        rewards.claimStorage!({ ...claim, offer: { ...claim.offer, price: 2n * PRICE } }, 100n),
      ).to.be.revertedWithCustomError(rewards, "ReplicaWrongFilling");
    });

    it("waits for the fund, and loses nothing meanwhile", async () => {
      const all = await networkHelpers.loadFixture(pool);
      const { rewards, market, vault, outsider, client, providers } = all;
      const { claims } = await openDeal(all, { client, providers: [providers[0]!] });
      const claim = claims[0]!;
      await runWindows(all, claim, [0, 4], () => true);
      await market.settle!(claim, 100n);
      await as(rewards, outsider).fund!(3n * EACH);
      await expect(rewards.claimStorage!(claim, 4n))
        .to.be.revertedWithCustomError(rewards, "RewardPoolTooSmall")
        .withArgs(4n * EACH, 3n * EACH);
      const before: bigint = await vault.freeOf!(claim.offer.provider);
      await rewards.claimStorage!(claim, 3n);
      await as(rewards, outsider).fund!(EACH);
      await rewards.claimStorage!(claim, 4n);
      expect((await vault.freeOf!(claim.offer.provider)) - before).to.equal(4n * EACH);
      expect(await rewards.available!()).to.equal(0n);
    });

    it("rewards nothing after the window at which a replica failed", async () => {
      const all = await networkHelpers.loadFixture(funded);
      const { rewards, market, vault, client, providers } = all;
      const { claims } = await openDeal(all, { client, providers: [providers[0]!] });
      const claim = claims[0]!;
      // Six misses fail it; the proofs after them are the lane's, not the replica's.
      await runWindows(all, claim, [0, 12], (window) => window < 2 || window >= 8);
      await market.settle!(claim, 100n);
      const before: bigint = await vault.freeOf!(claim.offer.provider);
      await rewards.claimStorage!(claim, 100n);
      expect((await vault.freeOf!(claim.offer.provider)) - before).to.equal(2n * EACH);
      expect(await rewards.rewardedTo!(claim.offer.provider, claim.offer.root)).to.equal(claim.firstWindow + 8);
    });

    it("reads windows on both sides of a word of the bitmap", async () => {
      const all = await networkHelpers.loadFixture(funded);
      const { rewards, market, client, providers, goTo, spacetime } = all;
      const provider = providers[0]!;
      await goTo((await spacetime.openingOf!(provider.address, 250)) - 5n);
      const { claims } = await openDeal(all, { client, providers: [provider] });
      const claim = claims[0]!;
      expect(await firstWindowOf(all, claim)).to.equal(250);
      await runWindows(all, claim, [0, 12], (window) => window !== 5 && window !== 6);
      await market.settle!(claim, 100n);
      await expect(rewards.claimStorage!(claim, 4n))
        .to.emit(rewards, "StorageRewarded")
        .withArgs(provider.address, claim.offer.root, 250, 254, 4, 4n * EACH);
      await expect(rewards.claimStorage!(claim, 100n))
        .to.emit(rewards, "StorageRewarded")
        .withArgs(provider.address, claim.offer.root, 254, 262, 6, 6n * EACH);
    });
  });

  describe("claimDownload", () => {
    async function paid() {
      const all = await deploySessions(chain);
      const rewards = (await ethers.getContractAt("RewardPool", all.addresses.rewards)) as unknown as Contract;
      await as(rewards, all.outsider).fund!(FUND);
      await all.open();
      return { ...all, rewards };
    }

    it("rewards the seller once it was paid, once", async () => {
      const { rewards, downloads, session, key, seller, vault, id, goTo } = await networkHelpers.loadFixture(paid);
      for (const status of [1n, 2n]) {
        await expect(rewards.claimDownload!(session))
          .to.be.revertedWithCustomError(rewards, "RewardDownloadNotPaid")
          .withArgs(3n, status);
        if (status === 1n) await downloads.reveal(session, key);
      }
      await goTo(BigInt(session.disputeUntil) + 1n);
      await downloads.pay(session);
      const before: bigint = await vault.freeOf!(seller);
      const reward = downloadReward(SESSION_PRICE, 300n, SHARE);
      await expect(rewards.claimDownload!(session))
        .to.emit(rewards, "DownloadRewarded")
        .withArgs(id(), seller.address, reward);
      expect(await vault.freeOf!(seller)).to.equal(before + reward);
      expect(reward < downloadFee(SESSION_PRICE, 300n)).to.equal(true);
      expect(await rewards.isDownloadRewarded!(id())).to.equal(true);
      await expect(rewards.claimDownload!(session)).to.be.revertedWithCustomError(rewards, "RewardAlreadyPaid");
    });

    it("rewards no session that was returned", async () => {
      const { rewards, downloads, session, goTo } = await networkHelpers.loadFixture(paid);
      await goTo(BigInt(session.revealBy) + 1n);
      await downloads.giveBack(session);
      await expect(rewards.claimDownload!(session))
        .to.be.revertedWithCustomError(rewards, "RewardDownloadNotPaid")
        .withArgs(3n, 4n);
    });
  });

  describe("dealing with oneself", () => {
    /** Opens a deal among one's own identities, proves every window, settles, claims, takes the collateral back. */
    async function selfDeal(price: bigint, windows: number, slots: number, ends?: "drop" | "cancel") {
      const all = await networkHelpers.loadFixture(funded);
      const { market, rewards, client, providers, vault, token } = all;
      const own = providers.slice(0, slots);
      const before = await wealth(all, client, ...own);
      const terms = { windows, maxMisses: windows, coolingOff: windows, minWindows: 0, cancelFeeWindows: windows };
      const offer = { price, collateral: price };
      const { claims } = await openDeal(all, { client, providers: own, terms, offer });
      for (const claim of claims) await proveAll(all, claim, ends === undefined ? windows : 1);
      for (const claim of claims) {
        if (ends !== undefined) await as(market, client)[ends]!(claim, claim.salt, claim.terms);
        const { end, settled } = await market.slotOf!(claim.offer.dealKey, claim.offer.slot);
        if (settled < end) {
          await proveAll(all, claim, Number(end), Number(settled));
          await market.settle!(claim, end);
        }
        await market.release!(claim);
        await rewards.claimStorage!(claim, 65_535n);
      }
      await requireSolvent(vault, token);
      const fee = protocolFee(price * BigInt(windows * slots), FEE);
      return { payoff: (await wealth(all, client, ...own)) - before, fee, reward: FUND - (await rewards.available!()) };
    }
    type All = Awaited<ReturnType<typeof funded>>;
    /** Unlike `runWindows` it does not mind windows that passed while it proved another lane's. */
    async function proveAll(all: All, claim: SlotClaim, to: number, from = 0): Promise<void> {
      const { spacetime, goTo } = all;
      const first = await firstWindowOf(all, claim);
      const { provider } = claim.offer;
      for (let index = from; index < to; index++) {
        const next = BigInt(await networkHelpers.time.latestBlock()) + 1n;
        const opening: bigint = await spacetime.openingOf!(provider, first + index);
        const close: bigint = await spacetime.closeOf!(provider, first + index);
        if (next > close || (await spacetime.isProven!(provider, first + index))) continue;
        if (next <= opening) await goTo(opening + 1n);
        await spacetime.submitProof!(provider, first + index, [1n, 0n, 0n, 0n, 0n, 0n, 0n, 0n], 1n);
      }
      const close: bigint = await spacetime.closeOf!(provider, first + to - 1);
      if (BigInt(await networkHelpers.time.latestBlock()) < close) await goTo(close + 1n);
    }

    for (const [price, windows, slots] of [
      [1n, 3, 1],
      [34n, 7, 1],
      [371n, 5, 1],
      [PRICE, 4, 1],
      [PRICE + 1n, 40, 1],
      [PRICE, 6, 3],
    ] as const) {
      it(`loses at a price of ${price} for ${windows} windows in ${slots} replicas, all proven`, async () => {
        const { payoff, fee, reward } = await selfDeal(price, windows, slots);
        expect(payoff).to.equal(reward - fee);
        expect(10n * payoff <= -fee && payoff < 0n).to.equal(true);
        if (slots === 1) expect(reward).to.equal(BigInt(windows) * rewardPerWindow(price, FEE, SHARE));
      });
    }

    for (const ends of ["drop", "cancel"] as const) {
      it(`loses more when it ends with a ${ends}: the fee of windows that never come is gone`, async () => {
        const { payoff, fee, reward } = await selfDeal(PRICE, 20, 1, ends);
        expect(payoff).to.equal(reward - fee);
        expect(reward <= 3n * EACH && reward > 0n).to.equal(true);
        expect(payoff < (-fee * 8n) / 10n).to.equal(true);
      });
    }

    it("loses on downloads from oneself", async () => {
      const all = await networkHelpers.loadFixture(async function sold() {
        const sessions = await deploySessions(chain);
        const rewards = (await ethers.getContractAt("RewardPool", sessions.addresses.rewards)) as unknown as Contract;
        await as(rewards, sessions.outsider).fund!(FUND);
        return { ...sessions, rewards };
      });
      const { downloads, rewards, session, key, buyer, seller, open, goTo } = all;
      const before = await wealth(all, buyer, seller);
      await open();
      await downloads.reveal(session, key);
      await goTo(BigInt(session.disputeUntil) + 1n);
      await downloads.pay(session);
      await rewards.claimDownload!(session);
      const fee = downloadFee(SESSION_PRICE, 300n);
      const payoff = (await wealth(all, buyer, seller)) - before;
      expect(payoff).to.equal(downloadReward(SESSION_PRICE, 300n, SHARE) - fee);
      expect(10n * payoff <= -fee).to.equal(true);
    });
  });
});
