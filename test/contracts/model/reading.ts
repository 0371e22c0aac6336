/** Everything that model and chain can be compared in: each is a view of a contract and the words that it should answer. */
import { type Abi, type Address, concat, encodeFunctionData, type Hex, keccak256, parseAbi, zeroAddress } from "viem";
import {
  auditPinsAbi,
  capacityProgrammeAbi,
  capacityProofsAbi,
  forcedRetrievalAbi,
  orderBookAbi,
  paymentChannelsAbi,
  providerRegistryAbi,
  referencePriceAbi,
  rewardPoolAbi,
  spacetimeProofsAbi,
  storageMarketAbi,
  strictDownloadAbi,
  vaultAbi,
} from "../../../node/consensus/abi.ts";
import { sectorId } from "../../../node/data/capacity-sector.ts";
import { spaceOf } from "../../../node/data/model/capacity.ts";
import { laneOf } from "../../../node/data/model/lanes.ts";
import { pinnedTo } from "../../../node/data/model/pins.ts";
import { claimedTo } from "../../../node/data/model/programme.ts";
import { referenceOf, totalWeightOf } from "../../../node/data/model/reference.ts";
import { downloadStatuses, heldBuckets, modules, providerOf, replicaStatuses } from "../../../node/data/model/state.ts";
import { DEAD } from "../../../node/data/model/tokens.ts";
import { freeOf, heldBy, liabilitiesOf } from "../../../node/data/model/vault.ts";
import { type Order, orderHashOf } from "../../../node/data/order.ts";
import { slotStatuses } from "../../../node/data/settlement.ts";
import { type Filling, tagOf } from "../../../node/data/terms.ts";
import { closedWindows } from "../../../node/data/windows.ts";
import type { World } from "./world.ts";

type Words = readonly (bigint | number | boolean)[];

interface Reading {
  readonly label: string;
  /** Address, length and calldata, as contracts/mocks/BatchReader.sol takes them. */
  readonly record: string;
  readonly fields: readonly string[];
  readonly expected: Words;
}

const erc20Abi = parseAbi([
  "function balanceOf(address owner) view returns (uint256)",
  "function allowance(address owner, address spender) view returns (uint256)",
  "function nonces(address owner) view returns (uint256)",
]);

/** Calldata is the same in every step of every sequence: encoded once. */
const records = new Map<string, string>();

function recordOf(label: string, to: Address, abi: readonly unknown[], functionName: string, args: readonly unknown[]) {
  const key = `${label}${to}`;
  const known = records.get(key);
  if (known !== undefined) return known;
  const data = encodeFunctionData({ abi: abi as Abi, functionName, args });
  const record = `${to.slice(2)}${((data.length - 2) / 2).toString(16).padStart(4, "0")}${data.slice(2)}`;
  records.set(key, record);
  return record;
}

const tags = new WeakMap<Filling, bigint>();

/** A bytes24 lies at the upper end of its word. */
function wordOf(filling: Filling): bigint {
  const tag = tags.get(filling) ?? BigInt(tagOf(filling)) << 64n;
  tags.set(filling, tag);
  return tag;
}

const orderTags = new WeakMap<Order, bigint>();

function orderTagOf(order: Order): bigint {
  const tag = orderTags.get(order) ?? BigInt(orderHashOf(order)) << 64n;
  orderTags.set(order, tag);
  return tag;
}

function commitmentHashOf({ root, dataRoot }: { root: Hex; dataRoot: Hex }): Hex {
  return keccak256(concat([root, dataRoot]));
}

/** Forgets what a finished sequence read: its slots never come back. */
export function forgetReadings(): void {
  records.clear();
}

function* readingsOf({ state, addresses, cast, rules, block }: World): Generator<Reading> {
  const {
    vault,
    token,
    registry,
    spacetime,
    market,
    channels,
    downloads,
    retrieval,
    rewards,
    pins,
    orders,
    reference,
    capacity,
    programme,
  } = addresses;
  const read = (
    label: string,
    to: Address,
    abi: readonly unknown[],
    view: readonly [string, ...unknown[]],
    fields: readonly string[],
    expected: Words,
  ): Reading => {
    const [name, ...args] = view;
    return { label, record: recordOf(label, to, abi, name, args), fields, expected };
  };
  const accounts = [...cast.everybody.map(({ name, address }) => [name, address] as const), ["token", token] as const];

  yield read("total liabilities", vault, vaultAbi, ["totalLiabilities"], [""], [liabilitiesOf(state)]);
  for (const [name, owner] of [...accounts, ["vault", vault] as const, ["dead address", DEAD] as const]) {
    yield read(`tokens of ${name}`, token, erc20Abi, ["balanceOf", owner], [""], [state.tokens.get(owner) ?? 0n]);
  }
  for (const { name, address } of cast.clients) {
    const allowed = state.allowances.get(address) ?? 0n;
    yield read(`allowance of ${name}`, token, erc20Abi, ["allowance", address, vault], [""], [allowed]);
    const used = state.permits.get(address) ?? 0n;
    yield read(`permits of ${name}`, token, erc20Abi, ["nonces", address], [""], [used]);
  }
  for (const [name, account] of accounts) {
    yield read(`free balance of ${name}`, vault, vaultAbi, ["freeOf", account], [""], [freeOf(state, account)]);
  }
  const listed = [...state.providers.values()].filter(({ registered }) => registered).length;
  yield read("providers", registry, providerRegistryAbi, ["providerCount"], [""], [listed]);
  for (const module of modules) {
    for (const [i, bucket] of heldBuckets.entries()) {
      const held = heldBy(state, module, bucket);
      yield read(`${module}'s ${bucket}`, vault, vaultAbi, ["held", addresses[module], i + 1], [""], [held]);
    }
  }
  for (const { name, address } of cast.providers) {
    const { registered, epoch, stake, earned, unstakeRequested, unstakeAvailableAt } = providerOf(state, address);
    const standing = [registered, epoch, stake];
    const fields = ["registered", "epoch", "stake"];
    yield read(`${name} in the registry`, registry, providerRegistryAbi, ["standingOf", address], fields, standing);
    const locked = earned < stake ? earned : stake;
    yield read(`${name}'s earned stake`, registry, providerRegistryAbi, ["earnedOf", address], [""], [locked]);
    const request = [unstakeRequested, unstakeAvailableAt];
    const view = ["unstakeRequestOf", address] as const;
    yield read(`${name}'s request to unstake`, registry, providerRegistryAbi, view, ["amount", "availableAt"], request);
    const link = state.operators.get(address);
    const operator = [BigInt(link?.accepted ? link.operator : 0)];
    yield read(`${name}'s operator`, registry, providerRegistryAbi, ["operatorOf", address], [""], operator);
    const declared = [BigInt(link?.operator ?? 0)];
    const declaredView = ["declaredOperatorOf", address] as const;
    yield read(`${name}'s declared operator`, registry, providerRegistryAbi, declaredView, [""], declared);
    const { counts, snapshot, snapshotEnd, accounted, suspended } = laneOf(state, address);
    const lane = [counts, snapshot, snapshotEnd === 0 ? 2 ** 40 - 1 : snapshotEnd - 1, accounted, suspended];
    const laneFields = ["counts", "snapshot", "snapshotWindow", "accounted", "suspended"];
    yield read(`${name}'s lane`, spacetime, spacetimeProofsAbi, ["lane", address], laneFields, lane);
    const closed = closedWindows(rules, address, block);
    for (let word = 0; word <= closed >> 8; word++) {
      const proven = state.proven.get(`${address}/${word}`) ?? 0n;
      const label = `${name}'s proven windows, word ${word}`;
      yield read(label, spacetime, spacetimeProofsAbi, ["provenWord", address, word], [""], [proven]);
    }
    const exposure = BigInt(state.asked.get(address) ?? 0) * rules.penalty;
    yield read(`${name}'s exposure`, retrieval, forcedRetrievalAbi, ["exposureOf", address], [""], [exposure]);
  }
  for (const [key, { filling, m, index, firstWindow, status }] of state.records) {
    const args = key.split("/") as [Address, Hex];
    const fields = ["tag", "firstWindow", "m", "index", "status"];
    const words = [
      filling === undefined ? 0n : wordOf(filling),
      firstWindow,
      m,
      index,
      replicaStatuses.indexOf(status),
    ];
    yield read(`replica ${key}`, spacetime, spacetimeProofsAbi, ["recordOf", ...args], fields, words);
  }
  for (const [key, root] of state.places) {
    const [provider, m, index] = key.split("/") as [Address, string, string];
    const view = ["rootAt", provider, Number(m), Number(index)] as const;
    yield read(`place ${key}`, spacetime, spacetimeProofsAbi, view, [""], [BigInt(root)]);
  }
  for (const [key, { slot, filling }] of state.slots) {
    const { dealKey, slot: place } = filling.offer;
    const { settled, missesLeft, end, status, penalty, bonus, left, earnedFrom } = slot;
    const words = [settled, missesLeft, end, filling.offer.generation, slotStatuses.indexOf(status)];
    const fields = ["settled", "missesLeft", "end", "generation", "status"];
    yield read(`slot ${key}`, market, storageMarketAbi, ["slotOf", dealKey, place], fields, words);
    const reserve = [penalty, bonus, left, earnedFrom];
    yield read(
      `reserve ${key}`,
      market,
      storageMarketAbi,
      ["reserveOf", dealKey, place],
      ["penalty", "bonus", "left", "earnedFrom"],
      reserve,
    );
  }
  for (const [dealKey, { headerHash }] of state.deals) {
    const words = [BigInt(headerHash)];
    yield read(`header of ${dealKey}`, market, storageMarketAbi, ["headerHashOf", dealKey], [""], words);
  }
  for (const [key, { deposit, redeemed, epoch, closableAt }] of state.channels) {
    const fields = ["deposit", "redeemed", "epoch", "closableAt"];
    const words = [deposit, redeemed, epoch, closableAt];
    yield read(`channel ${key}`, channels, paymentChannelsAbi, ["channelOf", ...key.split("/")], fields, words);
  }
  for (const [id, status] of state.downloads) {
    const words = [downloadStatuses.indexOf(status), state.rewardedDownloads.get(id) ?? false];
    yield read(`download ${id}`, downloads, strictDownloadAbi, ["statusOf", id], [""], words.slice(0, 1));
    const view = ["isDownloadRewarded", id] as const;
    yield read(`download ${id} rewarded`, rewards, rewardPoolAbi, view, [""], words.slice(1));
  }
  for (const [id, { requester, answerBy, group }] of state.requests) {
    const words = [BigInt(requester), answerBy, group];
    const fields = ["requester", "answerBy", "group"];
    yield read(`request ${id}`, retrieval, forcedRetrievalAbi, ["requestOf", id], fields, words);
  }
  for (const [key, refiller] of state.refillers) {
    const [dealKey, slot] = key.split("/") as [Hex, string];
    const words = [BigInt(refiller)];
    yield read(`refiller of ${key}`, market, storageMarketAbi, ["refillerOf", dealKey, Number(slot)], [""], words);
  }
  for (const [dealKey, { grant, approvals }] of state.stewardships) {
    const { steward = zeroAddress, until = 0, maxPrice = 0n, minCollateral = 0n } = grant ?? {};
    const words = [BigInt(steward), until, approvals, grant !== undefined, maxPrice, minCollateral];
    const fields = ["steward", "until", "approvals", "named", "maxPrice", "minCollateral"];
    yield read(`stewardship of ${dealKey}`, market, storageMarketAbi, ["stewardshipOf", dealKey], fields, words);
  }
  const { period, tick, utilisation } = referenceOf({ state, rules });
  yield read("reference period", reference, referencePriceAbi, ["period"], [""], [period]);
  yield read("reference tick", reference, referencePriceAbi, ["tick"], [""], [tick]);
  yield read("utilisation", reference, referencePriceAbi, ["utilisation"], [""], [utilisation]);
  yield read("weight of all bags", spacetime, spacetimeProofsAbi, ["totalWeight"], [""], [totalWeightOf(state)]);
  for (const [dealKey, { order, done, ended, reservations, engaged }] of state.orders) {
    const doneBits = [...done].reduce((bits, slot) => bits | (1n << BigInt(slot)), 0n);
    const words = [orderTagOf(order), doneBits, order.terms.slots - done.size, ended];
    const fields = ["orderHash", "done", "open", "ended"];
    yield read(`order ${dealKey}`, orders, orderBookAbi, ["orderOf", dealKey], fields, words);
    for (let slot = 0; slot < order.terms.slots; slot++) {
      const kept = reservations.get(slot);
      const commitment = kept?.commitment === undefined ? 0n : BigInt(commitmentHashOf(kept.commitment));
      const reserved = [BigInt(kept?.provider ?? 0), kept?.since ?? 0n, kept?.until ?? 0n, commitment];
      const names = ["provider", "since", "until", "commitment"];
      const view = ["reservationOf", dealKey, slot] as const;
      yield read(`reservation ${dealKey}/${slot}`, orders, orderBookAbi, view, names, reserved);
    }
    for (const { name, address } of cast.providers) {
      const view = ["isEngaged", dealKey, address] as const;
      yield read(`${name} engaged in ${dealKey}`, orders, orderBookAbi, view, [""], [engaged.has(address)]);
    }
  }
  for (const [provider, { fee, window }] of state.bids) {
    yield read(`bid for ${provider}`, pins, auditPinsAbi, ["bidOf", provider], ["fee", "window"], [fee, window]);
  }
  for (const [key, { window }] of state.pins) {
    const provider = key.split("/")[0] as Address;
    const pinned = BigInt(pinnedTo(state, provider, window) ?? 0);
    const view = ["pinOf", provider, window] as const;
    yield read(`pin of ${provider} for ${window}`, spacetime, spacetimeProofsAbi, view, [""], [pinned]);
  }
  for (const { name, address } of cast.providers) {
    const { weight } = spaceOf(state, address);
    yield read(`${name}'s empty space`, capacity, capacityProofsAbi, ["weightOf", address], [""], [weight]);
    const claimed = claimedTo(state, rules, address);
    const view = ["claimedTo", address] as const;
    yield read(`${name}'s windows claimed`, programme, capacityProgrammeAbi, view, [""], [claimed]);
  }
  for (const [key, { m, root, active }] of state.sectors) {
    const [provider, sector] = key.split("/") as [Address, string];
    const id = sectorId({ chainId: BigInt(rules.chainId), capacity, provider, sector: BigInt(sector) });
    const words = [id, BigInt(root), m, active];
    const view = ["sectorOf", provider, BigInt(sector)] as const;
    yield read(`sector ${key}`, capacity, capacityProofsAbi, view, ["id", "root", "m", "active"], words);
  }
  for (const [key, elements] of state.capacity) {
    const [provider, window] = key.split("/") as [Address, string];
    const view = ["provenCapacity", provider, Number(window)] as const;
    yield read(`capacity ${key}`, capacity, capacityProofsAbi, view, [""], [elements]);
  }
  for (const [window, paid] of state.capacityPaid) {
    const view = ["paidIn", BigInt(window)] as const;
    yield read(`capacity paid for ${window}`, programme, capacityProgrammeAbi, view, [""], [paid]);
  }
  for (const [key, window] of state.rewarded) {
    const args = key.split("/") as [Address, Hex];
    yield read(`windows rewarded of ${key}`, rewards, rewardPoolAbi, ["rewardedTo", ...args], [""], [window]);
  }
}

/** As many views in a call as fit the gas of a transaction. */
const READINGS_PER_CALL = 500;

/** The block's number and all words, without a prefix. */
async function answerTo({ chain, addresses }: World, readings: readonly Reading[]): Promise<string> {
  let answer = "";
  for (let at = 0; at < readings.length; at += READINGS_PER_CALL) {
    const calls = readings.slice(at, at + READINGS_PER_CALL).map(({ record }) => record);
    const words = (await chain.call(addresses.reader, `0x${calls.join("")}`)).slice(2);
    answer += at === 0 ? words : words.slice(64);
  }
  return answer;
}

/** What differs between chain and model, in words; undefined if nothing does. */
export async function difference(world: World): Promise<string | undefined> {
  const readings = [...readingsOf(world)];
  const answer = await answerTo(world, readings);
  const differences: string[] = [];
  const compare = (label: string, at: number, expected: Words[number]) => {
    const found = answer.slice(at * 64, at * 64 + 64);
    const value = BigInt(expected);
    if (found !== value.toString(16).padStart(64, "0")) {
      differences.push(`${label}: the chain has ${BigInt(`0x${found || "0"}`)}, the model ${value}`);
    }
  };
  compare("block", 0, world.block);
  let at = 1;
  for (const { label, fields, expected } of readings) {
    for (const [i, value] of expected.entries()) compare(`${label} ${fields[i]}`.trim(), at++, value);
  }
  if (answer.length !== at * 64) differences.push(`the chain answered ${answer.length / 64} words, not ${at}`);
  return differences.length === 0 ? undefined : differences.slice(0, 8).join("\n  ");
}
