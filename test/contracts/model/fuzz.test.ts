/**
 * The whole market, contracts and reference model side by side (node/data/model): random actors, windows, orders within
 * blocks, reorganisations, hostile tokens and callers; after every step every balance, slot, lane and bitmap is compared.
 *
 *   FUZZ_STEPS=200000   how many steps (npm run test:long takes that many)
 *   FUZZ_FROM=150000    goes on where a run was stopped: sequences do not depend on each other
 *   FUZZ_SEED="..."     other sequences; the seed is printed
 *   FUZZ_REPLAY="..."   one sequence of steps, as a failure prints it
 */
import { expect } from "chai";
import { network } from "hardhat";
import { witnessOf } from "../../invariants/witness.ts";
import { deliveriesOf, storedReplicas } from "./deliveries.ts";
import { deployFuzzed } from "./deployment.ts";
import { forgetReadings } from "./reading.ts";
import { type Counts, formatSteps, parseSteps, randomSteps, runSteps, type Step, StepFailed } from "./sequence.ts";
import { shrink } from "./shrink.ts";
import { forkOf, rewind, type World } from "./world.ts";

const { FUZZ_SEED, FUZZ_STEPS, FUZZ_FROM, FUZZ_REPLAY, HOLDFAST_LONG } = process.env;
const SEED = FUZZ_SEED ?? "holdfast";
const STEPS = Number(FUZZ_STEPS ?? (HOLDFAST_LONG ? 200_000 : 2_000));
const FROM = Number(FUZZ_FROM ?? 0);
const LENGTH = 200;
const MILLISECONDS_PER_STEP = 250;
/** Steps between two lines of a long run. */
const PROGRESS = 10_000;

/** What any two thousand steps have some of, and what any twenty thousand have. */
const FREQUENT = [
  ...["openDeal", "settle", "settleMany", "release", "submitProof", "account", "sweep", "stake", "withdraw", "redeem"],
  ...["fund", "request", "postDeal", "order: reserve", "order: closeOrder", "open download", "time", "block", "shared"],
];
const COMMON = [
  ...FREQUENT,
  ...["addSector", "removeSector", "yieldTo", "keepFrom", "collect", "proveCapacity", "claimCapacity"],
  ...["fund the programme", "openDealWithPermit", "depositWithPermit", "token: permit", "token: approve"],
  ...["fillSlots", "cancel", "drop", "forfeit", "releaseMany", "extend", "topUp", "refill", "handOver", "setSteward"],
  ...[
    "heartbeat",
    "order: take",
    "order: commit",
    "order: activate",
    "requestUnstake",
    "withdrawStake",
    "revokeOffers",
  ],
  ...[
    "declareOperator",
    "depositFor",
    "sweepBurned",
    "startClose",
    "close",
    "closeAsProvider",
    "pin",
    "poke",
    "answer",
  ],
  ...["download: reveal", "download: pay", "download: dispute", "download: giveBack", "expire", "claimStorage"],
  ...["fund the pool", "fork", "rewind", "token: turn", "token: callBack", "turn the wallet", "pause", "unpause"],
];

async function deployWorld(): Promise<World> {
  const market = await deployFuzzed(await network.create());
  const { state, addresses } = market;
  const stored = storedReplicas();
  const block = await market.chain.blockNumber();
  return {
    ...market,
    ...{ block, forks: [], memory: { fillings: [], sessions: [], vouchers: [], mood: 0, count: 0 } },
    ...{ witness: witnessOf(state, state.tokens.get(addresses.vault)!, block) },
    ...{ stored, deliveries: deliveriesOf(stored) },
  };
}

/** Runs sequences from the same deployment again and again. */
async function play(world: World, steps: readonly Step[], counts: Counts): Promise<StepFailed | undefined> {
  const start = await forkOf(world);
  try {
    await runSteps(world, steps, counts);
    return undefined;
  } catch (failure) {
    if (failure instanceof StepFailed) return failure;
    throw failure;
  } finally {
    await rewind(world, start);
    world.forks.length = 0;
    forgetReadings();
  }
}

/** @param before Steps of the sequences that nothing was found in. */
async function explain(world: World, steps: readonly Step[], failure: StepFailed, before: number): Promise<never> {
  const failing = steps.slice(0, failure.index + 1);
  let last = failure;
  const least = await shrink(failing, async (part) => {
    const again = await play(world, part, new Map());
    if (again !== undefined) last = again;
    return again !== undefined;
  });
  throw new Error(
    `${last.message}\n  found after ${before + failing.length} steps, shrunk to ${least.length}; replay them with\n  FUZZ_REPLAY="${formatSteps(least)}"`,
    { cause: last },
  );
}

describe("the market beside its reference model", () => {
  const range = FROM > 0 ? `${FROM} to ${STEPS} of the random steps` : `${STEPS} random steps`;
  const title = FUZZ_REPLAY === undefined ? `${range} (FUZZ_SEED="${SEED}")` : "the steps of FUZZ_REPLAY";
  it(`agrees on everything after each of ${title}`, async function () {
    this.timeout(600_000 + STEPS * MILLISECONDS_PER_STEP);
    const world = await deployWorld();
    const counts: Counts = new Map();
    const sequences =
      FUZZ_REPLAY === undefined
        ? Array.from({ length: Math.ceil(STEPS / LENGTH) }, (_, i) => randomSteps(`${SEED} ${i}`, LENGTH))
        : [parseSteps(FUZZ_REPLAY)];
    for (const [i, steps] of sequences.entries()) {
      if (i * LENGTH < FROM) continue;
      const failure = await play(world, steps, counts);
      if (failure !== undefined) await explain(world, steps, failure, i * LENGTH);
      const done = (i + 1) * LENGTH;
      if (done % PROGRESS === 0) console.log(`      ${done} of ${STEPS} steps agree`);
    }
    // What never happens is not compared.
    if (FUZZ_REPLAY === undefined && STEPS - FROM >= 2_000) {
      const expected = STEPS - FROM < 20_000 ? FREQUENT : COMMON;
      expect(expected.filter((name) => !counts.has(name))).to.deep.equal([]);
    }
    const done = [...counts].sort(([, a], [, b]) => b - a);
    console.log(`      ${done.map(([name, times]) => `${name} ${times}`).join(", ")}`);
  });
});
