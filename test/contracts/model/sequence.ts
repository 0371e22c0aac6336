/**
 * A sequence of random steps from a fresh deployment. A step is a word and a number, and nothing else decides what it does in
 * the state that it finds: so any part of a sequence is a sequence too, which is what makes a failing one shrink.
 */
import { transact } from "../../../node/data/model/call.ts";
import { closedWindows, closeOf } from "../../../node/data/windows.ts";
import { type Random, random } from "../../fixtures/random.ts";
import { shuffled } from "./actions/deals.ts";
import { actions } from "./actions/list.ts";
import { isDue, proofOf } from "./actions/proofs.ts";
import { answerOf, requestedOffers } from "./actions/retrievals.ts";
import { difference } from "./reading.ts";
import { chance, forkOf, type Intent, pick, rewind, type World } from "./world.ts";

export interface Step {
  readonly name: string;
  readonly dice: number;
}

/** Runs after every step, on a world whose chain and model agree; throws if something must never have happened. */
export type Check = (world: World, step: Step) => Promise<void> | void;

/** What happened how often; "refused" behind a name for calls that the contracts did not take. */
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
export async function runSteps(world: World, steps: readonly Step[], check: Check, counts: Counts): Promise<void> {
  for (const [index, step] of steps.entries()) {
    try {
      await dutiesOfTheHonest(world, counts);
      await runStep(world, step, counts);
      const differs = await difference(world);
      if (differs !== undefined) throw new Error(differs);
      await check(world, step);
    } catch (cause) {
      throw new StepFailed(index, step, cause);
    }
  }
}

async function runStep(world: World, step: Step, counts: Counts): Promise<void> {
  const dice = random(`${step.name} ${step.dice}`);
  count(counts, step.name);
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
  count(counts, found === undefined ? intent.name : `${intent.name} refused`);
}

function applyTo(world: World, { actor, apply, learn }: Intent, block: bigint): string | undefined {
  const refusal = transact({ state: world.state, rules: world.rules, block, caller: actor.address }, apply);
  if (refusal === undefined) {
    learn?.();
    remember(world);
  }
  return refusal;
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
  const differs = await difference(world);
  if (differs !== undefined) throw new Error(`in the block's first order: ${differs}`);
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
  const target = world.block + BigInt(dice.between(1, pick(dice, [3, 12, 40, 90])));
  const { honest } = world.cast;
  while (world.block < target) {
    const closed = closedWindows(world.rules, honest.address, world.block + 1n);
    const close = closeOf(world.rules, honest.address, closed);
    const stop = target < close - 1n ? target : close - 1n;
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

/** Fillings are remembered when their slot has another one already. */
function remember({ state, memory }: World): void {
  if (memory.fillings.length >= state.slots.size) return;
  const known = new Set(memory.fillings);
  for (const { filling } of state.slots.values()) if (!known.has(filling)) memory.fillings.push(filling);
}

function count(counts: Counts, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

/** A world at the deployment's first block after its setting up. */
export function freshMemory(): World["memory"] {
  return { fillings: [], sessions: [], vouchers: [], mood: 0, count: 0 };
}
