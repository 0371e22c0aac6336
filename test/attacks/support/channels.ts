/** Channels with money in them, and vouchers, for the attacks on them. */
import { network } from "hardhat";
import { deployChannels, signVoucher, type Voucher } from "../../contracts/support/vouchers.ts";

export const { viem, networkHelpers } = await network.create();
export const DELAY = 20n;

/** Channels of 1,000 from the payer to the provider and to another one, and from another payer to the provider. */
export async function given() {
  const system = await deployChannels(viem, DELAY);
  const { token, vault, channels, domain } = system;
  const [, payer, provider, other, outsider] = (await viem.getWalletClients()) as [
    Wallet,
    Wallet,
    Wallet,
    Wallet,
    Wallet,
  ];
  const as = (wallet: Wallet) => ({ account: wallet.account });
  await token.write.approve([vault.address, 10n ** 20n]);
  for (const wallet of [payer, other]) await vault.write.depositFor([wallet.account.address, 10_000n]);
  const [from, to] = [payer.account.address, provider.account.address];
  await channels.write.fund(
    [
      [to, other.account.address],
      [1_000n, 1_000n],
    ],
    as(payer),
  );
  await channels.write.fund([[to], [1_000n]], as(other));
  const sign = (changes: Partial<Voucher> = {}, signer = payer, at = domain) =>
    signVoucher(signer, at, { payer: from, provider: to, epoch: 0n, cumulative: 500n, ...changes });
  const free = (wallet: Wallet) => vault.read.freeOf([wallet.account.address]);
  const redeem = (...vouchers: Awaited<ReturnType<typeof sign>>[]) => channels.write.redeem([vouchers], as(outsider));
  return { ...system, payer, provider, other, outsider, as, from, to, sign, free, redeem };
}
type Wallet = Awaited<ReturnType<typeof viem.getWalletClients>>[number];
