import { expect } from "chai";
import { network } from "hardhat";
import { getAddress, hashTypedData, zeroAddress } from "viem";
import { revertNameOf, revertOf } from "./support/reverts.ts";
import { channelEvents, deployChannels, signVoucher, type Voucher, voucherTypes } from "./support/vouchers.ts";

const { viem, networkHelpers } = await network.create();
const DELAY = 20n;
const HUGE = 2n ** 128n - 1n;

/** A payer with 100,000 units in the vault and a channel of 1,000 to the provider. */
async function given() {
  const system = await deployChannels(viem, DELAY);
  const { token, vault, channels, domain } = system;
  const [, payer, provider, other, outsider] = await viem.getWalletClients();
  await token.write.approve([vault.address, 10n ** 20n]);
  await vault.write.depositFor([payer!.account.address, 100_000n]);
  const as = (account: NonNullable<typeof payer>) => ({ account: account.account });
  const to = getAddress(provider!.account.address);
  const from = getAddress(payer!.account.address);
  await channels.write.fund([[to], [1_000n]], as(payer!));
  /** A voucher of the payer for the provider, of the first epoch unless told. */
  const sign = (cumulative: bigint, changes: Partial<Voucher> = {}, signer = payer!, at = domain) =>
    signVoucher(signer, at, { payer: from, provider: to, epoch: 0n, cumulative, ...changes });
  const earned = () => vault.read.freeOf([to]);
  const redeem = (...vouchers: Awaited<ReturnType<typeof sign>>[]) => channels.write.redeem([vouchers], as(outsider!));
  return {
    ...system,
    as,
    from,
    to,
    sign,
    earned,
    redeem,
    payer: payer!,
    provider: provider!,
    other: other!,
    outsider: outsider!,
  };
}

describe("PaymentChannels", () => {
  it("needs a close delay, and one that fits a block number", async () => {
    const { vault } = await networkHelpers.loadFixture(given);
    for (const delay of [0n, 2n ** 32n + 1n]) {
      expect(await revertNameOf(viem.deployContract("PaymentChannels", [vault.address, delay]))).to.equal(
        "ChannelsCloseDelay",
      );
    }
  });

  describe("fund", () => {
    it("opens and tops up many channels with one payment", async () => {
      const { channels, vault, as, payer, to, other, from } = await networkHelpers.loadFixture(given);
      await channels.write.fund(
        [
          [to, other.account.address, to],
          [10n, 20n, 30n],
        ],
        as(payer),
      );
      expect((await channels.read.channelOf([from, to])).deposit).to.equal(1_040n);
      expect((await channels.read.channelOf([from, other.account.address])).deposit).to.equal(20n);
      expect(await vault.read.totalOf([5])).to.equal(1_060n);
      expect(await vault.read.freeOf([from])).to.equal(98_940n);
    });

    it("spends no more than the payer's free balance, and nobody else's", async () => {
      const { channels, as, payer, outsider, to } = await networkHelpers.loadFixture(given);
      expect(await revertNameOf(channels.write.fund([[to], [99_001n]], as(payer)))).to.equal("VaultInsufficientFree");
      expect(await revertNameOf(channels.write.fund([[to], [1n]], as(outsider)))).to.equal("VaultInsufficientFree");
      expect(
        await revertNameOf(
          channels.write.fund(
            [
              [to, to],
              [HUGE, HUGE],
            ],
            as(payer),
          ),
        ),
      ).to.equal("Panic");
    });

    it("refuses lists of unequal length, and a channel to nobody", async () => {
      const { channels, as, payer, to } = await networkHelpers.loadFixture(given);
      expect(await revertOf(channels.write.fund([[to], [1n, 2n]], as(payer)))).to.deep.equal({
        name: "ChannelsLengthMismatch",
        args: [1n, 2n],
      });
      expect(await revertNameOf(channels.write.fund([[zeroAddress], [1n]], as(payer)))).to.equal(
        "ChannelsZeroProvider",
      );
    });
  });

  describe("redeem", () => {
    it("pays what a voucher adds to the one before, to the provider's account, whoever calls", async () => {
      const { publicClient, vault, from, to, sign, earned, redeem } = await networkHelpers.loadFixture(given);
      await redeem(await sign(300n));
      expect(await earned()).to.equal(300n);
      const hash = await redeem(await sign(450n));
      expect(await channelEvents(publicClient, "VoucherRedeemed", hash)).to.deep.equal([
        { payer: from, provider: to, epoch: 0n, cumulative: 450n, paid: 150n },
      ]);
      expect(await earned()).to.equal(450n);
      expect(await vault.read.totalOf([5])).to.equal(550n);
    });

    it("pays a voucher once, however often and in whatever order it comes", async () => {
      const { sign, earned, redeem } = await networkHelpers.loadFixture(given);
      const [small, large] = [await sign(300n), await sign(450n)];
      await redeem(small, small, large, small, large);
      await redeem(small, large);
      expect(await earned()).to.equal(450n);
    });

    it("pays no more than the deposit, and the rest after a top-up", async () => {
      const { channels, as, payer, to, sign, earned, redeem } = await networkHelpers.loadFixture(given);
      const voucher = await sign(1_500n);
      await redeem(voucher);
      expect(await earned()).to.equal(1_000n);
      await channels.write.fund([[to], [2_000n]], as(payer));
      await redeem(voucher);
      expect(await earned()).to.equal(1_500n);
    });

    it("returns what each voucher paid, and lets no bad one stop the good ones", async () => {
      const { channels, outsider, as, sign, earned } = await networkHelpers.loadFixture(given);
      const good = await sign(300n);
      const vouchers = [
        { ...good, signature: "0x" as const },
        await sign(400n, {}, outsider),
        good,
        await sign(0n),
        await sign(HUGE, { provider: zeroAddress }),
        await sign(310n),
      ];
      const { result } = await channels.simulate.redeem([vouchers], { account: outsider.account.address });
      expect(result).to.deep.equal([0n, 0n, 300n, 0n, 0n, 10n]);
      await channels.write.redeem([vouchers], as(outsider));
      expect(await earned()).to.equal(310n);
    });

    it("pays vouchers of many payers in one call", async () => {
      const { channels, vault, domain, as, other, to, sign, earned, redeem } = await networkHelpers.loadFixture(given);
      await vault.write.depositFor([other.account.address, 50n]);
      await channels.write.fund([[to], [50n]], as(other));
      await redeem(
        await sign(300n),
        await signVoucher(other, domain, { payer: other.account.address, provider: to, epoch: 0n, cumulative: 50n }),
      );
      expect(await earned()).to.equal(350n);
    });

    it("hashes vouchers as EIP-712 says", async () => {
      const { channels, domain, from, to } = await networkHelpers.loadFixture(given);
      const message = { payer: from, provider: to, epoch: 7n, cumulative: 9n };
      expect(await channels.read.hashVoucher([message])).to.equal(
        hashTypedData({ domain, types: voucherTypes, primaryType: "Voucher", message }),
      );
    });
  });

  describe("close", () => {
    it("returns the rest after the delay, and not a block before", async () => {
      const { channels, vault, publicClient, as, payer, from, to, sign, redeem } =
        await networkHelpers.loadFixture(given);
      await channels.write.startClose([to], as(payer));
      const closableAt = BigInt((await channels.read.channelOf([from, to])).closableAt);
      expect(closableAt).to.equal((await publicClient.getBlockNumber()) + DELAY);
      await redeem(await sign(400n));
      await networkHelpers.mineUpTo(closableAt - 2n);
      expect(await revertOf(channels.write.close([to], as(payer)))).to.deep.equal({
        name: "ChannelCloseTooEarly",
        args: [Number(closableAt), closableAt - 1n],
      });
      await networkHelpers.mineUpTo(closableAt - 1n);
      const hash = await channels.write.close([to], as(payer));
      expect(await channelEvents(publicClient, "ChannelClosed", hash)).to.deep.equal([
        { payer: from, provider: to, epoch: 0n, returned: 600n },
      ]);
      expect(await vault.read.freeOf([from])).to.equal(99_600n);
      expect(await vault.read.totalOf([5])).to.equal(0n);
      expect(await channels.read.channelOf([from, to])).to.deep.equal({
        deposit: 0n,
        redeemed: 0n,
        epoch: 1n,
        closableAt: 0,
      });
    });

    it("lets the provider redeem until the payer really closes", async () => {
      const { channels, as, payer, to, sign, earned, redeem } = await networkHelpers.loadFixture(given);
      await channels.write.startClose([to], as(payer));
      await networkHelpers.mine(DELAY * 3n);
      await redeem(await sign(700n));
      expect(await earned()).to.equal(700n);
    });

    it("needs a channel, a start, and only one", async () => {
      const { channels, as, payer, outsider, to } = await networkHelpers.loadFixture(given);
      expect(await revertNameOf(channels.write.close([to], as(payer)))).to.equal("ChannelNotClosing");
      expect(await revertNameOf(channels.write.startClose([to], as(outsider)))).to.equal("ChannelEmpty");
      await channels.write.startClose([to], as(payer));
      expect(await revertNameOf(channels.write.startClose([to], as(payer)))).to.equal("ChannelAlreadyClosing");
    });

    it("returns the rest once", async () => {
      const { channels, vault, as, payer, from, to } = await networkHelpers.loadFixture(given);
      await channels.write.startClose([to], as(payer));
      await networkHelpers.mine(DELAY);
      await channels.write.close([to], as(payer));
      expect(await revertNameOf(channels.write.close([to], as(payer)))).to.equal("ChannelNotClosing");
      expect(await revertNameOf(channels.write.startClose([to], as(payer)))).to.equal("ChannelEmpty");
      expect(await vault.read.freeOf([from])).to.equal(100_000n);
    });

    it("goes at once for the provider, who gets no more than it redeemed", async () => {
      const { channels, publicClient, vault, as, provider, outsider, from, to, sign, earned, redeem } =
        await networkHelpers.loadFixture(given);
      await redeem(await sign(400n));
      expect(await revertNameOf(channels.write.closeAsProvider([from], as(outsider)))).to.equal("ChannelEmpty");
      const hash = await channels.write.closeAsProvider([from], as(provider));
      expect(await channelEvents(publicClient, "ChannelClosed", hash)).to.deep.equal([
        { payer: from, provider: to, epoch: 0n, returned: 600n },
      ]);
      expect(await earned()).to.equal(400n);
      expect(await vault.read.freeOf([from])).to.equal(99_600n);
      expect(await revertNameOf(channels.write.closeAsProvider([from], as(provider)))).to.equal("ChannelEmpty");
    });
  });
});
