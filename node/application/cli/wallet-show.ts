import { formatAmount } from "../../common/amounts.ts";
import { keystoreAddress } from "../../consensus/keystore.ts";
import { readPurse } from "../../interface/client/purse.ts";
import type { Command } from "./command.ts";
import { connectReader, keystorePath } from "./session.ts";

export const walletShow: Command = {
  name: "wallet show",
  summary: "Show the address of the data folder's key and, with --rpc and --market, what it owns.",
  usage: "[--rpc URL --market ADDRESS]",
  example: "holdfast wallet show --home ./alice --rpc http://127.0.0.1:8545 --market 0x...",
  options: {},
  async run({ settings }) {
    const address = await keystoreAddress(keystorePath(settings));
    if (settings.rpcUrl === undefined || settings.market === undefined) return { text: address, data: { address } };
    const chain = await connectReader(settings);
    const { ether, tokens, free, channels } = await readPurse(chain, address);
    const inChannels = channels.reduce((sum, { deposit, redeemed }) => sum + deposit - redeemed, 0n);
    return {
      text: [
        address,
        `  ${formatAmount(ether)} ether for gas`,
        `  ${formatAmount(tokens)} tokens in the wallet`,
        `  ${formatAmount(free)} tokens free in the vault`,
        `  ${formatAmount(inChannels)} tokens in ${channels.length} payment channels`,
      ].join("\n"),
      data: { address, ether, tokens, free, channels },
    };
  },
};
