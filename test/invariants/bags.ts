/** Statements 3 and 4: what is paid for is drawn from, and weight in the draws costs stake. */
import { countOf } from "../../node/data/bag.ts";
import { burnOf, laneOf, recordOf, weightAt } from "../../node/data/model/lanes.ts";
import { ADMISSION_MISSES } from "../../node/data/model/registry.ts";
import { providerOf } from "../../node/data/model/state.ts";
import { firstOf, type Invariant } from "./invariant.ts";

/** The replica of every slot that goes on is in its provider's bag, at the place that a draw would find it. */
export const activeIsDrawn: Invariant = {
  statement: 3,
  name: "activeIsDrawn",
  broken: ({ state }) =>
    firstOf(state.slots, ([key, { slot, filling }]) => {
      if (slot.status !== "Active") return undefined;
      const { provider, root, m } = filling.offer;
      const record = recordOf(state, provider, root);
      if (record?.status !== "Active" || record.m !== m) return `the replica of slot ${key} is not active in its lane`;
      const drawn = BigInt(record.index) < countOf(laneOf(state, provider).counts, m);
      const here = state.places.get(`${provider}/${m}/${record.index}`) === root;
      return drawn && here ? undefined : `no draw finds the replica of slot ${key}`;
    }),
};

/** Whoever made its bag heavier in this step has the stake of 32 misses of it. */
export const weightCostsStake: Invariant = {
  statement: 3,
  name: "weightCostsStake",
  broken: ({ state, rules, witness }) =>
    firstOf(state.lanes, ([provider, { counts }]) => {
      const weight = weightAt(counts);
      const { stake } = providerOf(state, provider);
      const heavier = weight > (witness.weights.get(provider) ?? 0n);
      // In a step of several calls its stake may have fallen since.
      const before = witness.stakes.get(provider) ?? 0n;
      const most = stake > before ? stake : before;
      const needed = burnOf(rules, weight, ADMISSION_MISSES);
      return heavier && most < needed ? `${provider} added up to ${weight} with a stake of ${most}` : undefined;
    }),
};

/** No lane outgrows what K challenges can guard. */
export const lanesAreCapped: Invariant = {
  statement: 3,
  name: "lanesAreCapped",
  broken: ({ state, rules }) =>
    firstOf(state.lanes, ([provider, { counts }]) =>
      weightAt(counts) > rules.maxWeight ? `the lane of ${provider} weighs ${weightAt(counts)}` : undefined,
    ),
};

/** What the pool gave back for storage and downloads stays below nine tenths of the fees that were burned for them. */
export const rewardsBelowFees: Invariant = {
  statement: 3,
  name: "rewardsBelowFees",
  broken: ({ witness }) => {
    let rewarded = 0n;
    for (const [key, amount] of witness.released) if (key.startsWith("rewards/Pools/")) rewarded += amount;
    const burned = (witness.burned.get("market/Escrows") ?? 0n) + (witness.burned.get("downloads/Escrows") ?? 0n);
    return 10n * rewarded > 9n * burned ? `the pool paid ${rewarded} for burned fees of ${burned}` : undefined;
  },
};

/** A client's slot with an honest provider keeps its replica until one of the two ends it. */
export const honestReplicaStays: Invariant = {
  statement: 4,
  name: "honestReplicaStays",
  broken: ({ state, honest }) =>
    firstOf(state.slots, ([key, { slot, filling }]) => {
      const { provider, root } = filling.offer;
      if (provider !== honest || slot.settled === slot.end) return undefined;
      const record = recordOf(state, provider, root);
      return record?.status === "Active" ? undefined : `slot ${key} goes on, and its replica is ${record?.status}`;
    }),
};
