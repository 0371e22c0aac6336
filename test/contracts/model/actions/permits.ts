/** Deposits with a signed approval: good ones, used ones, and ones that never were. */
import { encodeFunctionData, type Hex, parseAbi } from "viem";
import { vaultAbi } from "../../../../node/consensus/abi.ts";
import { approve, depositWithPermit, type Permit, UNLIMITED, usePermit } from "../../../../node/data/model/tokens.ts";
import type { Random } from "../../../fixtures/random.ts";
import type { Actor } from "../cast.ts";
import { type Action, chance, encode, type Intent, pick, type World } from "../world.ts";
import { withVice } from "./money.ts";

const tokenAbi = parseAbi([
  "function permit(address owner, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s)",
  "function approve(address spender, uint256 amount)",
]);
const permitTypes = {
  Permit: [
    ...[{ name: "owner", type: "address" } as const, { name: "spender", type: "address" } as const],
    ...[{ name: "value", type: "uint256" } as const, { name: "nonce", type: "uint256" } as const],
    { name: "deadline", type: "uint256" },
  ],
} as const;

/** As `depositWithPermit` takes it. */
export interface SignedPermit {
  readonly amount: bigint;
  readonly deadline: bigint;
  readonly v: number;
  readonly r: Hex;
  readonly s: Hex;
}

export const depositing: Action = async (world, dice) => {
  const owner = pick(dice, world.cast.clients);
  const { permit, signed } = await somePermit(world, dice, owner);
  const stranger = chance(dice, 10) ? world.cast.outsider : undefined;
  const calls = withVice(world, dice, (token) => ({
    name: "depositWithPermit",
    ...encode(stranger ?? owner, world.addresses.vault, vaultAbi, "depositWithPermit", [owner.address, signed]),
    apply: (call) => depositWithPermit(call, token, owner.address, permit),
  }));
  return [...calls, ...approvingAgain(world, dice, owner)];
};

/** Mostly one that the token takes. */
export async function somePermit(world: World, dice: Random, owner: Actor) {
  const { token, vault, chainId } = world.addresses;
  const amount = pick(dice, [0n, 1n, 12_345n, 10n ** 7n, 10n ** 7n, 2n ** 128n]);
  const used = world.state.permits.get(owner.address) ?? 0n;
  const wrong = chance(dice, 20) ? pick(dice, ["signer", "value", "spender", "deadline", "nonce"] as const) : undefined;
  const deadline = wrong === "deadline" ? 1n : 2n ** 64n;
  const nonce = wrong === "nonce" ? used + 1n : used;
  const signer = wrong === "signer" ? world.cast.outsider : owner;
  const signature = await signer.account.signTypedData({
    domain: { name: "Hostile", version: "1", chainId, verifyingContract: token },
    types: permitTypes,
    primaryType: "Permit",
    message: {
      ...{ owner: owner.address, spender: wrong === "spender" ? world.cast.outsider.address : vault },
      ...{ value: wrong === "value" ? amount + 1n : amount, nonce, deadline },
    },
  });
  const [r, s]: Hex[] = [`0x${signature.slice(2, 66)}`, `0x${signature.slice(66, 130)}`];
  const signed: SignedPermit = { amount, deadline, v: Number(`0x${signature.slice(130)}`), r: r!, s: s! };
  const permit: Permit = { amount, nonce, good: wrong === undefined || wrong === "nonce" };
  return { permit, signed };
}

/** Whoever sees a permit may take it to the token first. */
export function usingPermit(world: World, owner: Actor, permit: Permit, signed: SignedPermit): Intent {
  const { amount, deadline, v, r, s } = signed;
  const { token, vault } = world.addresses;
  const args = [owner.address, vault, amount, deadline, v, r, s];
  return {
    name: "token: permit",
    ...encode(world.cast.outsider, token, tokenAbi, "permit", args),
    apply: (call) => usePermit(call, owner.address, permit),
  };
}

/** A permit takes the place of what was approved before; now and then its owner approves of everything once more. */
export function approvingAgain(world: World, dice: Random, { address, account }: Actor): Intent[] {
  if (!chance(dice, 70)) return [];
  const { token, vault } = world.addresses;
  const data = encodeFunctionData({ abi: tokenAbi, functionName: "approve", args: [vault, UNLIMITED] });
  const actor: Actor = { name: "owner", address, account, isContract: false };
  return [{ name: "token: approve", actor, to: token, data, apply: (call) => approve(call, address, UNLIMITED) }];
}
