/** What an attacker has, and what it has won or lost by a play. */
import type { Contract } from "ethers";

type Books = { readonly vault: Contract; readonly registry: Contract };
type Account = { readonly address: string };

/**
 * Free balances and stakes of accounts together, in base units. Collateral, escrow, deposits and bonds are money on the table:
 * a play is over when the attacker has back what it can get back.
 */
export async function wealth({ vault, registry }: Books, ...accounts: readonly Account[]): Promise<bigint> {
  let sum = 0n;
  for (const { address } of accounts) {
    sum += ((await vault.freeOf!(address)) as bigint) + ((await registry.stakeOf!(address)) as bigint);
  }
  return sum;
}

/** What `play` was worth to the accounts together. */
export async function payoff(
  books: Books,
  accounts: readonly Account[],
  play: () => Promise<unknown>,
): Promise<bigint> {
  const before = await wealth(books, ...accounts);
  await play();
  return (await wealth(books, ...accounts)) - before;
}
