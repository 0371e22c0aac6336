// Holds the replayed books against every word of state that they stand for.

import { type Address, concat, type Hex, keccak256, zeroAddress, zeroHash } from "viem";
import { countsOf } from "../../data/bag.ts";
import { retrievalIdOf } from "../../data/forced-retrieval.ts";
import { MAX_CLASS, MIN_CLASS } from "../../data/layout.ts";
import { orderHashOf } from "../../data/order.ts";
import { slotStatuses } from "../../data/settlement.ts";
import { tagOf } from "../../data/terms.ts";
import {
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
} from "../abi.ts";
import { read } from "../call.ts";
import type { Chain } from "../chain.ts";
import { balanceOf } from "../token.ts";
import { buckets } from "../vault.ts";
import { type Check, capacityChecks } from "./capacity-check.ts";
import { type Difference, holds, RuleBroken, same } from "./difference.ts";
import { isSet, windowsAt } from "./lanes.ts";
import { earnedOf } from "./registry-events.ts";
import { type Books, downloadStatuses, type Lane, laneOf, replicaStatuses } from "./state.ts";
import { inTurns } from "./turns.ts";

const READS = 16;
const NO_WINDOW = 2 ** 40 - 1;

/** The first word of state at `block` that is not what the books say. Throws what `read` throws. */
export async function checkState(chain: Chain, books: Books, block: bigint): Promise<Difference | undefined> {
  const checks = [
    ...vaultChecks(chain, books, block),
    ...registryChecks(chain, books, block),
    ...laneChecks(chain, books, block),
    ...orderChecks(chain, books, block),
    ...marketChecks(chain, books, block),
    ...retrievalChecks(chain, books, block),
    ...capacityChecks(chain, books, block),
  ];
  const outcomes = await inTurns(checks, READS, async (check) => {
    try {
      return void (await check());
    } catch (broken) {
      if (broken instanceof RuleBroken) return broken;
      throw broken;
    }
  });
  const broken = outcomes.find((outcome) => outcome !== undefined);
  if (broken === undefined) return undefined;
  const { what, expected, found } = broken;
  return { block, event: "state", what, expected, found };
}

function vaultChecks(chain: Chain, books: Books, blockNumber: bigint): Check[] {
  const vault = { address: chain.addresses.vault, abi: vaultAbi, blockNumber } as const;
  const sum = (amounts: Iterable<bigint>) => [...amounts].reduce((total, amount) => total + amount, 0n);
  return [
    async () => {
      const found = await read(chain, { ...vault, functionName: "totalLiabilities", args: [] });
      same("liabilities of the vault", books.liabilities, found);
      same("sum of all balances and buckets", books.liabilities, sum(books.free.values()) + sum(books.held.values()));
    },
    async () => {
      const found = await balanceOf(chain, chain.addresses.vault, blockNumber);
      same("tokens of the vault", books.tokens, found);
      holds(found >= books.liabilities, "tokens of the vault", `at least ${books.liabilities}`, found);
    },
    ...[...books.free].map(([account, free]) => async () => {
      const found = await read(chain, { ...vault, functionName: "freeOf", args: [account] });
      same(`free balance of ${account}`, free, found);
    }),
    async () => {
      const modules = await read(chain, { ...vault, functionName: "modules", args: [] });
      const { registry, market, channels, downloads, retrieval, rewards, orders, pins, programme } = chain.addresses;
      const known = [registry, market, channels, downloads, retrieval, rewards, orders, pins].concat(programme ?? []);
      same("modules of the vault", known.join(", "), modules.join(", "));
      for (const module of modules) {
        for (const [i, bucket] of buckets.entries()) {
          if (bucket === "accounts") continue;
          const found = await read(chain, { ...vault, functionName: "held", args: [module, i] });
          same(`${bucket} of ${module}`, books.held.get(`${module} ${bucket}`) ?? 0n, found);
        }
      }
    },
  ];
}

function registryChecks(chain: Chain, books: Books, blockNumber: bigint): Check[] {
  const registry = { address: chain.addresses.registry, abi: providerRegistryAbi, blockNumber } as const;
  const registered = [...books.providers.values()].filter((self) => self.registered).length;
  const count: Check = async () => {
    same(
      "registered providers",
      registered,
      await read(chain, { ...registry, functionName: "providerCount", args: [] }),
    );
  };
  const checks = [...books.providers].map(([account, self]) => async () => {
    const [view, [requested, availableAt]] = await Promise.all([
      read(chain, { ...registry, functionName: "provider", args: [account] }),
      read(chain, { ...registry, functionName: "unstakeRequestOf", args: [account] }),
    ]);
    same(`registered as ${account}`, self.registered ? account : zeroAddress, view.provider);
    same(`suspension of ${account}`, laneOf(books, account).suspended, view.suspended);
    same(`stake of ${account}`, self.stake, view.stake);
    same(`offer epoch of ${account}`, self.epoch, view.offerEpoch);
    same(`unstaking of ${account}`, self.unstakeRequested, requested);
    same(`end of the unbonding of ${account}`, self.unstakeAvailableAt, availableAt);
    const earned = await read(chain, { ...registry, functionName: "earnedOf", args: [account] });
    same(`earned stake of ${account}`, earnedOf(self), earned);
    const declared = await read(chain, { ...registry, functionName: "declaredOperatorOf", args: [account] });
    same(`operator that ${account} declares`, self.operator?.address ?? zeroAddress, declared);
    const agreed = self.operator?.accepted === true ? self.operator.address : zeroAddress;
    same(`operator of ${account}`, agreed, view.operator);
    if (self.statement === undefined) return;
    const { profile, ask } = self.statement;
    for (const [field, value] of Object.entries({ ...profile, ...ask })) {
      same(
        `${field} of ${account}`,
        value,
        { ...view.profile, ...view.ask }[field as keyof (typeof profile & typeof ask)],
      );
    }
  });
  return [count, ...checks];
}

function orderChecks(chain: Chain, books: Books, blockNumber: bigint): Check[] {
  const book = { address: chain.addresses.orders, abi: orderBookAbi, blockNumber } as const;
  const reference = { address: chain.addresses.reference, abi: referencePriceAbi, blockNumber, args: [] } as const;
  const checks: Check[] = [
    async () => {
      if (books.reference === undefined) return;
      const { period, tick, utilisation } = books.reference;
      same("period of the reference price", period, await read(chain, { ...reference, functionName: "period" }));
      same("tick of the reference price", tick, await read(chain, { ...reference, functionName: "tick" }));
      const found = await read(chain, { ...reference, functionName: "utilisation" });
      same("utilisation of the reference price", utilisation, found);
    },
  ];
  for (const [dealKey, { order, done, ended, reservations, engaged }] of books.orders) {
    checks.push(async () => {
      const found = await read(chain, { ...book, functionName: "orderOf", args: [dealKey] });
      same(`order for ${dealKey}`, orderHashOf(order), found.orderHash);
      same(
        `slots done of the order for ${dealKey}`,
        [...done].reduce((mask, slot) => mask | (1n << BigInt(slot)), 0n),
        found.done,
      );
      same(`slots open of the order for ${dealKey}`, order.terms.slots - done.size, found.open);
      same(`order for ${dealKey} is ended`, ended, found.ended);
      for (let slot = 0; slot < order.terms.slots; slot++) {
        const kept = await read(chain, { ...book, functionName: "reservationOf", args: [dealKey, slot] });
        const expected = reservations.get(slot);
        const name = `reservation of slot ${slot} of ${dealKey}`;
        same(`provider of the ${name}`, expected?.provider ?? zeroAddress, kept.provider);
        same(`block of the ${name}`, expected?.since ?? 0n, kept.since);
        same(`end of the ${name}`, expected?.until ?? 0n, kept.until);
        same(`commitment of the ${name}`, commitmentHashOf(expected?.commitment), kept.commitment);
      }
      for (const provider of engaged) {
        const found = await read(chain, { ...book, functionName: "isEngaged", args: [dealKey, provider] });
        same(`${provider} is engaged in ${dealKey}`, true, found);
      }
    });
  }
  return checks;
}

function commitmentHashOf(commitment: { readonly root: Hex; readonly dataRoot: Hex } | undefined): Hex {
  return commitment === undefined ? zeroHash : keccak256(concat([commitment.root, commitment.dataRoot]));
}

function laneChecks(chain: Chain, books: Books, blockNumber: bigint): Check[] {
  const spacetime = { address: chain.addresses.spacetime, abi: spacetimeProofsAbi, blockNumber } as const;
  const rootAt = (provider: Address, m: number, index: number) =>
    read(chain, { ...spacetime, functionName: "rootAt", args: [provider, m, index] });
  const checks: Check[] = [
    async () => {
      const found = await read(chain, { ...spacetime, functionName: "totalWeight", args: [] });
      same("weight of all bags", books.totalWeight, found);
    },
  ];
  for (const [provider, lane] of books.lanes) {
    const { closed } = windowsAt(books.rules, provider, blockNumber);
    checks.push(async () => {
      const found = await read(chain, { ...spacetime, functionName: "lane", args: [provider] });
      same(`counts of ${provider}`, countsOf(lane.bag), found.counts);
      same(`snapshot of ${provider}`, lane.snapshot, found.snapshot);
      same(
        `window of the snapshot of ${provider}`,
        lane.snapshotEnd === 0 ? NO_WINDOW : lane.snapshotEnd - 1,
        found.snapshotWindow,
      );
      same(`suspension of ${provider}`, lane.suspended, found.suspended);
      checkAccounted(provider, lane, found.accounted, closed);
    });
    for (const { window, root } of lane.pins.values()) {
      checks.push(async () => {
        const found = await read(chain, { ...spacetime, functionName: "pinOf", args: [provider, window] });
        const left = lane.records.get(root)?.status === "removed";
        same(`pin of window ${window} of ${provider}`, left ? zeroHash : root, found);
      });
    }
    const words = new Set([...lane.proven.keys(), Math.floor(closed / 256)]);
    for (const index of words) {
      checks.push(async () => {
        const found = await read(chain, { ...spacetime, functionName: "provenWord", args: [provider, BigInt(index)] });
        same(`word ${index} of the bitmap of ${provider}`, lane.proven.get(index) ?? 0n, found);
      });
    }
    for (let m = MIN_CLASS; m <= MAX_CLASS; m++) {
      const roots = lane.bag.get(m);
      for (const [index, root] of roots?.entries() ?? []) {
        checks.push(async () => {
          same(`replica ${index} of class ${m} of ${provider}`, root, await rootAt(provider, m, index));
        });
      }
    }
    for (const [root, record] of lane.records) {
      checks.push(async () => {
        const found = await read(chain, { ...spacetime, functionName: "recordOf", args: [provider, root] });
        same(`status of ${root} of ${provider}`, record.status, replicaStatuses[found.status]);
        same(`first window of ${root} of ${provider}`, record.firstWindow, found.firstWindow);
        same(`size class of ${root} of ${provider}`, record.m, found.m);
        if (record.status !== "removed") same(`place of ${root} of ${provider}`, record.index, found.index);
      });
    }
  }
  return checks;
}

/** The chain tells nothing of windows that it accounts for without a miss, so it may be further than the books. */
function checkAccounted(provider: Address, lane: Lane, found: number, closed: number): void {
  const free = countsOf(lane.bag) === 0n;
  let reached = lane.accounted;
  while (reached < closed && (free || isSet(lane, reached))) reached++;
  const right = found >= lane.accounted && found <= Math.max(reached, lane.accounted);
  holds(right, `first window not accounted of ${provider}`, `${lane.accounted} to ${reached}`, found);
}

function marketChecks(chain: Chain, books: Books, blockNumber: bigint): Check[] {
  const market = { address: chain.addresses.market, abi: storageMarketAbi, blockNumber } as const;
  const spacetime = { address: chain.addresses.spacetime, abi: spacetimeProofsAbi, blockNumber } as const;
  const checks: Check[] = [];
  for (const [dealKey, deal] of books.deals) {
    checks.push(async () => {
      const found = await read(chain, { ...market, functionName: "headerHashOf", args: [dealKey] });
      same(`header hash of deal ${dealKey}`, deal.headerHash, found);
      const { approvals, grant } = deal.stewardship;
      const steward = await read(chain, { ...market, functionName: "stewardshipOf", args: [dealKey] });
      same(`approvals for deal ${dealKey}`, approvals, steward.approvals);
      same(`a steward is named for deal ${dealKey}`, grant !== undefined, steward.named);
      same(`steward of deal ${dealKey}`, grant?.steward ?? zeroAddress, steward.steward);
      same(`last block of the steward of ${dealKey}`, grant?.until ?? 0, steward.until);
      same(`most that the steward of ${dealKey} approves`, grant?.maxPrice ?? 0n, steward.maxPrice);
      same(`least that the steward of ${dealKey} asks`, grant?.minCollateral ?? 0n, steward.minCollateral);
    });
    for (const [index, { slot, offer, firstWindow, refiller }] of deal.slots) {
      checks.push(async () => {
        const [{ tag }, found, reserve] = await Promise.all([
          read(chain, { ...spacetime, functionName: "recordOf", args: [offer.provider, offer.root] }),
          read(chain, { ...market, functionName: "slotOf", args: [dealKey, index] }),
          read(chain, { ...market, functionName: "reserveOf", args: [dealKey, index] }),
        ]);
        const name = `slot ${index} of deal ${dealKey}`;
        same(`tag of ${name}`, tagOf({ offer, firstWindow }), tag);
        same(`status of ${name}`, slot.status, slotStatuses[found.status]);
        same(`windows settled of ${name}`, slot.settled, found.settled);
        same(`misses left of ${name}`, slot.missesLeft, found.missesLeft);
        same(`end of ${name}`, slot.end, found.end);
        same(`generation of ${name}`, offer.generation, found.generation);
        same(`penalty of ${name}`, slot.penalty, reserve.penalty);
        same(`bonus of ${name}`, slot.bonus, reserve.bonus);
        same(`windows given up of ${name}`, slot.left, reserve.left);
        same(`first window that earns the bonus of ${name}`, slot.earnedFrom, reserve.earnedFrom);
        const last = await read(chain, { ...market, functionName: "refillerOf", args: [dealKey, index] });
        same(`who refilled ${name}`, refiller ?? zeroAddress, last);
      });
    }
  }
  return checks;
}

function retrievalChecks(chain: Chain, books: Books, blockNumber: bigint): Check[] {
  const { channels, downloads, retrieval, rewards } = chain.addresses;
  const channelOf = { address: channels, abi: paymentChannelsAbi, blockNumber, functionName: "channelOf" } as const;
  const statusOf = { address: downloads, abi: strictDownloadAbi, blockNumber, functionName: "statusOf" } as const;
  const retrievals = { address: retrieval, abi: forcedRetrievalAbi, blockNumber } as const;
  const pool = { address: rewards, abi: rewardPoolAbi, blockNumber } as const;
  return [
    ...[...books.channels.values()].map(({ payer, provider, ...channel }) => async () => {
      const found = await read(chain, { ...channelOf, args: [payer, provider] });
      const name = `channel of ${payer} and ${provider}`;
      same(`deposit of the ${name}`, channel.deposit, found.deposit);
      same(`redeemed of the ${name}`, channel.redeemed, found.redeemed);
      same(`epoch of the ${name}`, channel.epoch, found.epoch);
      same(`end of the ${name}`, channel.closableAt, found.closableAt);
    }),
    ...[...books.downloads].map(([id, { status, rewarded }]) => async () => {
      same(`status of ${id}`, status, downloadStatuses[await read(chain, { ...statusOf, args: [id] })]);
      const found = await read(chain, { ...pool, functionName: "isDownloadRewarded", args: [id] });
      same(`${id} is rewarded`, rewarded, found);
    }),
    ...[...books.fillings.values()].map(({ offer }) => async () => {
      const id = retrievalIdOf(offer);
      const found = await read(chain, { ...retrievals, functionName: "requestOf", args: [id] });
      const request = books.requests.get(id);
      same(`requester of ${id}`, request?.requester ?? zeroAddress, found.requester);
      same(`group asked for of ${id}`, request?.group ?? 0, found.group);
      same(`last block for the answer about ${id}`, request?.answerBy ?? 0, found.answerBy);
    }),
    ...[...books.providers].map(([provider, { asked }]) => async () => {
      const found = await read(chain, { ...retrievals, functionName: "exposureOf", args: [provider] });
      same(`stake that requests may cost ${provider}`, BigInt(asked) * books.rules.penalty, found);
    }),
    ...[...books.stored.keys()].map((key) => async () => {
      const found = await read(chain, { ...pool, functionName: "rewardedTo", args: key.split(" ") as [Address, Hex] });
      same(`rewarded windows of ${key}`, books.rewarded.get(key) ?? 0, found);
    }),
  ];
}
