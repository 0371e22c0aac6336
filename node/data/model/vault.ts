/** The vault of the model: every base unit in it is some account's or in some module's bucket (contracts/Vault.sol). */
import type { Address } from "viem";
import { type Call, put, requireThat } from "./call.ts";
import type { HeldBucket, Module, State } from "./state.ts";

const MAX_TOTAL = 2n ** 128n - 1n;

export function freeOf({ free }: State, account: Address): bigint {
  return free.get(account) ?? 0n;
}

export function heldBy({ held }: State, module: Module, bucket: HeldBucket): bigint {
  return held.get(`${module}/${bucket}`) ?? 0n;
}

/** What the vault owes: all accounts and buckets. */
export function liabilitiesOf({ free, held }: State): bigint {
  let total = 0n;
  for (const amount of free.values()) total += amount;
  for (const amount of held.values()) total += amount;
  return total;
}

/** ANYONE: into `account`'s account; the token has moved. */
export function credit(call: Call, account: Address, amount: bigint): void {
  requireThat(liabilitiesOf(call.state) + amount <= MAX_TOTAL, "VaultFull");
  addFree(call, account, amount);
}

/** The caller's free balance leaves; the token has still to move. */
export function debit(call: Call, amount: bigint): void {
  takeFree(call, call.caller, amount);
}

/** All that was burned leaves; the token has still to move. */
export function takeBurned(call: Call): bigint {
  let total = 0n;
  for (const [key, amount] of call.state.held) {
    if (!key.endsWith("/Burned")) continue;
    total += amount;
    put(call, call.state.held, key, 0n);
  }
  return total;
}

/** MODULE: from `account`'s free balance into the module's bucket. */
export function lock(call: Call, module: Module, bucket: HeldBucket, account: Address, amount: bigint): void {
  if (amount === 0n) return;
  takeFree(call, account, amount);
  addHeld(call, module, bucket, amount);
}

/** MODULE: from the module's bucket to `account`'s free balance. */
export function release(call: Call, module: Module, bucket: HeldBucket, account: Address, amount: bigint): void {
  if (amount === 0n) return;
  takeHeld(call, module, bucket, amount);
  addFree(call, account, amount);
}

/** MODULE: between two of its buckets. */
export function shift(call: Call, module: Module, from: HeldBucket, to: HeldBucket, amount: bigint): void {
  if (amount === 0n) return;
  takeHeld(call, module, from, amount);
  addHeld(call, module, to, amount);
}

/** MODULE: for good. */
export function burn(call: Call, module: Module, bucket: HeldBucket, amount: bigint): void {
  shift(call, module, bucket, "Burned", amount);
}

function addFree(call: Call, account: Address, amount: bigint): void {
  if (amount !== 0n) put(call, call.state.free, account, freeOf(call.state, account) + amount);
}

function takeFree(call: Call, account: Address, amount: bigint): void {
  const free = freeOf(call.state, account);
  requireThat(free >= amount, "VaultInsufficientFree");
  addFree(call, account, -amount);
}

function addHeld(call: Call, module: Module, bucket: HeldBucket, amount: bigint): void {
  put(call, call.state.held, `${module}/${bucket}`, heldBy(call.state, module, bucket) + amount);
}

function takeHeld(call: Call, module: Module, bucket: HeldBucket, amount: bigint): void {
  requireThat(heldBy(call.state, module, bucket) >= amount, "VaultInsufficientHeld");
  addHeld(call, module, bucket, -amount);
}
