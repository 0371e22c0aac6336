import { expect } from "chai";
import { MaxUint256, ZeroAddress } from "ethers";
import { network } from "hardhat";
import { as, BUCKET, BUCKETS, deployVaultSystem, requireSolvent } from "./support/vault.ts";

const { ethers, networkHelpers } = await network.create();
const DEAD = "0x000000000000000000000000000000000000dEaD";
const given = () => deployVaultSystem(ethers);

describe("Vault for its modules", () => {
  describe("moves", () => {
    it("moves between accounts and the module's own buckets", async () => {
      const { client, provider, market, token, vault } = await networkHelpers.loadFixture(given);
      const asMarket = as(vault, market);
      await expect(asMarket.lock!(BUCKET.Escrows, client, 600n))
        .to.emit(vault, "Locked")
        .withArgs(market.address, BUCKET.Escrows, client.address, 600n);
      await expect(asMarket.shift!(BUCKET.Escrows, BUCKET.Bonds, 100n))
        .to.emit(vault, "Shifted")
        .withArgs(market.address, BUCKET.Escrows, BUCKET.Bonds, 100n);
      await expect(asMarket.release!(BUCKET.Escrows, provider, 450n))
        .to.emit(vault, "Released")
        .withArgs(market.address, BUCKET.Escrows, provider.address, 450n);
      await expect(asMarket.burn!(BUCKET.Bonds, 30n))
        .to.emit(vault, "Burned")
        .withArgs(market.address, BUCKET.Bonds, 30n);
      const totals = await Promise.all(BUCKETS.map((bucket) => vault.totalOf!(bucket)));
      expect(totals).to.deep.equal([850n, 50n, 0n, 0n, 70n, 0n, 0n, 30n]);
      await requireSolvent(vault, token);
    });

    it("calls the token for none of these moves", async () => {
      const { client, market, token, vault } = await networkHelpers.loadFixture(given);
      const asMarket = as(vault, market);
      await expect(asMarket.lock!(BUCKET.Escrows, client, 9n)).not.to.emit(token, "Transfer");
      await expect(asMarket.burn!(BUCKET.Escrows, 9n)).not.to.emit(token, "Transfer");
    });

    it("locks nothing for a stranger", async () => {
      const { client, outsider, vault } = await networkHelpers.loadFixture(given);
      await expect(as(vault, outsider).lock!(BUCKET.Escrows, client, 1n))
        .to.be.revertedWithCustomError(vault, "VaultNotAModule")
        .withArgs(outsider.address);
      await expect(as(vault, client).lock!(BUCKET.Escrows, client, 0n)).to.be.revertedWithCustomError(
        vault,
        "VaultNotAModule",
      );
    });

    it("gives a stranger nothing to release, shift or burn", async () => {
      const { client, market, outsider, vault } = await networkHelpers.loadFixture(given);
      await as(vault, market).lock!(BUCKET.Escrows, client, 900n);
      const stranger = as(vault, outsider);
      for (const call of [
        () => stranger.release!(BUCKET.Escrows, outsider, 1n),
        () => stranger.shift!(BUCKET.Escrows, BUCKET.Bonds, 1n),
        () => stranger.burn!(BUCKET.Escrows, 1n),
      ]) {
        await expect(call())
          .to.be.revertedWithCustomError(vault, "VaultInsufficientHeld")
          .withArgs(outsider.address, BUCKET.Escrows, 1n, 0n);
      }
      expect(await vault.freeOf!(outsider)).to.equal(0n);
    });

    it("lets no module spend another's tokens, though the bucket has the same name", async () => {
      const { client, market, registry, vault } = await networkHelpers.loadFixture(given);
      await as(vault, market).lock!(BUCKET.Collateral, client, 500n);
      await as(vault, registry).lock!(BUCKET.Collateral, client, 20n);
      const asRegistry = as(vault, registry);
      for (const call of [
        () => asRegistry.release!(BUCKET.Collateral, registry, 21n),
        () => asRegistry.shift!(BUCKET.Collateral, BUCKET.Stakes, 21n),
        () => asRegistry.burn!(BUCKET.Collateral, 21n),
      ]) {
        await expect(call())
          .to.be.revertedWithCustomError(vault, "VaultInsufficientHeld")
          .withArgs(registry.address, BUCKET.Collateral, 21n, 20n);
      }
      expect(await vault.held!(market, BUCKET.Collateral)).to.equal(500n);
    });

    it("lets no module spend one of its buckets for another", async () => {
      const { client, market, vault } = await networkHelpers.loadFixture(given);
      await as(vault, market).lock!(BUCKET.Escrows, client, 500n);
      await as(vault, market).lock!(BUCKET.Bonds, client, 5n);
      await expect(as(vault, market).release!(BUCKET.Bonds, market, 6n))
        .to.be.revertedWithCustomError(vault, "VaultInsufficientHeld")
        .withArgs(market.address, BUCKET.Bonds, 6n, 5n);
    });

    it("locks no more than is free", async () => {
      const { client, market, vault } = await networkHelpers.loadFixture(given);
      await expect(as(vault, market).lock!(BUCKET.Escrows, client, 1_001n))
        .to.be.revertedWithCustomError(vault, "VaultInsufficientFree")
        .withArgs(client.address, 1_001n, 1_000n);
      await expect(as(vault, market).lock!(BUCKET.Escrows, client, MaxUint256)).to.be.revertedWithCustomError(
        vault,
        "VaultInsufficientFree",
      );
    });

    it("keeps accounts and burned tokens out of a module's reach", async () => {
      const { client, market, vault } = await networkHelpers.loadFixture(given);
      const asMarket = as(vault, market);
      await asMarket.lock!(BUCKET.Escrows, client, 100n);
      await asMarket.burn!(BUCKET.Escrows, 50n);
      const before = await vault.held!(market, BUCKET.Burned);
      for (const bucket of [BUCKET.Accounts, BUCKET.Burned]) {
        for (const call of [
          () => asMarket.lock!(bucket, client, 1n),
          () => asMarket.release!(bucket, market, 1n),
          () => asMarket.shift!(bucket, BUCKET.Escrows, 1n),
          () => asMarket.shift!(BUCKET.Escrows, bucket, 1n),
          () => asMarket.burn!(bucket, 1n),
        ]) {
          await expect(call()).to.be.revertedWithCustomError(vault, "VaultBucketNotHeldByModules").withArgs(bucket);
        }
      }
      expect(before).to.equal(50n);
      expect(await vault.held!(market, BUCKET.Burned)).to.equal(50n);
    });

    it("releases to no zero address", async () => {
      const { client, market, vault } = await networkHelpers.loadFixture(given);
      await as(vault, market).lock!(BUCKET.Escrows, client, 1n);
      await expect(as(vault, market).release!(BUCKET.Escrows, ZeroAddress, 1n)).to.be.revertedWithCustomError(
        vault,
        "VaultZeroAddress",
      );
    });

    it("says nothing about moves of nothing", async () => {
      const { client, market, outsider, vault } = await networkHelpers.loadFixture(given);
      await expect(as(vault, market).lock!(BUCKET.Escrows, client, 0n)).not.to.emit(vault, "Locked");
      await expect(as(vault, outsider).release!(BUCKET.Escrows, outsider, 0n)).not.to.emit(vault, "Released");
      await expect(as(vault, outsider).shift!(BUCKET.Escrows, BUCKET.Bonds, 0n)).not.to.emit(vault, "Shifted");
      await expect(as(vault, outsider).burn!(BUCKET.Escrows, 0n)).not.to.emit(vault, "Burned");
    });
  });

  describe("sweepBurned", () => {
    it("sends what all modules burned to the dead address, once", async () => {
      const { client, market, registry, outsider, token, vault } = await networkHelpers.loadFixture(given);
      await as(vault, market).lock!(BUCKET.Escrows, client, 100n);
      await as(vault, registry).lock!(BUCKET.Stakes, client, 100n);
      await as(vault, market).burn!(BUCKET.Escrows, 40n);
      await as(vault, registry).burn!(BUCKET.Stakes, 7n);
      expect(await vault.totalOf!(BUCKET.Burned)).to.equal(47n);

      await expect(as(vault, outsider).sweepBurned!()).to.emit(vault, "BurnsSwept").withArgs(47n);
      expect(await token.balanceOf!(DEAD)).to.equal(47n);
      expect(await vault.totalLiabilities!()).to.equal(953n);
      await as(vault, outsider).sweepBurned!();
      expect(await token.balanceOf!(DEAD)).to.equal(47n);
      await requireSolvent(vault, token);
    });
  });
});
