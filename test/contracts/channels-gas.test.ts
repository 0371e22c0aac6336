import { expect } from "chai";
import { network } from "hardhat";
import { deployChannels, signVoucher } from "./support/vouchers.ts";

// Ceiling of the market issue.
describe("PaymentChannels gas", () => {
  it("redeems a voucher again for at most 60,000", async () => {
    const { viem } = await network.create();
    const { token, vault, channels, domain, publicClient } = await deployChannels(viem, 20n);
    const [, payer, provider] = await viem.getWalletClients();
    const [from, to] = [payer!.account.address, provider!.account.address];
    await token.write.approve([vault.address, 1_000n]);
    await vault.write.depositFor([from, 1_000n]);
    await channels.write.fund([[to], [1_000n]], { account: payer!.account });
    const redeem = async (cumulative: bigint) => {
      const voucher = { payer: from, provider: to, epoch: 0n, cumulative };
      const hash = await channels.write.redeem([[await signVoucher(payer!, domain, voucher)]]);
      return publicClient.getTransactionReceipt({ hash });
    };
    await redeem(100n);
    const { gasUsed } = await redeem(200n);
    console.log(`      redeem again ${gasUsed}`);
    expect(await vault.read.freeOf([to])).to.equal(200n);
    expect(gasUsed <= 60_000n).to.equal(true);
  });
});
