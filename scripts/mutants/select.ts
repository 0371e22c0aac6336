/** A seeded choice of mutations: every kind and every file gets its share, and no two are the same place. */
import { createHash } from "node:crypto";
import { kinds, type Mutation } from "./operators.ts";

/**
 * Up to `count` mutations. The order of a draw is by hash of seed and text, never by a place: a change of the contracts leaves
 * the choice alone where they did not change.
 */
export function selectMutations(all: readonly Mutation[], count: number, seed: string): Mutation[] {
  const drawn = all
    .map((mutation) => ({ mutation, rank: rankOf(mutation, seed) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .map(({ mutation }) => mutation);
  const queues = [...Map.groupBy(drawn, ({ file, kind }) => `${file} ${kind}`).values()].sort(
    (a, b) => kinds.indexOf(a[0]!.kind) - kinds.indexOf(b[0]!.kind) || (a[0]!.file < b[0]!.file ? -1 : 1),
  );
  const chosen: Mutation[] = [];
  const places = new Set<string>();
  // In turns, so that large files do not crowd out small ones.
  while (chosen.length < count && queues.some((queue) => queue.length > 0)) {
    for (const queue of queues) {
      const mutation = queue.shift();
      if (mutation === undefined || chosen.length >= count) continue;
      const { from, to } = mutation.wrap("");
      const place = `${mutation.file} ${from} ${to}`;
      if (places.has(place)) continue;
      places.add(place);
      chosen.push(mutation);
    }
  }
  return chosen;
}

/** What stays the same when lines move, and is nobody else's. */
export function identityOf({ file, within, kind, original, mutated, nth }: Mutation): string {
  return `${file} ${within} | ${kind} | ${original} -> ${mutated}${nth > 1 ? ` (${nth})` : ""}`;
}

function rankOf(mutation: Mutation, seed: string): string {
  return createHash("sha256")
    .update(`${seed}\n${identityOf(mutation)}`)
    .digest("hex");
}
