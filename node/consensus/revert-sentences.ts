// What the reverts that people meet mean, and what to do. Errors that are not listed are spelled out from their ABI.

type Args = Readonly<Record<string, unknown>>;

/** By Solidity error name. */
export const revertSentences: Readonly<Record<string, (args: Args) => string>> = {
  ERC20InsufficientBalance: ({ sender, balance, needed }) =>
    `${sender} has ${balance} base units of the token where ${needed} are needed; get tokens first.`,
};
