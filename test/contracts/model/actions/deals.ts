/** Clients that open deals and fill their vacant slots, mostly as they should, now and then in one of the wrong ways. */
import { type Address, encodeFunctionData, type Hex, keccak256, numberToHex, toHex, zeroAddress, zeroHash } from "viem";
import { storageMarketAbi } from "../../../../node/consensus/abi.ts";
import { spaceOf } from "../../../../node/data/model/capacity.ts";
import {
  fillSlots,
  type JudgedOffer,
  openDeal,
  openDealWithPermit,
  setPaused,
} from "../../../../node/data/model/opening.ts";
import { priceLimit } from "../../../../node/data/model/spacetime.ts";
import { type Deal, providerOf } from "../../../../node/data/model/state.ts";
import { freeOf } from "../../../../node/data/model/vault.ts";
import { protocolFee } from "../../../../node/data/settlement.ts";
import {
  type DealRequest,
  dealKeyOf,
  type Offer,
  offerDigest,
  type SignedOffer,
  type Terms,
} from "../../../../node/data/terms.ts";
import type { Random } from "../../../fixtures/random.ts";
import { type Actor, signDigest } from "../cast.ts";
import { walletAbi } from "../deployment.ts";
import { type Action, chance, encode, type Intent, pick, type World } from "../world.ts";
import { withVice } from "./money.ts";
import { approvingAgain, somePermit, usingPermit } from "./permits.ts";

/** A number that no other replica, salt or session of the sequence has, as a word below the field's order. */
export function freshWord(world: World, name: string): Hex {
  return `0x00${keccak256(toHex(`${name} ${++world.memory.count}`)).slice(4)}`;
}

export const open: Action = async (world, dice) => {
  if (world.state.paused.get("market") && chance(dice, 60)) return [pausing(world, world.cast.deployer, false)];
  const { client, request, offers } = await plan(world, dice);
  return [
    {
      name: "openDeal",
      ...encode(client, world.addresses.market, storageMarketAbi, "openDeal", [request, offers]),
      apply: (call) => void openDeal(call, request, judgedOf(offers)),
      spends: signedFor(client, offers, request.maxPayment),
    },
  ];
};

/** The same with a deposit before it. */
export const openWithPermit: Action = async (world, dice) => {
  const { client, request, offers } = await plan(world, dice);
  const { permit, signed } = await somePermit(world, dice, client);
  const args = [request, offers, signed];
  const before = chance(dice, 20) ? [usingPermit(world, client, permit, signed)] : [];
  const calls = withVice(world, dice, (token) => ({
    name: "openDealWithPermit",
    ...encode(client, world.addresses.market, storageMarketAbi, "openDealWithPermit", args),
    apply: (call) => void openDealWithPermit(call, request, judgedOf(offers), { token, permit }),
    spends: signedFor(client, offers, request.maxPayment),
  }));
  return [...before, ...calls, ...approvingAgain(world, dice, client)];
};

/** A client, its request and the offers that it has collected. */
async function plan(world: World, dice: Random) {
  const client = pick(dice, world.cast.clients);
  const providers = shuffled(dice, world.cast.providers).slice(0, dice.between(1, 4));
  const slots = providers.length + (chance(dice, 25) ? 1 : 0);
  const terms = someTerms(world, dice, slots, providers.length);
  const { windows } = terms;
  const salt = freshWord(world, "salt");
  const dealKey = dealKeyOf(client.address, salt, terms);
  const places = providers.map((provider, slot) => ({ provider, slot }));
  const offers = await offersOf(world, dice, client, { dealKey, terms }, places);
  const request: DealRequest = {
    ...{ salt, terms, headerHash: keccak256(salt), minSlots: terms.threshold },
    maxPayment: maxPaymentFor(world, dice, offers, windows),
    ...(chance(dice, 3) ? pick(dice, WRONG_REQUESTS) : {}),
  };
  return { client, request, offers };
}

/** Mostly terms that anybody would take; `threshold` is the most that they ask of the slots. */
export function someTerms(world: World, dice: Random, slots: number, threshold: number): Terms {
  const windows = dice.between(3, pick(dice, [6, 30]));
  return {
    ...{ slots, threshold: dice.between(1, threshold), minChallenges: dice.between(0, 4), windows },
    maxMisses: dice.between(3 + Math.floor(windows / 20), Math.min(windows, 6)),
    ...{ coolingOff: dice.between(0, windows), minWindows: dice.between(0, windows) },
    ...{ cancelFeeWindows: dice.between(0, windows), steward: pick(dice, [world.cast.steward.address, zeroAddress]) },
    ...(chance(dice, 5) ? pick(dice, WRONG_TERMS) : {}),
  };
}

export const fill: Action = async (world, dice) => {
  const deals = [...world.state.deals].filter(([dealKey, { terms }]) => vacant(world, dealKey, terms).length > 0);
  if (deals.length === 0) return [];
  const [dealKey, { client: address, salt, terms }] = pick(dice, deals);
  const client = world.cast.clients.find((client) => client.address === address)!;
  const current = [...world.state.slots.values()]
    .filter(({ slot, filling }) => filling.offer.dealKey === dealKey && slot.status === "Active")
    .map(({ filling }) => filling)
    .sort((a, b) => a.offer.slot - b.offer.slot);
  if (chance(dice, 10)) current.pop();
  const taken = new Set(current.map(({ offer }) => offer.provider));
  const others = shuffled(dice, world.cast.providers).filter(({ address }) => !taken.has(address) || chance(dice, 8));
  const places = vacant(world, dealKey, terms).slice(0, others.length);
  const offers = await offersOf(
    world,
    dice,
    client,
    { dealKey, terms },
    places.map((slot, i) => ({ provider: others[i]!, slot })),
  );
  const maxPayment = maxPaymentFor(world, dice, offers, terms.windows);
  return [
    {
      name: "fillSlots",
      ...encode(client, world.addresses.market, storageMarketAbi, "fillSlots", [
        salt,
        terms,
        current,
        offers,
        maxPayment,
      ]),
      apply: (call) => fillSlots(call, { salt, terms }, current, judgedOf(offers), maxPayment),
      spends: signedFor(client, offers, maxPayment),
    },
  ];
};

/** New deals stop while the market is paused, and nothing else. */
export const pause: Action = (world, dice) => {
  const paused = world.state.paused.get("market") ?? false;
  const next = chance(dice, paused ? 5 : 60) ? paused : !paused;
  const actor = chance(dice, 90) ? world.cast.deployer : world.cast.outsider;
  return [pausing(world, actor, next)];
};

function pausing({ addresses, cast }: World, actor: Actor, paused: boolean): Intent {
  return {
    name: paused ? "pause" : "unpause",
    ...encode(actor, addresses.market, storageMarketAbi, paused ? "pause" : "unpause", []),
    apply: (call) => setPaused(call, paused, actor === cast.deployer),
  };
}

const WRONG_TERMS: readonly Partial<Terms>[] = [
  ...[{ windows: 0 }, { maxMisses: 2 }, { coolingOff: 999 }, { minWindows: 999 }, { cancelFeeWindows: 999 }],
  ...[{ threshold: 0 }, { threshold: 49 }, { minChallenges: 5 }, { slots: 49 }, { slots: 0 }],
];
const WRONG_REQUESTS: readonly Partial<DealRequest>[] = [
  ...[{ headerHash: zeroHash }, { minSlots: 0 }, { minSlots: 200 }, { maxPayment: 1n }],
];

function vacant(world: World, dealKey: Hex, { slots }: Terms): number[] {
  return Array.from({ length: slots }, (_, slot) => slot).filter(
    (slot) => !world.state.slots.has(`${dealKey}/${slot}`),
  );
}

/** All offers with their fee, mostly; sometimes a unit less or some more. */
function maxPaymentFor(world: World, dice: Random, offers: readonly SignedAndJudged[], windows: number): bigint {
  const escrow = offers.reduce((sum, { offer }) => sum + offer.price * BigInt(windows), 0n);
  const whole = escrow + protocolFee(escrow, world.rules.protocolFeeBps);
  return chance(dice, 4) && whole > 0n ? whole - 1n : whole + pick(dice, [0n, 1n, 10n ** 9n]);
}

/** The client signs the most that it pays, and each provider its collateral. */
function signedFor(client: Actor, offers: readonly SignedAndJudged[], maxPayment: bigint) {
  const signed = new Map([[client.address, maxPayment]]);
  for (const { offer } of offers) {
    signed.set(offer.provider, (signed.get(offer.provider) ?? 0n) + offer.collateral);
  }
  return [...signed];
}

export interface SignedAndJudged extends SignedOffer {
  readonly judged: JudgedOffer;
}

export function judgedOf(offers: readonly SignedAndJudged[]): JudgedOffer[] {
  return offers.map(({ judged }) => judged);
}

/** Signed by each provider; what its signature is worth follows from who it is and what it was told to do. */
export async function offersOf(
  world: World,
  dice: Random,
  client: Actor,
  { dealKey, terms }: { dealKey: Hex; terms: Pick<Deal["terms"], "windows"> },
  places: readonly { readonly provider: Actor; readonly slot: number }[],
): Promise<SignedAndJudged[]> {
  const offers: SignedAndJudged[] = [];
  for (const { provider, slot } of places) {
    const right = offerOf(world, dice, client, dealKey, terms.windows, provider, slot);
    const offer = chance(dice, 4) ? { ...right, ...wrongOffer(world, dice, right) } : right;
    // What the call does not repeat the contract puts in: a signature for another deal is one for nothing.
    const read = { ...offer, client: right.client, dealKey, generation: 0 };
    offers.push(await signed(world, dice, provider, offer, read));
  }
  return offers;
}

function offerOf(
  world: World,
  dice: Random,
  client: Actor,
  dealKey: Hex,
  windows: number,
  provider: Actor,
  slot: number,
): Offer {
  const stored = pick(dice, world.stored);
  const m = pick(dice, [13, 13, 13, 14, 15]);
  const price = pick(dice, [0n, 1n, 7n, 9_999n, 100_003n, priceLimit(world.rules, m)]);
  const awaited = spaceOf(world.state, provider.address).yields;
  return {
    ...{ provider: provider.address, client: client.address, dealKey, slot, generation: 0 },
    // Sectors give way to replicas that their provider expects.
    root: awaited.length > 0 && chance(dice, 50) ? pick(dice, awaited).replica : freshWord(world, "root"),
    ...{ dataRoot: stored.dataRoot, m, groups: stored.groups.length, price },
    collateral: pick(dice, [0n, 1n, 333_333n, price * BigInt(windows)]),
    ...{ expiry: Number(world.block) + 1_000_000, epoch: providerOf(world.state, provider.address).epoch },
  };
}

function wrongOffer(world: World, dice: Random, { provider, m, epoch }: Offer): Partial<Offer> {
  const known = [...world.state.records.keys()].filter((key) => key.startsWith(provider));
  const choices: Partial<Offer>[] = [
    ...[{ generation: 1 }, { slot: 200 }, { root: zeroHash }, { root: numberToHex(2n ** 256n - 1n) }, { groups: 0 }],
    ...[{ m: 28 }, { m: 12 }, { dealKey: zeroHash }, { client: provider }, { epoch: epoch + 1n }],
    ...[{ expiry: Number(world.block) }, { price: priceLimit(world.rules, m) + 1n }],
    ...[{ collateral: freeOf(world.state, provider) + 1n }, { groups: 2 ** m / 512 + 1 }],
    ...(known.length === 0 ? [] : [{ root: pick(dice, known).split("/")[1] as Hex }]),
  ];
  return pick(dice, choices);
}

/** Honest and Yes sign well, whatever they sign; Reverts and Burns never; a flood of bytes begins with yes. */
const MOODS = ["good", "good", "revoked", "revoked", "good"] as const;

async function signed(
  world: World,
  dice: Random,
  provider: Actor,
  offer: Offer,
  read: Offer,
): Promise<SignedAndJudged> {
  const { chainId, market } = world.rules;
  const forged = chance(dice, 2);
  const signer = forged ? world.cast.outsider : provider;
  const digest = offerDigest(chainId, market, offer);
  const signature = await signDigest(signer, digest);
  const bad = forged || digest !== offerDigest(chainId, market, read);
  const judged = {
    offer: read,
    get signature() {
      return signatureOf(world, provider, bad);
    },
  };
  return { offer, signature, judged };
}

/** A key's signature is good or forged; a contract's is what its mood says when it is asked, which others of a block may change. */
export function signatureOf({ memory }: World, signer: Actor, forged: boolean): JudgedOffer["signature"] {
  if (!signer.isContract) return forged ? "bad" : "good";
  return forged && memory.mood === 0 ? "revoked" : MOODS[memory.mood]!;
}

export function shuffled<T>(dice: Random, list: readonly T[]): T[] {
  const rest = [...list];
  const out: T[] = [];
  while (rest.length > 0) out.push(...rest.splice(dice.between(0, rest.length - 1), 1));
  return out;
}

export function actorAt(world: World, address: Address): Actor {
  return world.cast.everybody.find((actor) => actor.address === address)!;
}

/** The contract provider's next signatures are judged in another mood. */
export const brooding: Action = (world, dice) => {
  const mood = chance(dice, 60) ? 0 : dice.between(0, MOODS.length - 1);
  const { account, address } = world.cast.contract;
  return [
    {
      name: "turn the wallet",
      actor: { ...world.cast.contract, address: account.address, isContract: false },
      to: address,
      data: encodeFunctionData({ abi: walletAbi, functionName: "turn", args: [mood] }),
      apply: () => undefined,
      learn: () => {
        world.memory.mood = mood;
      },
    },
  ];
};
