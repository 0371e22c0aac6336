// The recovery phrase: 24 English words (BIP-39) from which the one key of a party follows (BIP-32, m/44'/60'/0'/0/0, as every
// Ethereum wallet derives it). Everything that a client owns follows from that key, the chain and the providers.

import { english, generateMnemonic, mnemonicToAccount } from "viem/accounts";
import { HoldfastError } from "../common/errors.ts";
import { toHex } from "../common/hex.ts";
import { sha256 } from "../common/sha256.ts";
import { type Wallet, walletOf } from "./keystore.ts";

/** 24 words: 256 bits. */
export function newPhrase(): string {
  return generateMnemonic(english, 256);
}

/**
 * The key of a phrase, however it is spaced and capitalised. Throws `BAD_PHRASE`, which never repeats a word: a phrase with a
 * wrong one would open another, empty wallet.
 */
export function walletOfPhrase(text: string): Wallet {
  const words = text.normalize("NFKD").trim().toLowerCase().split(/\s+/);
  const indices = words.map((word) => english.indexOf(word));
  const unknown = indices.indexOf(-1);
  if (![12, 15, 18, 21, 24].includes(words.length)) {
    throw bad(`A recovery phrase has 12 to 24 words, this has ${text.trim() === "" ? 0 : words.length}.`);
  }
  if (unknown !== -1)
    throw bad(`Word ${unknown + 1} of the phrase is none of the 2,048 English words; check its spelling.`);
  if (!hasChecksum(indices)) throw bad("The words do not belong together: one is wrong, or two have changed places.");
  const { privateKey } = mnemonicToAccount(words.join(" ")).getHdKey();
  return walletOf(toHex(privateKey!));
}

function bad(sentence: string): HoldfastError {
  return new HoldfastError("BAD_PHRASE", sentence);
}

/** The last bits are the first of the SHA-256 of all others, one for every 32. */
function hasChecksum(indices: readonly number[]): boolean {
  const bits = indices.map((index) => index.toString(2).padStart(11, "0")).join("");
  const entropyBits = (bits.length / 33) * 32;
  const entropy = Uint8Array.from({ length: entropyBits / 8 }, (_, i) =>
    Number.parseInt(bits.slice(8 * i, 8 * i + 8), 2),
  );
  const digest = [...sha256(entropy)].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return bits.slice(entropyBits) === digest.slice(0, bits.length - entropyBits);
}
