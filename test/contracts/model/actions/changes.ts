/** Clients, stewards and providers that change deals which go on, with signatures that fit and some that do not. */
import { type Hex, hashTypedData, numberToHex, zeroAddress, zeroHash } from "viem";
import { storageMarketAbi } from "../../../../node/consensus/abi.ts";
import {
  extensionTypes,
  type HandOver,
  handOverTypes,
  type StewardGrant,
} from "../../../../node/data/change-messages.ts";
import { paymentOf, windowsLeft } from "../../../../node/data/changes.ts";
import * as model from "../../../../node/data/model/changes.ts";
import { priceLimit } from "../../../../node/data/model/spacetime.ts";
import { type Deal, type FilledSlot, providerOf } from "../../../../node/data/model/state.ts";
import { type Filling, marketDomain, type Offer, offerDigest, offerStructHash } from "../../../../node/data/terms.ts";
import type { Random } from "../../../fixtures/random.ts";
import { type Actor, signDigest } from "../cast.ts";
import { type Action, chance, encode, type Intent, pick, type World } from "../world.ts";
import { actorAt, freshWord, signatureOf } from "./deals.ts";
import { someFilling } from "./slots.ts";

type Spends = Intent["spends"];

export const extending: Action = async (world, dice) => {
  const found = someSlot(world, dice, ({ slot }) => slot.status === "Active");
  if (found === undefined) return [];
  const { filling, slot } = found;
  const old = filling.offer;
  const { m, price, collateral } = old;
  const offer: Offer = {
    ...renewed(world, dice, old),
    price: pick(dice, [price, price + 1n, price / 2n, priceLimit(world.rules, m)]),
    collateral: pick(dice, [collateral, collateral, collateral + 12_345n]),
    ...(chance(dice, 5) ? pick(dice, misplaced(world, old)) : {}),
  };
  const until = filling.firstWindow + slot.end + pick(dice, [1, 5, 25, 60, 0, -1, 70_000]);
  const extension = { offer, until };
  const { chainId, market } = world.rules;
  const message = { domain: marketDomain(chainId, market), types: extensionTypes, primaryType: "Extension" } as const;
  const { signature, isSigned } = await sign(
    world,
    dice,
    old.provider,
    hashTypedData({ ...message, message: extension }),
  );
  const actor = by(world, dice, actorAt(world, old.client));
  const left = BigInt(slot.end - slot.settled);
  const added = BigInt(Math.max(until - filling.firstWindow - slot.end, 0));
  const fresh = added * offer.price + (offer.price > price ? left * (offer.price - price) : 0n);
  const maxPayment = payable(world, dice, { held: left * price, needed: (left + added) * offer.price, fresh });
  return [
    {
      name: "extend",
      ...encode(actor, world.addresses.market, storageMarketAbi, "extend", [
        filling,
        { extension, signature },
        maxPayment,
      ]),
      apply: (call) => model.extend(call, filling, { extension, signed: isSigned() }, maxPayment),
      spends: spendsOf([old.client, maxPayment], [old.provider, offer.collateral - collateral]),
    },
  ];
};

export const toppingUp: Action = (world, dice) => {
  const filling = someFilling(world, dice);
  if (filling === undefined) return [];
  const added = pick(dice, [0n, 1n, 54_321n, 2n ** 105n]);
  const actor = by(world, dice, actorAt(world, filling.offer.provider));
  return [
    {
      name: "topUp",
      ...encode(actor, world.addresses.market, storageMarketAbi, "topUp", [filling, added]),
      apply: (call) => model.topUp(call, filling, added),
      spends: [[actor.address, added]],
    },
  ];
};

export const refilling: Action = async (world, dice) => {
  const found = someSlot(world, dice, ({ slot }) => slot.status !== "Active" && windowsLeft(slot) > 0);
  if (found === undefined) return [];
  const { filling, slot } = found;
  const old = filling.offer;
  const { address } = pick(dice, world.cast.providers);
  // Other bytes are a refill like any, but these are nobody's: their provider could not answer for them.
  const elsewhere = misplaced(world, old).filter(({ dataRoot }) => dataRoot === undefined);
  const offer: Offer = {
    ...renewed(world, dice, { ...old, provider: address, generation: old.generation + 1 }),
    ...{ root: freshWord(world, "root"), price: pick(dice, [old.price, old.price, old.price / 2n, old.price + 1n]) },
    collateral: pick(dice, [old.collateral, old.collateral, old.collateral + 1n, old.collateral / 2n]),
    ...(chance(dice, 6) ? pick(dice, [...elsewhere, { root: numberToHex(2n ** 256n - 1n) }]) : {}),
  };
  const deal = world.state.deals.get(old.dealKey)!;
  const current = othersOf(world, dice, filling);
  const { signature, isSigned } = await signOffer(world, dice, offer);
  const actor = approver(world, dice, deal);
  const left = BigInt(windowsLeft(slot));
  const maxPayment = payable(world, dice, repriced(old, offer, left));
  const { salt, terms } = deal;
  const args = [filling, salt, terms, current, { offer, signature }, maxPayment];
  return [
    {
      name: "refill",
      ...encode(actor, world.addresses.market, storageMarketAbi, "refill", args),
      apply: (call) =>
        model.refill(call, filling, { salt, terms, current, replacement: { offer, signed: isSigned() }, maxPayment }),
      spends: spendsOf(
        [old.client, actor.address === old.client ? maxPayment : 0n],
        [offer.provider, offer.collateral],
      ),
    },
  ];
};

export const handingOver: Action = async (world, dice) => {
  const found = someSlot(world, dice, ({ slot }) => slot.status === "Active");
  if (found === undefined) return [];
  const { filling, slot } = found;
  const old = filling.offer;
  const { address } = pick(dice, world.cast.providers);
  const offer: Offer = {
    ...renewed(world, dice, { ...old, provider: address }),
    price: pick(dice, [old.price, old.price, old.price / 2n, old.price + 1n]),
    collateral: pick(dice, [old.collateral, old.collateral, old.collateral + 1n, 0n]),
    ...(chance(dice, 5) ? pick(dice, misplaced(world, old)) : {}),
  };
  const deal = world.state.deals.get(old.dealKey)!;
  const current = othersOf(world, dice, filling);
  const { signature, isSigned } = await signOffer(world, dice, offer);
  const handOver: HandOver = {
    ...{ offerHash: offerStructHash(offer), expiry: Number(world.block) + 1_000 },
    epoch: providerOf(world.state, old.provider).epoch,
    ...(chance(dice, 5) ? pick(dice, [{ offerHash: zeroHash }, { expiry: Number(world.block) }, { epoch: 99n }]) : {}),
  };
  const { chainId, market } = world.rules;
  const message = { domain: marketDomain(chainId, market), types: handOverTypes, primaryType: "HandOver" } as const;
  const consent = await sign(world, dice, old.provider, hashTypedData({ ...message, message: handOver }));
  const actor = approver(world, dice, deal);
  // Windows that close until the transaction are not paid for again: the most is what is due now.
  const maxPayment = payable(world, dice, repriced(old, offer, BigInt(slot.end - slot.settled)));
  const { salt, terms } = deal;
  const signedHandOver = { handOver, signature: consent.signature };
  const args = [filling, salt, terms, current, { offer, signature }, signedHandOver, maxPayment];
  return [
    {
      name: "handOver",
      ...encode(actor, world.addresses.market, storageMarketAbi, "handOver", args),
      apply: (call) => {
        const replacement = { salt, terms, current, replacement: { offer, signed: isSigned() }, maxPayment };
        model.handOver(call, filling, replacement, { handOver, signed: consent.isSigned() });
      },
      spends: spendsOf(
        [old.client, actor.address === old.client ? maxPayment : 0n],
        [offer.provider, offer.collateral],
      ),
    },
  ];
};

export const claimingBonus: Action = (world, dice) => {
  const found = someSlot(world, dice, ({ slot }) => slot.earnedFrom !== 0);
  if (found === undefined) return [];
  const { filling, slot } = found;
  const window = filling.firstWindow + dice.between(-1, slot.settled);
  return [
    {
      name: "claimBonus",
      ...encode(pick(dice, world.cast.everybody), world.addresses.market, storageMarketAbi, "claimBonus", [
        filling,
        Math.max(window, 0),
      ]),
      apply: (call) => model.claimBonus(call, filling, Math.max(window, 0)),
    },
  ];
};

export const stewarding: Action = (world, dice) => {
  const deals = [...world.state.deals.values()];
  if (deals.length === 0) return [];
  const { client, salt, terms } = pick(dice, deals);
  const actor = by(world, dice, actorAt(world, client));
  const at = (name: string, args: readonly unknown[], apply: Intent["apply"]): Intent[] => [
    { name, ...encode(actor, world.addresses.market, storageMarketAbi, name, [salt, terms, ...args]), apply },
  ];
  if (chance(dice, 40)) return at("heartbeat", [], (call) => model.heartbeat(call, salt, terms));
  const grant: StewardGrant = {
    steward: pick(dice, [world.cast.steward.address, world.cast.outsider.address, zeroAddress]),
    until: Number(world.block) + pick(dice, [0, 50, 500]),
    ...{ maxPrice: pick(dice, [9_999n, 10n ** 9n]), minCollateral: pick(dice, [0n, 0n, 1_000n]) },
  };
  return at("setSteward", [grant], (call) => model.setSteward(call, salt, terms, grant));
};

function someSlot(world: World, dice: Random, fits: (found: FilledSlot) => boolean): FilledSlot | undefined {
  const slots = [...world.state.slots.values()];
  const fitting = slots.filter(fits);
  if (slots.length === 0 || (fitting.length === 0 && chance(dice, 90))) return undefined;
  return fitting.length === 0 || chance(dice, 5) ? pick(dice, slots) : pick(dice, fitting);
}

/** Mostly whoever it should be. */
function by(world: World, dice: Random, actor: Actor): Actor {
  return chance(dice, 95) ? actor : pick(dice, world.cast.everybody);
}

/** The client, or one who is its steward or says so. */
function approver({ cast }: World, dice: Random, { client, terms }: Deal): Actor {
  const steward = cast.everybody.find(({ address }) => address === terms.steward) ?? cast.steward;
  const actor = cast.everybody.find(({ address }) => address === client)!;
  return pick(dice, [actor, actor, steward, cast.outsider]);
}

/** Signed now, under the provider's epoch of now. */
function renewed(world: World, dice: Random, offer: Offer): Offer {
  const { epoch } = providerOf(world.state, offer.provider);
  return {
    ...{ ...offer, expiry: Number(world.block) + 1_000_000, epoch },
    ...(chance(dice, 3) ? pick(dice, [{ expiry: Number(world.block) }, { epoch: epoch + 1n }]) : {}),
  };
}

function misplaced(world: World, { m, groups, slot }: Offer): Partial<Offer>[] {
  return [
    ...[{ client: world.cast.outsider.address }, { dealKey: zeroHash }, { slot: slot + 1 }, { generation: 7 }],
    ...[{ m: m + 1 }, { groups: groups + 1 }, { root: freshWord(world, "root") }, { price: 2n ** 104n }],
    ...[{ dataRoot: zeroHash }, { provider: world.cast.honest.address }],
  ];
}

function othersOf({ state }: World, dice: Random, { offer }: Filling): Filling[] {
  const others = [...state.slots.values()]
    .filter(({ slot, filling }) => filling.offer.dealKey === offer.dealKey && slot.status === "Active")
    .map(({ filling }) => filling)
    .filter((filling) => filling.offer.slot !== offer.slot)
    .sort((a, b) => a.offer.slot - b.offer.slot);
  if (chance(dice, 4)) others.pop();
  return others;
}

function repriced(old: Offer, offer: Offer, left: bigint) {
  const fresh = offer.price > old.price ? left * (offer.price - old.price) : 0n;
  return { held: left * old.price, needed: left * offer.price, fresh };
}

/** What the change costs, mostly with something to spare; never below nothing. */
function payable(world: World, dice: Random, change: { held: bigint; needed: bigint; fresh: bigint }): bigint {
  const { payment } = paymentOf({ ...change, feeBps: world.rules.protocolFeeBps });
  const most = payment > 0n ? payment : 0n;
  return chance(dice, 5) && most > 0n ? most - 1n : most + pick(dice, [0n, 10n ** 6n]);
}

function spendsOf(...parts: readonly (readonly [Offer["provider"], bigint])[]): Spends {
  const sums = new Map<Offer["provider"], bigint>();
  for (const [account, amount] of parts) sums.set(account, (sums.get(account) ?? 0n) + (amount > 0n ? amount : 0n));
  return [...sums];
}

async function signOffer(world: World, dice: Random, offer: Offer) {
  const { chainId, market } = world.rules;
  return sign(world, dice, offer.provider, offerDigest(chainId, market, offer));
}

/** By the provider's key, now and then by another. */
async function sign(world: World, dice: Random, provider: Offer["provider"], digest: Hex) {
  const actor = actorAt(world, provider);
  const forged = chance(dice, 3);
  const signature = await signDigest(forged ? world.cast.outsider : actor, digest);
  return { signature, isSigned: () => signatureOf(world, actor, forged) === "good" };
}
