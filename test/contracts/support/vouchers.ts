/** Vouchers as payers sign them, and a vault with channels to spend them on. */
import type { HardhatViemHelpers } from "@nomicfoundation/hardhat-viem/types";
import { type Address, getContractAddress, type Hex, type PublicClient, parseEventLogs } from "viem";
import { paymentChannelsAbi } from "../../../node/consensus/abi.ts";

export const voucherTypes = {
  Voucher: [
    { name: "payer", type: "address" },
    { name: "provider", type: "address" },
    { name: "epoch", type: "uint64" },
    { name: "cumulative", type: "uint128" },
  ],
} as const;

export type Voucher = { payer: Address; provider: Address; epoch: bigint; cumulative: bigint };
export type Domain = { name: string; version: string; chainId: number; verifyingContract: Address };
type WalletClient = Awaited<ReturnType<HardhatViemHelpers["getWalletClients"]>>[number];

export async function signVoucher(
  signer: WalletClient,
  domain: Domain,
  voucher: Voucher,
): Promise<{ voucher: Voucher; signature: Hex }> {
  const signature = await signer.signTypedData({
    account: signer.account,
    domain,
    types: voucherTypes,
    primaryType: "Voucher",
    message: voucher,
  });
  return { voucher, signature };
}

/** A token, a vault whose only module is the channels, and the channels; the first account is the deployer. */
export async function deployChannels(viem: HardhatViemHelpers, closeDelay: bigint) {
  const publicClient = await viem.getPublicClient();
  const [deployer] = await viem.getWalletClients();
  const from = deployer!.account.address;
  const token = await viem.deployContract("HoldfastToken", [10n ** 24n]);
  const nonce = BigInt(await publicClient.getTransactionCount({ address: from }));
  await token.write.approve([getContractAddress({ from, nonce: nonce + 1n }), 1000n]);
  const vault = await viem.deployContract("Vault", [token.address, [getContractAddress({ from, nonce: nonce + 2n })]]);
  const channels = await viem.deployContract("PaymentChannels", [vault.address, closeDelay]);
  const domain: Domain = {
    name: "Holdfast PaymentChannels",
    version: "1",
    chainId: await publicClient.getChainId(),
    verifyingContract: channels.address,
  };
  return { token, vault, channels, domain, publicClient };
}

/** Arguments of the channels' events of one name in a transaction. */
export async function channelEvents(
  publicClient: PublicClient,
  eventName: "ChannelFunded" | "VoucherRedeemed" | "ChannelClosing" | "ChannelClosed",
  hash: Hex,
): Promise<readonly unknown[]> {
  const { logs } = await publicClient.getTransactionReceipt({ hash });
  return parseEventLogs({ abi: paymentChannelsAbi, eventName, logs }).map(({ args }) => args);
}
