// Sectors of empty space and their proofs, as CapacityProofs tells of them.

import type { Address, Hex } from "viem";
import { countOf, countsOf, draw, insert, remove, weightOf } from "../../data/bag.ts";
import { capacitySeed, capacityVector } from "../../data/capacity-challenge.ts";
import { sectorId } from "../../data/capacity-sector.ts";
import { seedOf } from "../../data/challenge.ts";
import { closeOf, openingOf } from "../../data/windows.ts";
import { holds, same } from "./difference.ts";
import { windowsAt } from "./lanes.ts";
import type { CapacityAuditRules } from "./rules.ts";
import type { Scope } from "./scope.ts";
import { type Books, type Handlers, laneOf, providerOf, type SectorBooks, type SpaceBooks, spaceOf } from "./state.ts";

const MAX_YIELDS = 16;
const ZERO = /^0x0+$/;

export const capacityEvents: Handlers = {
  SectorAdded(books, { provider, id, sector, m, root }, scope) {
    const rules = capacityRules(books);
    const space = collected(books, provider, scope);
    const windows = windowsAt(books.rules, provider, scope.block);
    const name = { chainId: BigInt(books.rules.chainId), capacity: rules.proofs, provider, sector };
    same(`id of sector ${sector} of ${provider}`, sectorId(name), BigInt(id));
    same(`${provider} is registered`, true, providerOf(books, provider).registered);
    same(`sector ${sector} of ${provider} is there already`, false, isActive(space, id));
    holds(m <= 3 * rules.levels, `size class of sector ${sector} of ${provider}`, `at most ${3 * rules.levels}`, m);
    const held = [...space.sectors.values()].filter(({ index }) => index !== undefined).length;
    holds(held < rules.maxSectors, `sectors of ${provider}`, `fewer than ${rules.maxSectors}`, held);
    const counts = countsOf(space.bag);
    const lane = weightOf(countsOf(laneOf(books, provider).bag));
    const weight = weightOf(counts) + lane + (1n << BigInt(m));
    holds(weight <= books.rules.maxWeight, `weight of ${provider}`, `at most ${books.rules.maxWeight}`, weight);
    if (draws(space, windows) && space.snapshotEnd !== windows.drawn) {
      space.snapshotEnd = windows.drawn;
      space.snapshot = counts;
    }
    insert(space.bag, m, id);
    space.sectors.set(id, { sector, m, root, index: Number(countOf(counts, m)) });
  },
  SectorRemoved(books, { provider, id, replica }, scope) {
    const space = spaceOf(books, provider);
    if (ZERO.test(replica)) {
      collected(books, provider, scope);
      const open = draws(space, windowsAt(books.rules, provider, scope.block));
      same(`an open window of ${provider} draws from its sectors`, false, open);
    } else {
      const place = space.yields.findIndex((waiting) => waiting.id === id && isDue(books, provider, waiting, scope));
      holds(place >= 0, `sector ${id} of ${provider}`, `in wait for a replica that counts`, replica);
      same(`what took the place of ${id} of ${provider}`, space.yields[place]!.replica, replica);
      space.yields = space.yields.toSpliced(place, 1);
    }
    same(`sector ${id} of ${provider} is there`, true, isActive(space, id));
    takeOut(space, space.sectors.get(id)!);
  },
  SectorYields(books, { provider, id, replica }, scope) {
    const space = collected(books, provider, scope);
    same(`${replica} was in the lane of ${provider} before`, false, laneOf(books, provider).records.has(replica));
    same(`sector ${id} of ${provider} is there`, true, isActive(space, id));
    space.yields = [...space.yields, { id, replica }];
    holds(
      space.yields.length <= MAX_YIELDS,
      `sectors in wait of ${provider}`,
      `at most ${MAX_YIELDS}`,
      space.yields.length,
    );
  },
  SectorsKept(books, { provider, replica }, scope) {
    const space = collected(books, provider, scope);
    space.yields = space.yields.filter((waiting) => waiting.replica !== replica);
  },
  CapacityProven(books, { provider, window, elements }, scope, log) {
    const { rules } = books;
    const capacity = capacityRules(books);
    const space = collected(books, provider, scope);
    const opening = openingOf(rules.schedule, provider, window);
    const open = opening < scope.block && scope.block <= closeOf(rules.schedule, provider, window);
    holds(open, `window ${window} of ${provider} at block ${scope.block}`, "open", "not open");
    same(`empty capacity of ${provider} was proven before in window ${window}`, false, space.proven.has(window));
    same(`lane of ${provider} is suspended`, false, laneOf(books, provider).suspended);
    const counts = space.snapshotEnd === window + 1 ? space.snapshot : countsOf(space.bag);
    holds(counts !== 0n, `sectors of ${provider} at the opening of window ${window}`, "some to draw from", "none");
    same(`empty capacity of ${provider} in window ${window}`, weightOf(counts), elements);
    const randomness = scope.evidence.randomness.get(opening);
    if (randomness !== undefined) {
      const seed = capacitySeed(seedOf(randomness, provider, window));
      const vector = capacityVector(
        Array.from({ length: capacity.challenges }, (_, j) => {
          const { m, index, element } = draw(seed, j, counts);
          const id = space.bag.get(m)![index]!;
          return { root: BigInt(space.sectors.get(id)!.root), id: BigInt(id), m, index: Number(element) };
        }),
        capacity.levels,
      );
      scope.claims.push({ of: "capacity", provider, window, seed, vector, log });
    }
    space.proven.set(window, elements);
  },
};

/** The rules of a deployment that has these events. */
export function capacityRules({ rules }: Books): CapacityAuditRules {
  if (rules.capacity === undefined) throw new TypeError("the deployment has no proofs of empty capacity");
  return rules.capacity;
}

/** The provider's space after what any call does first: no sector is left that had to give way to a replica. */
function collected(books: Books, provider: Address, scope: Scope): SpaceBooks {
  const space = spaceOf(books, provider);
  space.yields = stillWaiting(books, provider, scope.block);
  for (const { id, replica } of space.yields) {
    const due = isDue(books, provider, { replica }, scope);
    same(`sector ${id} of ${provider} is there after ${replica} came`, false, due);
  }
  return space;
}

/** Without those that wait for nothing any more: their replica counts, and their sector is gone. */
export function stillWaiting(books: Books, provider: Address, block: bigint): SpaceBooks["yields"] {
  const space = spaceOf(books, provider);
  return space.yields.filter((one) => isActive(space, one.id) || !isDue(books, provider, one, { block }));
}

/** Whether the replica counts for the latest window that opened. */
function isDue(
  books: Books,
  provider: Address,
  { replica }: { readonly replica: Hex },
  { block }: Pick<Scope, "block">,
): boolean {
  const record = laneOf(books, provider).records.get(replica);
  return record !== undefined && record.firstWindow < windowsAt(books.rules, provider, block).drawn;
}

function isActive(space: SpaceBooks, id: Hex): boolean {
  return space.sectors.get(id)?.index !== undefined;
}

function takeOut(space: SpaceBooks, sector: SectorBooks): void {
  const { m, index } = sector;
  remove(space.bag, m, index!);
  const moved = space.bag.get(m)?.[index!];
  if (moved !== undefined) space.sectors.get(moved)!.index = index;
  sector.index = undefined;
}

/** Whether a window that is not proven draws from the sectors now. */
function draws(space: SpaceBooks, { drawn, closed }: { readonly drawn: number; readonly closed: number }): boolean {
  return drawn !== closed && !space.proven.has(closed);
}
