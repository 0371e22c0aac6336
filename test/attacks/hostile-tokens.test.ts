import { expect } from "chai";
import { type Contract, MaxUint256 } from "ethers";
import { network } from "hardhat";
import { as, BUCKET, deployVault, requireSolvent } from "../contracts/support/vault.ts";

const { ethers, networkHelpers } = await network.create();
const VICE = {
  None: 0,
  FeeFromReceiver: 1,
  FeeFromSender: 2,
  ReturnsFalse: 3,
  Lies: 4,
  CallsBack: 5,
  FeeFromPayout: 6,
};

type Signer = Awaited<ReturnType<typeof ethers.getSigners>>[number];

/** A vault over a token that behaved at deployment; a victim and an attacker with 1,000 units each inside, 1,000 outside. */
async function given() {
  const [, market, victim, attacker] = (await ethers.getSigners()) as [Signer, Signer, Signer, Signer];
  const token = await ethers.deployContract("HostileToken", [10n ** 24n, VICE.None]);
  const vault = await deployVault(ethers, token, [market.address]);
  for (const account of [victim, attacker]) {
    await token.transfer!(account, 2_000n);
    await as(token, account).approve!(vault, MaxUint256);
    await as(vault, account).deposit!(1_000n);
  }
  return { market, victim, attacker, token, vault };
}

describe("attack: re-entrant, fee-taking and lying tokens", () => {
  describe("at deployment", () => {
    for (const [name, vice, error] of [
      ["takes a fee from what it delivers", VICE.FeeFromReceiver, "VaultTokenDelta"],
      ["moves nothing and says that it did", VICE.Lies, "VaultTokenDelta"],
      ["answers false", VICE.ReturnsFalse, "SafeERC20FailedOperation"],
    ] as const) {
      it(`refuses a token that ${name}`, async () => {
        const { market, vault } = await networkHelpers.loadFixture(given);
        const token = await ethers.deployContract("HostileToken", [10n ** 24n, vice]);
        await expect(deployVault(ethers, token, [market.address])).to.be.revertedWithCustomError(vault, error);
      });
    }

    it("refuses a token that takes its fee only from what the vault pays out", async () => {
      const { market, vault } = await networkHelpers.loadFixture(given);
      const token = await ethers.deployContract("HostileToken", [10n ** 24n, VICE.FeeFromPayout]);
      const [probe, fee] = [await vault.PROBE!(), 10n];
      expect(fee).to.equal(probe / 100n);
      await expect(deployVault(ethers, token, [market.address]))
        .to.be.revertedWithCustomError(vault, "VaultTokenDelta")
        .withArgs(10n ** 24n, 10n ** 24n - fee);
    });

    it("refuses a token that takes a fee on top, which the vault could not pay", async () => {
      const { market } = await networkHelpers.loadFixture(given);
      const token = await ethers.deployContract("HostileToken", [10n ** 24n, VICE.FeeFromSender]);
      await expect(deployVault(ethers, token, [market.address])).to.be.revertedWithCustomError(
        token,
        "ERC20InsufficientBalance",
      );
    });
  });

  describe("once it turns", () => {
    for (const [name, vice] of Object.entries(VICE).slice(1, 5)) {
      it(`credits nothing that did not arrive (${name})`, async () => {
        const { attacker, token, vault } = await networkHelpers.loadFixture(given);
        await token.turn!(vice);
        // A fee on top costs the payer and not the vault, which gets what it asked for.
        const deposit = as(vault, attacker).deposit!(500n);
        if (vice === VICE.FeeFromSender) await deposit;
        else await expect(deposit).to.be.revert(ethers);
        expect(await vault.freeOf!(attacker)).to.equal(vice === VICE.FeeFromSender ? 1_500n : 1_000n);
        await requireSolvent(vault, token);
      });

      it(`spends no other account's tokens on a withdrawal (${name})`, async () => {
        const { victim, attacker, token, vault } = await networkHelpers.loadFixture(given);
        await token.turn!(vice);
        const withdrawal = as(vault, attacker).withdraw!(1_000n, attacker);
        if (vice === VICE.FeeFromReceiver) await withdrawal;
        else await expect(withdrawal).to.be.revert(ethers);
        expect(await token.balanceOf!(vault)).to.be.gte(1_000n);
        await requireSolvent(vault, token);
        await token.turn!(VICE.None);
        await as(vault, victim).withdraw!(1_000n, victim);
      });
    }
  });

  describe("while it calls back", () => {
    /** The token itself is an account with 300 units inside, so that what it calls could pay. */
    async function armed() {
      const all = await given();
      const { attacker, token, vault } = all;
      await as(vault, attacker).depositFor!(token, 300n);
      return all;
    }

    async function callsBack(vault: Contract, token: Contract, method: string, args: readonly unknown[]) {
      await token.callBack!(vault, vault.interface.encodeFunctionData(method, args));
    }

    it("enters no token-moving function from a withdrawal", async () => {
      const { attacker, token, vault } = await networkHelpers.loadFixture(armed);
      const permit = { amount: 0n, deadline: 0n, v: 0, r: ethers.ZeroHash, s: ethers.ZeroHash };
      for (const [method, args] of [
        ["withdraw", [300n, attacker.address]],
        ["deposit", [1n]],
        ["depositFor", [attacker.address, 1n]],
        ["depositWithPermit", [await token.getAddress(), permit]],
        ["sweepBurned", []],
      ] as const) {
        await callsBack(vault, token, method, args);
        await as(vault, attacker).withdraw!(10n, attacker);
        expect(await token.entered!(), method).to.equal(false);
      }
      // Inside: 1,000 less five withdrawals; outside: 700 and those five.
      expect(await vault.freeOf!(attacker)).to.equal(950n);
      expect(await token.balanceOf!(attacker)).to.equal(750n);
      await requireSolvent(vault, token);
    });

    it("would have been let in outside of one", async () => {
      const { attacker, token, vault } = await networkHelpers.loadFixture(armed);
      await token.perform!(vault, vault.interface.encodeFunctionData("withdraw", [300n, attacker.address]));
      expect(await token.balanceOf!(attacker)).to.equal(1_000n);
    });

    it("counts a deposit once, though another is tried inside it", async () => {
      const { attacker, token, vault } = await networkHelpers.loadFixture(armed);
      await callsBack(vault, token, "depositFor", [attacker.address, 1n]);
      await as(vault, attacker).deposit!(100n);
      expect(await token.entered!()).to.equal(false);
      expect(await vault.freeOf!(attacker)).to.equal(1_100n);
      await requireSolvent(vault, token);
    });

    it("does not burn twice when swept inside a sweep", async () => {
      const { market, attacker, token, vault } = await networkHelpers.loadFixture(armed);
      await as(vault, market).lock!(BUCKET.Bonds, attacker, 100n);
      await as(vault, market).burn!(BUCKET.Bonds, 100n);
      await callsBack(vault, token, "sweepBurned", []);
      await vault.sweepBurned!();
      expect(await vault.totalLiabilities!()).to.equal(2_200n);
      expect(await token.balanceOf!(vault)).to.equal(2_200n);
    });
  });
});
