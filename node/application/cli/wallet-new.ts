import { text as readAll } from "node:stream/consumers";
import { createKeystore, readPhraseFile, type Wallet } from "../../consensus/keystore.ts";
import { newPhrase, walletOfPhrase } from "../../consensus/phrase.ts";
import { type Command, stringOption } from "./command.ts";
import { keystorePath } from "./session.ts";
import { UsageError } from "./usage-error.ts";

export const walletNew: Command = {
  name: "wallet new",
  summary: "Make a new key, encrypted with a password, in the data folder; or take the one of a recovery phrase.",
  usage: "[--phrase | --phrase-file FILE] [--password-file FILE]",
  example: [
    "holdfast wallet new --phrase --home ./alice --password-file ./alice.password",
    "holdfast wallet new --phrase-file ./words --home ./new-laptop && holdfast client restore --home ./new-laptop",
  ].join("\n"),
  options: {
    phrase: { type: "boolean", description: "make a recovery phrase and print it: it is all that a restore needs" },
    "phrase-file": {
      type: "string",
      placeholder: "FILE",
      description: "the key of the recovery phrase in FILE, or on stdin if FILE is -",
    },
  },
  async run(args, io) {
    const { settings } = args;
    const file = stringOption(args, "phrase-file");
    if (file !== undefined && args.values.phrase === true) {
      throw new UsageError("wallet new takes --phrase or --phrase-file, not both");
    }
    const phrase = args.values.phrase === true ? newPhrase() : undefined;
    const wallet = phrase === undefined ? await walletOfFile(file) : walletOfPhrase(phrase);
    const keystore = keystorePath(settings);
    const password = await io.password(settings, { confirm: true });
    const { account } = await createKeystore(keystore, password, wallet?.privateKey);
    const { address } = account;
    if (phrase === undefined) {
      const loss = wallet === undefined ? "without its password it is lost" : "its phrase restores it";
      return { text: `${address}\nThe key is in ${keystore}; ${loss}.`, data: { address, keystore } };
    }
    const advice = `The key is in ${keystore}. Write these words down: they alone restore it, and everything it stores.`;
    return { text: [address, advice, phrase].join("\n"), data: { address, keystore, phrase } };
  },
};

async function walletOfFile(file: string | undefined): Promise<Wallet | undefined> {
  if (file === undefined) return undefined;
  return walletOfPhrase(file === "-" ? await readAll(process.stdin) : await readPhraseFile(file));
}
