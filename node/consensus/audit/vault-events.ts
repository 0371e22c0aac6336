// The vault's own events: balances and buckets, none of them ever below zero.

import type { Address, Hex } from "viem";
import { type Bucket, buckets } from "../vault.ts";
import { holds, same } from "./difference.ts";
import { post } from "./moves.ts";
import type { Scope } from "./scope.ts";
import type { Books, Handlers } from "./state.ts";

/** Where swept burns go (`Vault.DEAD`). */
export const DEAD: Address = "0x000000000000000000000000000000000000dEaD";

export const vaultEvents: Handlers = {
  Deposited(books, { account, amount }, scope) {
    addFree(books, account, amount);
    books.liabilities += amount;
    scope.deposited += amount;
  },
  Withdrawn(books, { account, to, amount }, scope, log) {
    addFree(books, account, -amount);
    books.liabilities -= amount;
    post(scope.moves.expected, `tokens sent to ${to}`, amount, log);
  },
  BurnsSwept(books, { amount }, scope, log) {
    let burned = 0n;
    for (const [key, held] of books.held) {
      if (!key.endsWith(" burned")) continue;
      burned += held;
      books.held.set(key, 0n);
    }
    same("burns swept", burned, amount);
    books.liabilities -= amount;
    post(scope.moves.expected, `tokens sent to ${DEAD}`, amount, log);
  },
  Locked(books, { module, bucket, account, amount }, scope, log) {
    addFree(books, account, -amount);
    addHeld(books, module, bucketOf(bucket), amount);
    post(scope.moves.found, `lock from ${account} into ${bucketOf(bucket)} of ${module}`, amount, log);
  },
  Released(books, { module, bucket, account, amount }, scope, log) {
    addHeld(books, module, bucketOf(bucket), -amount);
    addFree(books, account, amount);
    post(scope.moves.found, `release to ${account} from ${bucketOf(bucket)} of ${module}`, amount, log);
  },
  Shifted(books, { module, from, to, amount }, scope, log) {
    addHeld(books, module, bucketOf(from), -amount);
    addHeld(books, module, bucketOf(to), amount);
    post(scope.moves.found, `shift from ${bucketOf(from)} to ${bucketOf(to)} of ${module}`, amount, log);
  },
  Burned(books, { module, bucket, amount }, scope, log) {
    addHeld(books, module, bucketOf(bucket), -amount);
    addHeld(books, module, "burned", amount);
    post(scope.moves.found, `burn out of ${bucketOf(bucket)} of ${module}`, amount, log);
  },
};

/** A transfer of the token that the vault is a side of. */
export interface TokenTransfer {
  readonly transaction: Hex;
  readonly block: bigint;
  readonly from: Address;
  readonly to: Address;
  readonly value: bigint;
}

/** The token's own word on a transaction that the vault told of: what came in covers the deposits, what left was let go. */
export function moveTokens(books: Books, transfers: readonly TokenTransfer[], scope: Scope): void {
  const { vault } = books.rules.addresses;
  const log = scope.logs[0]!;
  let received = 0n;
  for (const { from, to, value } of transfers) {
    if (to === vault) received += value;
    if (from === vault) post(scope.moves.found, `tokens sent to ${to}`, value, log);
  }
  holds(received >= scope.deposited, "tokens received", `at least ${scope.deposited}`, received);
  books.tokens += netOf(transfers, vault);
}

/** A transaction without a word from the vault: a gift, which belongs to nobody, or the probe at deployment. */
export function giveTokens(books: Books, transfers: readonly TokenTransfer[]): void {
  const net = netOf(transfers, books.rules.addresses.vault);
  holds(net >= 0n, "tokens that left the vault without a word", "none", -net);
  books.tokens += net;
}

function netOf(transfers: readonly TokenTransfer[], vault: Address): bigint {
  return transfers.reduce(
    (sum, { from, to, value }) => sum + (to === vault ? value : 0n) - (from === vault ? value : 0n),
    0n,
  );
}

function bucketOf(index: number): Bucket {
  const found = buckets[index];
  holds(found !== undefined, "bucket", `below ${buckets.length}`, index);
  return found as Bucket;
}

function addFree(books: Books, account: Address, amount: bigint): void {
  const next = (books.free.get(account) ?? 0n) + amount;
  holds(next >= 0n, `free balance of ${account}`, "no less than nothing", next);
  books.free.set(account, next);
}

function addHeld(books: Books, module: Address, bucket: Bucket, amount: bigint): void {
  const key = `${module} ${bucket}` as const;
  const next = (books.held.get(key) ?? 0n) + amount;
  holds(next >= 0n, `${bucket} of ${module}`, "no less than nothing", next);
  books.held.set(key, next);
}
