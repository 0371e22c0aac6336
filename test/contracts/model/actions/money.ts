/** Deposits, withdrawals and the sweep of what was burned, with a token that misbehaves now and then. */
import { type Address, encodeFunctionData, type Hex, zeroAddress } from "viem";
import { spacetimeProofsAbi, vaultAbi } from "../../../../node/consensus/abi.ts";
import { type Call, refuse, requireThat } from "../../../../node/data/model/call.ts";
import { account } from "../../../../node/data/model/spacetime.ts";
import { deposit, sweepBurned, type Token, vices, withdraw } from "../../../../node/data/model/tokens.ts";
import { freeOf } from "../../../../node/data/model/vault.ts";
import type { Random } from "../../../fixtures/random.ts";
import { hostileAbi } from "../deployment.ts";
import { type Action, chance, encode, type Intent, pick, type World } from "../world.ts";

export const depositing: Action = (world, dice) => {
  const actor = pick(
    dice,
    world.cast.everybody.filter(({ isContract }) => !isContract),
  );
  const to = chance(dice, 95) ? pick(dice, world.cast.everybody).address : zeroAddress;
  const amount = pick(dice, [0n, 1n, 99n, 12_345n, 10n ** 9n, 2n ** 128n]);
  return withVice(world, dice, (token) => ({
    name: "depositFor",
    ...encode(actor, world.addresses.vault, vaultAbi, "depositFor", [to, amount]),
    apply: (call) => {
      requireThat(to !== zeroAddress, "VaultZeroAddress");
      deposit(call, token, to, amount);
    },
  }));
};

export const withdrawing: Action = (world, dice) => {
  const actor = pick(dice, world.cast.everybody);
  const free = freeOf(world.state, actor.address);
  const amount = pick(dice, [0n, 1n, free / 1000n, free / 1000n, free + 1n]);
  const to = chance(dice, 80) ? actor.address : pick(dice, [zeroAddress, world.cast.outsider.address]);
  return withVice(world, dice, (token) => ({
    name: "withdraw",
    ...encode(actor, world.addresses.vault, vaultAbi, "withdraw", [amount, to]),
    apply: (call) => {
      requireThat(to !== zeroAddress, "VaultZeroAddress");
      withdraw(call, token, to, amount);
    },
    spends: [[actor.address, amount]],
  }));
};

export const sweepingBurned: Action = (world, dice) =>
  withVice(world, dice, (token) => ({
    name: "sweepBurned",
    ...encode(pick(dice, world.cast.everybody), world.addresses.vault, vaultAbi, "sweepBurned", []),
    apply: (call) => sweepBurned(call, token),
  }));

/** A stranger's gift belongs to nobody. */
export const giving: Action = (world) => {
  const { token, vault } = world.addresses;
  const abi = [{ type: "function", name: "transfer", inputs: [{ type: "address" }, { type: "uint256" }], outputs: [] }];
  return [
    {
      name: "transfer to the vault",
      ...encode(world.cast.deployer, token, abi, "transfer", [vault, 1n]),
      apply: ({ state }) => {
        const { address } = world.cast.deployer;
        state.tokens.set(address, state.tokens.get(address)! - 1n);
        state.tokens.set(vault, state.tokens.get(vault)! + 1n);
      },
    },
  ];
};

/** Turns the token, runs the call, and turns it back. */
export function withVice(world: World, dice: Random, intent: (token: Token) => Intent): Intent[] {
  const { token: address, vault } = world.addresses;
  const vice = chance(dice, 75) ? "None" : pick(dice, vices);
  if (vice === "None") return [intent({ vice, address, vault })];
  const turn = (name: string, ...args: unknown[]): Intent => ({
    name: `token: ${name}`,
    ...encode(world.cast.deployer, address, hostileAbi, name, args),
    apply: () => undefined,
  });
  const back = turn("turn", 0);
  if (vice !== "CallsBack") return [turn("turn", vices.indexOf(vice)), intent({ vice, address, vault }), back];
  const { to, data, callBack } = nested(world, dice);
  return [turn("callBack", to, data), intent({ vice, address, vault, callBack }), back];
}

/** What the token calls while it moves: the vault's guarded half refuses it, and any other contract may answer. */
function nested({ addresses, cast }: World, dice: Random): { to: Address; data: Hex; callBack: (call: Call) => void } {
  const { vault, spacetime } = addresses;
  const guarded = () => refuse("ReentrancyGuardReentrantCall");
  switch (dice.between(0, 2)) {
    case 0:
      return { to: vault, data: encodeFunctionData({ abi: vaultAbi, functionName: "sweepBurned" }), callBack: guarded };
    case 1: {
      const data = encodeFunctionData({ abi: vaultAbi, functionName: "withdraw", args: [0n, vault] });
      return { to: vault, data, callBack: guarded };
    }
    default: {
      const { address } = pick(dice, cast.providers);
      const args = [address, 1000n] as const;
      const data = encodeFunctionData({ abi: spacetimeProofsAbi, functionName: "account", args });
      return { to: spacetime, data, callBack: (call) => account(call, address, 1000) };
    }
  }
}
