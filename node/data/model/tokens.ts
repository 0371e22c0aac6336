/**
 * Deposits and withdrawals of the model, with a token that may misbehave in the ways that tokens do: the vault compares its
 * own balance before and after, and takes back whatever does not fit.
 */
import type { Address } from "viem";
import { attempt, type Call, put, requireThat } from "./call.ts";
import { credit, debit, takeBurned } from "./vault.ts";

/** In the order of contracts/mocks/HostileToken.sol. */
export const vices = ["None", "FeeFromReceiver", "FeeFromSender", "ReturnsFalse", "Lies", "CallsBack"] as const;
export type Vice = (typeof vices)[number];

export interface Token {
  readonly vice: Vice;
  /** What it calls while it moves, and whether that went through. */
  readonly callBack?: (call: Call) => void;
  /** The token itself, which is the caller of its call back. */
  readonly address: Address;
  readonly vault: Address;
}

/** An allowance that is not used up. */
export const UNLIMITED = 2n ** 256n - 1n;

/** Where burned tokens go. */
export const DEAD: Address = "0x000000000000000000000000000000000000dEaD";

export function tokensOf({ state }: Pick<Call, "state">, owner: Address): bigint {
  return state.tokens.get(owner) ?? 0n;
}

/** A signed approval of the vault (ERC-2612). */
export interface Permit {
  readonly amount: bigint;
  /** How many the owner had used when it signed this one. */
  readonly nonce: bigint;
  /** Signed by the owner, for the vault and this amount, and not expired. */
  readonly good: boolean;
}

/** ANYONE, with what `owner` signed; refused like the token's own errors, by the one name for all that is wrong with it. */
export function usePermit(call: Call, owner: Address, { amount, nonce, good }: Permit): void {
  const used = call.state.permits.get(owner) ?? 0n;
  requireThat(good && nonce === used, "ERC2612");
  put(call, call.state.permits, owner, used + 1n);
  approve(call, owner, amount);
}

/** The owner's word for what the vault may pull from it. */
export function approve(call: Call, owner: Address, amount: bigint): void {
  put(call, call.state.allowances, owner, amount);
}

/** OWNER, or the market in its name: a permit that is used already or never was one changes nothing; then the vault pulls. */
export function depositWithPermit(call: Call, token: Token, owner: Address, permit: Permit): void {
  requireThat(call.caller === owner, "VaultNotOwnerOrModule");
  if (permit.amount === 0n) return;
  attempt(call, (inner) => usePermit(inner, owner, permit));
  deposit(call, token, owner, permit.amount);
}

/** ANYONE: pulls `amount` from the caller into `account`'s account. */
export function deposit(call: Call, token: Token, account: Address, amount: bigint): void {
  const before = tokensOf(call, token.vault);
  spendAllowance(call, call.caller, amount);
  move(call, token, call.caller, token.vault, amount);
  requireThat(tokensOf(call, token.vault) === before + amount, "VaultTokenDelta");
  credit(call, account, amount);
}

/** CLIENT, PROVIDER: sends free balance out. */
export function withdraw(call: Call, token: Token, to: Address, amount: bigint): void {
  debit(call, amount);
  push(call, token, to, amount);
}

/** ANYONE: sends what was burned to the dead address. */
export function sweepBurned(call: Call, token: Token): void {
  push(call, token, DEAD, takeBurned(call));
}

function spendAllowance(call: Call, owner: Address, amount: bigint): void {
  const allowed = call.state.allowances.get(owner) ?? 0n;
  if (allowed === UNLIMITED) return;
  requireThat(allowed >= amount, "ERC20InsufficientAllowance");
  approve(call, owner, allowed - amount);
}

function push(call: Call, token: Token, to: Address, amount: bigint): void {
  const before = tokensOf(call, token.vault);
  move(call, token, token.vault, to, amount);
  requireThat(tokensOf(call, token.vault) + amount === before, "VaultTokenDelta");
}

function move(call: Call, { vice, callBack, address }: Token, from: Address, to: Address, amount: bigint): void {
  if (vice === "ReturnsFalse") requireThat(false, "SafeERC20FailedOperation");
  if (vice === "Lies") return;
  if (vice === "CallsBack" && callBack) attempt({ ...call, caller: address }, callBack);
  add(call, from, -amount);
  add(call, to, amount);
  if (vice === "FeeFromReceiver") add(call, to, -(amount / 100n));
  if (vice === "FeeFromSender") add(call, from, -(amount / 100n));
}

function add(call: Call, owner: Address, amount: bigint): void {
  const left = tokensOf(call, owner) + amount;
  requireThat(left >= 0n, "ERC20InsufficientBalance");
  put(call, call.state.tokens, owner, left);
}
