import { expect } from "chai";
import { MaxUint256, ZeroAddress } from "ethers";
import { network } from "hardhat";
import { as, BUCKET, deployVault, deployVaultSystem, requireSolvent, signPermit } from "./support/vault.ts";

const { ethers, networkHelpers } = await network.create();
const HUGE = 2n ** 128n - 1n;
const given = () => deployVaultSystem(ethers);

describe("Vault", () => {
  describe("at deployment", () => {
    it("moves nothing but the probe, and gives that back", async () => {
      const { deployer, token, vault } = await networkHelpers.loadFixture(given);
      expect(await token.balanceOf!(vault)).to.equal(1_000n); // the client's deposit
      expect(await token.balanceOf!(deployer)).to.equal(10n ** 24n - 30_000n);
      expect(await vault.token!()).to.equal(await token.getAddress());
    });

    it("lists its modules", async () => {
      const { market, registry, outsider, vault } = await networkHelpers.loadFixture(given);
      expect(await vault.modules!()).to.deep.equal([market.address, registry.address]);
      expect(await vault.isModule!(registry)).to.equal(true);
      expect(await vault.isModule!(outsider)).to.equal(false);
    });

    it("refuses the same module twice, none at all by address, and a tenth", async () => {
      const { token, vault, market } = await networkHelpers.loadFixture(given);
      const ten = Array.from({ length: 10 }, (_, i) => `0x${(i + 1).toString(16).padStart(40, "0")}`);
      await expect(deployVault(ethers, token, [market.address, market.address]))
        .to.be.revertedWithCustomError(vault, "VaultDuplicateModule")
        .withArgs(market.address);
      await expect(deployVault(ethers, token, [ZeroAddress])).to.be.revertedWithCustomError(vault, "VaultZeroAddress");
      await expect(deployVault(ethers, token, ten))
        .to.be.revertedWithCustomError(vault, "VaultTooManyModules")
        .withArgs(9n, 10n);
      await deployVault(ethers, token, ten.slice(1));
    });
  });

  describe("deposit", () => {
    it("credits exactly what arrived", async () => {
      const { client, token, vault } = await networkHelpers.loadFixture(given);
      await expect(as(vault, client).deposit!(250n)).to.emit(vault, "Deposited").withArgs(client.address, 250n);
      expect(await vault.freeOf!(client)).to.equal(1_250n);
      expect(await vault.totalLiabilities!()).to.equal(1_250n);
      await requireSolvent(vault, token);
    });

    it("credits another account with depositFor, never the zero address", async () => {
      const { client, provider, vault } = await networkHelpers.loadFixture(given);
      await as(vault, client).depositFor!(provider, 70n);
      expect(await vault.freeOf!(provider)).to.equal(70n);
      expect(await vault.freeOf!(client)).to.equal(1_000n);
      await expect(as(vault, client).depositFor!(ZeroAddress, 1n)).to.be.revertedWithCustomError(
        vault,
        "VaultZeroAddress",
      );
    });

    it("fails without an allowance, and changes nothing", async () => {
      const { client, token, vault } = await networkHelpers.loadFixture(given);
      await as(token, client).approve!(vault, 5n);
      await expect(as(vault, client).deposit!(6n)).to.be.revertedWithCustomError(token, "ERC20InsufficientAllowance");
      expect(await vault.freeOf!(client)).to.equal(1_000n);
    });

    it("owes nobody what was sent to it by mistake", async () => {
      const { outsider, token, vault } = await networkHelpers.loadFixture(given);
      await as(token, outsider).transfer!(vault, 500n);
      expect(await vault.totalLiabilities!()).to.equal(1_000n);
      await requireSolvent(vault, token);
    });

    it("keeps all balances within 128 bits", async () => {
      const { market } = await networkHelpers.loadFixture(given);
      const token = await ethers.deployContract("HoldfastToken", [MaxUint256]);
      const vault = await deployVault(ethers, token, [market.address]);
      await token.approve!(vault, MaxUint256);
      await vault.deposit!(HUGE);
      await expect(vault.deposit!(1n))
        .to.be.revertedWithCustomError(vault, "VaultFull")
        .withArgs(HUGE, HUGE + 1n);
    });
  });

  describe("depositWithPermit", () => {
    const later = 2n ** 40n;

    it("needs no earlier approval", async () => {
      const { provider, token, vault } = await networkHelpers.loadFixture(given);
      await as(token, provider).approve!(vault, 0n);
      const permit = await signPermit(token, provider, await vault.getAddress(), 300n, later);
      await as(vault, provider).depositWithPermit!(provider, permit);
      expect(await vault.freeOf!(provider)).to.equal(300n);
    });

    it("deposits though an outsider used the permit first", async () => {
      const { provider, outsider, token, vault } = await networkHelpers.loadFixture(given);
      await as(token, provider).approve!(vault, 0n);
      const permit = await signPermit(token, provider, await vault.getAddress(), 300n, later);
      await as(token, outsider).permit!(provider, vault, 300n, later, permit.v, permit.r, permit.s);
      await as(vault, provider).depositWithPermit!(provider, permit);
      expect(await vault.freeOf!(provider)).to.equal(300n);
    });

    it("moves nothing on a permit for another spender, amount or owner", async () => {
      const { provider, outsider, token, vault } = await networkHelpers.loadFixture(given);
      await as(token, provider).approve!(vault, 0n);
      const permits = [
        await signPermit(token, provider, outsider.address, 300n, later),
        { ...(await signPermit(token, provider, await vault.getAddress(), 300n, later)), amount: 301n },
        await signPermit(token, outsider, await vault.getAddress(), 300n, later),
        await signPermit(token, provider, await vault.getAddress(), 300n, 1n),
      ];
      for (const permit of permits) {
        await expect(as(vault, provider).depositWithPermit!(provider, permit)).to.be.revertedWithCustomError(
          token,
          "ERC20InsufficientAllowance",
        );
      }
      expect(await token.balanceOf!(provider)).to.equal(10_000n);
    });

    it("lets a module deposit for an owner, and no stranger, not even with a standing allowance", async () => {
      const { client, market, outsider, token, vault } = await networkHelpers.loadFixture(given);
      const permit = await signPermit(token, client, await vault.getAddress(), 300n, later);
      await expect(as(vault, outsider).depositWithPermit!(client, permit))
        .to.be.revertedWithCustomError(vault, "VaultNotOwnerOrModule")
        .withArgs(client.address, outsider.address);
      await as(vault, market).depositWithPermit!(client, permit);
      expect(await vault.freeOf!(client)).to.equal(1_300n);
    });

    it("does nothing for an amount of zero", async () => {
      const { client, vault, token } = await networkHelpers.loadFixture(given);
      const permit = { amount: 0n, deadline: 0n, v: 0, r: ethers.ZeroHash, s: ethers.ZeroHash };
      await as(vault, client).depositWithPermit!(client, permit);
      expect(await token.balanceOf!(client)).to.equal(9_000n);
    });
  });

  describe("withdraw", () => {
    it("sends free balance to any address, once", async () => {
      const { client, outsider, token, vault } = await networkHelpers.loadFixture(given);
      await expect(as(vault, client).withdraw!(1_000n, outsider)).to.changeTokenBalances(
        ethers,
        token,
        [vault, outsider],
        [-1_000n, 1_000n],
      );
      await expect(as(vault, client).withdraw!(1_000n, outsider))
        .to.be.revertedWithCustomError(vault, "VaultInsufficientFree")
        .withArgs(client.address, 1_000n, 0n);
      expect(await vault.totalLiabilities!()).to.equal(0n);
    });

    it("does not send what a module has locked", async () => {
      const { client, market, vault } = await networkHelpers.loadFixture(given);
      await as(vault, market).lock!(BUCKET.Escrows, client, 400n);
      await expect(as(vault, client).withdraw!(601n, client)).to.be.revertedWithCustomError(
        vault,
        "VaultInsufficientFree",
      );
      await expect(as(vault, client).withdraw!(1_001n, client), "more than there is")
        .to.be.revertedWithCustomError(vault, "VaultInsufficientFree")
        .withArgs(client.address, 1_001n, 600n);
      await as(vault, client).withdraw!(600n, client);
    });

    it("refuses the zero address, and itself, where the tokens would belong to nobody", async () => {
      const { client, vault } = await networkHelpers.loadFixture(given);
      await expect(as(vault, client).withdraw!(1n, ZeroAddress)).to.be.revertedWithCustomError(
        vault,
        "VaultZeroAddress",
      );
      await expect(as(vault, client).withdraw!(1n, vault)).to.be.revertedWithCustomError(vault, "VaultTokenDelta");
      expect(await vault.freeOf!(client)).to.equal(1_000n);
    });
  });
});
