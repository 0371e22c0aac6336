/** Payers and providers of channels, with vouchers that are good, old, too high, of another epoch or forged. */
import { type Address, hashTypedData, zeroAddress } from "viem";
import { paymentChannelsAbi } from "../../../../node/consensus/abi.ts";
import { channelOf, close, closeAsProvider, fund, redeem, startClose } from "../../../../node/data/model/channels.ts";
import type { Random } from "../../../fixtures/random.ts";
import { voucherTypes } from "../../support/vouchers.ts";
import { signDigest } from "../cast.ts";
import { type Action, chance, encode, type Intent, pick, type World } from "../world.ts";

export const funding: Action = (world, dice) => {
  const actor = pick(dice, world.cast.clients);
  const fundings = Array.from({ length: dice.between(0, 3) }, () => ({
    provider: chance(dice, 96) ? pick(dice, world.cast.providers).address : zeroAddress,
    amount: pick(dice, [0n, 1n, 1_000n, 999_999n]),
  }));
  const args = [fundings.map(({ provider }) => provider), fundings.map(({ amount }) => amount)];
  return [
    {
      name: "fund",
      ...encode(actor, world.addresses.channels, paymentChannelsAbi, "fund", args),
      apply: (call) => fund(call, fundings),
      spends: [[actor.address, fundings.reduce((sum, { amount }) => sum + amount, 0n)]],
    },
  ];
};

export const closing: Action = (world, dice) => {
  const { payer, provider } = someChannel(world, dice);
  const { closableAt } = channelOf(world.state, payer.address, provider.address);
  const kind = pick(dice, [
    "startClose",
    closableAt === 0n ? "startClose" : "close",
    "close",
    "closeAsProvider",
  ] as const);
  const actor = kind === "closeAsProvider" ? provider : payer;
  const other = kind === "closeAsProvider" ? payer.address : provider.address;
  const apply: Intent["apply"] = (call) => ({ startClose, close, closeAsProvider })[kind](call, other);
  return [{ name: kind, ...encode(actor, world.addresses.channels, paymentChannelsAbi, kind, [other]), apply }];
};

/** Signs some, and redeems some of all that were ever signed. */
export const redeeming: Action = async (world, dice) => {
  for (let i = dice.between(0, 2); i > 0; i--) world.memory.vouchers.push(await someVoucher(world, dice));
  const { vouchers } = world.memory;
  if (vouchers.length === 0) return [];
  const some = Array.from({ length: dice.between(1, 4) }, () => pick(dice, vouchers.slice(-12)));
  const actor = pick(dice, world.cast.everybody);
  const args = [some.map(({ signature, signed: _, ...voucher }) => ({ voucher, signature }))];
  return [
    {
      name: "redeem",
      ...encode(actor, world.addresses.channels, paymentChannelsAbi, "redeem", args),
      apply: (call) => void redeem(call, some),
    },
  ];
};

function someChannel({ state, cast }: World, dice: Random) {
  const known = [...state.channels.keys()];
  if (known.length === 0 || chance(dice, 10)) {
    return { payer: pick(dice, cast.clients), provider: pick(dice, cast.providers) };
  }
  const [payer, provider] = pick(dice, known).split("/");
  const actor = (address?: string) => cast.everybody.find((actor) => actor.address === address);
  return { payer: actor(payer)!, provider: actor(provider) ?? cast.outsider };
}

async function someVoucher(world: World, dice: Random): Promise<World["memory"]["vouchers"][number]> {
  const { payer, provider } = someChannel(world, dice);
  const { deposit, redeemed, epoch } = channelOf(world.state, payer.address, provider.address);
  const message = {
    ...{ payer: payer.address as Address, provider: provider.address },
    epoch: chance(dice, 90) ? epoch : epoch + 1n,
    cumulative: pick(dice, [0n, redeemed, redeemed + 1n, (redeemed + deposit) / 2n, deposit, deposit + 1_000n]),
  };
  const { chainId, channels: verifyingContract } = world.rules;
  const domain = { name: "Holdfast PaymentChannels", version: "1", chainId, verifyingContract };
  const digest = hashTypedData({ domain, types: voucherTypes, primaryType: "Voucher", message });
  const forged = chance(dice, 8);
  return { ...message, signature: await signDigest(forged ? world.cast.outsider : payer, digest), signed: !forged };
}
