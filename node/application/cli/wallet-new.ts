import { createKeystore } from "../../consensus/keystore.ts";
import type { Command } from "./command.ts";
import { keystorePath } from "./session.ts";

export const walletNew: Command = {
  name: "wallet new",
  summary: "Make a new key, encrypted with a password, in the data folder.",
  usage: "[--password-file FILE]",
  example: "holdfast wallet new --data ./alice --password-file ./alice.password",
  options: {},
  async run({ settings }, io) {
    const keystore = keystorePath(settings);
    const { account } = await createKeystore(keystore, await io.password(settings, { confirm: true }));
    return {
      text: `${account.address}\nThe key is in ${keystore}; without its password it is lost.`,
      data: { address: account.address, keystore },
    };
  },
};
