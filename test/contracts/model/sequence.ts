/**
 * A sequence of random steps from a fresh deployment. A step is a word and a number, and nothing else decides what it does in
 * the state that it finds: so any part of a sequence is a sequence too, which is what makes a failing one shrink.
 */
import { vaultAbi } from "../../../node/consensus/abi.ts";
import { transact } from "../../../node/data/model/call.ts";
import { laneOf, windowsOf } from "../../../node/data/model/lanes.ts";
import type { FilledSlot } from "../../../node/data/model/state.ts";
import { withdraw } from "../../../node/data/model/tokens.ts";
import { freeOf } from "../../../node/data/model/vault.ts";
import type { Filling } from "../../../node/data/terms.ts";
import { closedWindows, closeOf } from "../../../node/data/windows.ts";
import { type Random, random } from "../../fixtures/random.ts";
import { overcharged } from "../../invariants/signatures.ts";
import { shuffled } from "./actions/deals.ts";
import { actions } from "./actions/list.ts";
import { isDue, proofOf } from "./actions/proofs.ts";
import { answerOf, requestedOffers } from "./actions/retrievals.ts";
import { brokenNow } from "./invariants.ts";
import { difference } from "./reading.ts";
import { chance, encode, forkOf, type Intent, pick, rewind, type World } from "./world.ts";

export interface Step {
  readonly name: string;
  readonly dice: number;
}

/** What happened how often; calls that the contracts did not take count by their error. */
export type Counts = Map<string, number>;

/** Chain and model differ, or an invariant is broken. */
export class StepFailed extends Error {
  readonly index: number;

  constructor(index: number, step: Step, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`step ${index} (${step.name}:${step.dice}): ${reason}`, { cause });
    this.index = index;
  }
}

const TIME = "time";
const BLOCK = "block";
const FORK = "fork";
const REWIND = "rewind";
const weights: readonly (readonly [string, number])[] = [
  ...Object.entries(actions).map(([name, { weight }]) => [name, weight] as const),
  ...([
    [TIME, 24],
    [BLOCK, 5],
    [FORK, 1],
    [REWIND, 1],
  ] as const),
];
const TOTAL = weights.reduce((sum, [, weight]) => sum + weight, 0);

export function randomSteps(seed: string, length: number): Step[] {
  const dice = random(seed);
  return Array.from({ length }, () => ({ name: randomName(dice), dice: dice.between(0, 2 ** 31 - 1) }));
}

function randomName(dice: Random): string {
  let roll = dice.between(1, TOTAL);
  for (const [name, weight] of weights) {
    roll -= weight;
    if (roll <= 0) return name;
  }
  throw new RangeError("weights do not add up");
}

/** "open:17 settle:4" and back, so that a failure can be pasted into the environment. */
export function formatSteps(steps: readonly Step[]): string {
  return steps.map(({ name, dice }) => `${name}:${dice}`).join(" ");
}

export function parseSteps(text: string): Step[] {
  return text
    .trim()
    .split(/\s+/)
    .map((word) => {
      const [name, dice] = word.split(":");
      return { name: name!, dice: Number(dice) };
    });
}

/** Runs the steps on `world`, which must be fresh. @throws StepFailed */
export async function runSteps(world: World, steps: readonly Step[], counts: Counts): Promise<void> {
  const last = steps.length - 1;
  for (const [index, step] of steps.entries()) {
    try {
      await dutiesOfTheHonest(world, counts);
      await runStep(world, step, counts);
      await compare(world);
      if (index < last) continue;
      // Leaving takes blocks, in which a window that is open now may close.
      await dutiesOfTheHonest(world, counts);
      await everybodyLeaves(world);
    } catch (cause) {
      throw new StepFailed(index, step, cause);
    }
  }
}

/** Chain and model have to agree, and then neither may break an invariant. */
async function compare(world: World): Promise<void> {
  const differs = await difference(world);
  if (differs !== undefined) throw new Error(differs);
  const broken = await brokenNow(world);
  if (broken !== undefined) throw new Error(broken);
}

/** Every balance can be withdrawn: what remains in the vault then is what its modules hold for somebody. */
async function everybodyLeaves(world: World): Promise<void> {
  const { vault, token } = world.addresses;
  for (const actor of world.cast.everybody) {
    const amount = freeOf(world.state, actor.address);
    const refusal = await world.chain.send({
      from: actor.account.address,
      ...encode(actor, vault, vaultAbi, "withdraw", [amount, actor.address]),
    });
    if (refusal !== undefined) throw new Error(`${actor.name} cannot withdraw ${amount}: ${refusal}`);
    const call = { state: world.state, rules: world.rules, block: ++world.block, caller: actor.address };
    transact(call, (call) => withdraw(call, { vice: "None", vault, address: token }, actor.address, amount));
  }
  await compare(world);
}

async function runStep(world: World, step: Step, counts: Counts): Promise<void> {
  const dice = random(`${step.name} ${step.dice}`);
  if (!(step.name in actions)) count(counts, step.name);
  switch (step.name) {
    case TIME:
      return passTime(world, dice, counts);
    case BLOCK:
      return shareBlock(world, dice, counts);
    case FORK:
      world.forks.push(await forkOf(world));
      return;
    case REWIND: {
      const fork = world.forks.pop();
      if (fork !== undefined) await rewind(world, fork);
      return;
    }
    default:
      for (const intent of await actions[step.name]!.run(world, dice)) await run(world, intent, counts);
  }
}

/** One call in a block of its own: chain and model must say the same. */
async function run(world: World, intent: Intent, counts: Counts): Promise<void> {
  const expected = applyTo(world, intent, world.block + 1n);
  const found = await world.chain.send({ from: intent.actor.account.address, to: intent.to, data: intent.data });
  world.block += 1n;
  if (found !== expected) {
    throw new Error(
      `${intent.name} by ${intent.actor.name}: the chain says ${found ?? "yes"}, the model ${expected ?? "yes"}`,
    );
  }
  count(counts, found === undefined ? intent.name : `${intent.name}: ${found}`);
}

function applyTo(world: World, { name, actor, apply, spends, learn }: Intent, block: bigint): string | undefined {
  const { state, rules } = world;
  const before = new Map(state.free);
  const refusal = transact({ state, rules, block, caller: actor.address }, apply);
  if (refusal !== undefined) return refusal;
  const broken = overcharged(before, state, new Map(spends));
  if (broken !== undefined) throw new Error(`invariant overcharged (statement 7): after ${name}, ${broken}`);
  learn?.();
  remember(world, block);
  return undefined;
}

/** Calls of several actors in one block; then, often, the same block again in another order, as after a reorganisation. */
async function shareBlock(world: World, dice: Random, counts: Counts): Promise<void> {
  const intents: Intent[] = [];
  for (let i = dice.between(2, 5); i > 0; i--) {
    const [intent, ...more] = await actions[randomAction(dice)]!.run(world, dice);
    if (intent !== undefined && more.length === 0) intents.push(intent);
  }
  if (intents.length === 0) return;
  const again = chance(dice, 70) ? await forkOf(world) : undefined;
  await runTogether(world, intents, counts);
  if (again === undefined) return;
  await compare(world);
  await rewind(world, again);
  await runTogether(world, shuffled(dice, intents), counts);
}

async function runTogether(world: World, intents: readonly Intent[], counts: Counts): Promise<void> {
  const expected = intents.map((intent) => applyTo(world, intent, world.block + 1n));
  const sent = intents.map(({ actor, to, data }) => ({ from: actor.account.address, to, data }));
  const done = await world.chain.sendTogether(sent);
  world.block += 1n;
  for (const [i, { name, actor }] of intents.entries()) {
    const refusal = expected[i];
    if (done[i] !== (refusal === undefined)) {
      const said = done[i] ? "takes" : "refuses";
      throw new Error(
        `${name} by ${actor.name}: the chain ${said} it in a shared block, the model says ${refusal ?? "yes"}`,
      );
    }
    count(counts, "shared");
  }
}

function randomAction(dice: Random): string {
  const name = randomName(dice);
  return name in actions ? name : randomAction(dice);
}

/** Blocks without calls. The honest provider misses no window meanwhile. */
async function passTime(world: World, dice: Random, counts: Counts): Promise<void> {
  const { honest } = world.cast;
  let blocks = dice.between(1, pick(dice, [3, 12, 40, 90]));
  // Now and then over a word of the bitmap, or so far that an idle lane falls behind; the honest one proves all the way.
  if (chance(dice, 2))
    blocks = Number(world.rules.period) * (laneOf(world.state, honest.address).counts === 0n ? 1_200 : 200);
  const target = world.block + BigInt(blocks);
  while (world.block < target) {
    const closed = closedWindows(world.rules, honest.address, world.block + 1n);
    const close = closeOf(world.rules, honest.address, closed);
    const isIdle = laneOf(world.state, honest.address).counts === 0n;
    const stop = isIdle || target < close - 1n ? target : close - 1n;
    if (stop > world.block) {
      await world.chain.mine(stop - world.block);
      world.block = stop;
    }
    if (isDue(world, honest.address)) await dutiesOfTheHonest(world, counts);
    else if (world.block < target) {
      await world.chain.mine(1n);
      world.block += 1n;
    }
  }
}

/** It proves every window that asks for a proof, and answers whoever asks for bytes. */
async function dutiesOfTheHonest(world: World, counts: Counts): Promise<void> {
  const { honest } = world.cast;
  if (isDue(world, honest.address)) {
    const window = closedWindows(world.rules, honest.address, world.block + 1n);
    await run(world, proofOf(world, honest, honest.address, window), counts);
  }
  for (const offer of requestedOffers(world)) {
    if (offer.provider === honest.address) await run(world, answerOf(world, honest, offer, true), counts);
  }
}

/** Fillings are remembered when their slot has another one already, and stakes at their highest within a step. */
function remember({ state, rules, memory, witness }: World, block: bigint): void {
  for (const [key, { slot, filling }] of state.slots) {
    const before = witness.standing.get(key);
    if (before?.filling !== filling) {
      memory.fillings.push(filling);
      if (before !== undefined) {
        const { drawn } = windowsOf({ rules, block }, before.filling.offer.provider);
        witness.settled.set(before.filling, settledWhenReplaced(before, filling, drawn));
      }
    }
    witness.settled.set(filling, slot.settled);
    witness.standing.set(key, { slot, filling });
  }
  for (const [provider, { stake }] of state.providers) {
    if (stake > (witness.stakes.get(provider) ?? 0n)) witness.stakes.set(provider, stake);
  }
}

/** Windows of a filling that were settled in the call that put another one in its place; `drawn` is the lane's next to open. */
function settledWhenReplaced({ slot, filling: old }: FilledSlot, next: Filling, drawn: number): number {
  if (next.offer.generation !== old.offer.generation) return slot.settled;
  // An extension or a top-up counts on from where the old filling was settled; a handover settles all that has opened.
  if (next.offer.provider === old.offer.provider) return next.firstWindow - old.firstWindow;
  return Math.min(slot.end, Math.max(drawn - old.firstWindow, 0));
}

function count(counts: Counts, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
