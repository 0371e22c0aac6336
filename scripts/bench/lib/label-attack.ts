/** How few of a sector's labels can be kept if any label has to be there after a bounded number of hashes. */
import { drSample, PARENTS } from "../../../node/data/capacity-graph.ts";

/** Parents of all labels of a sector with 2^m, six each; those of the first are never looked at. */
export function sectorGraph(m: number, id: bigint): Uint32Array {
  const parentsOf = drSample(id);
  const graph = new Uint32Array(PARENTS * 2 ** m);
  for (let index = 1; index < 2 ** m; index++) graph.set(parentsOf(index), PARENTS * index);
  return graph;
}

export type Attack = {
  /** Labels kept. */
  readonly kept: number;
  /** Hashes that a challenge asks for, on average over all labels: none for one that is kept. */
  readonly meanHashes: number;
};

/**
 * Greedy, in the order of the labels: one is kept if making it would ask for more than `most` hashes. (Keeping parents until it does
 * not, those that ask for most or that most labels have for parents, keeps more: 0.68 to 0.81 of a sector where this keeps 0.62.)
 * Nothing says that there is no better attack: an attacker needs this much at most.
 */
export function greedyAttack(graph: Uint32Array, most: number): Attack {
  const kept = new Uint8Array(graph.length / PARENTS);
  const hashesFor = hashCounter(graph, kept, most);
  kept[0] = 1; // nothing gives it
  // Only labels before it matter to one, and those are settled.
  for (let index = 1; index < kept.length; index++) kept[index] = hashesFor(index) > most ? 1 : 0;
  return tally(kept, hashesFor);
}

/**
 * From all labels, drops one after the other, those first that the fewest labels have for a parent, wherever no label asks for more than
 * `most` hashes afterwards. Keeps a little less than the greedy one where `most` is far below the number of labels, and takes minutes
 * where it is not.
 */
export function patientAttack(graph: Uint32Array, most: number): Attack {
  const count = graph.length / PARENTS;
  const kept = new Uint8Array(count).fill(1);
  const hashesFor = hashCounter(graph, kept, most);
  const children: number[][] = Array.from({ length: count }, () => []);
  for (let at = PARENTS; at < graph.length; at++) children[graph[at]!]!.push(Math.floor(at / PARENTS));

  /** Whether a label that was dropped, and all that are made of it, can still be made. */
  function fits(dropped: number): boolean {
    const seen = new Set([dropped]);
    for (const label of seen) {
      if (hashesFor(label) > most) return false;
      for (const child of children[label]!) if (kept[child] === 0) seen.add(child);
    }
    return true;
  }
  const order = Array.from({ length: count - 1 }, (_, i) => i + 1);
  for (const label of order.sort((a, b) => children[a]!.length - children[b]!.length)) {
    kept[label] = 0;
    if (!fits(label)) kept[label] = 1;
  }
  return tally(kept, hashesFor);
}

/** Labels that have to be made for one that is not kept, itself included; `most + 1` for more than that. */
function hashCounter(graph: Uint32Array, kept: Uint8Array, most: number): (index: number) => number {
  const seen = new Uint32Array(kept.length);
  const queue = new Uint32Array(most + 1 + PARENTS);
  let stamp = 0;
  return (index) => {
    let [head, tail] = [0, 1];
    queue[0] = index;
    seen[index] = ++stamp;
    while (head < tail) {
      if (tail > most) return most + 1;
      const label = queue[head++]!;
      for (let at = PARENTS * label; at < PARENTS * (label + 1); at++) {
        const parent = graph[at]!;
        if (kept[parent] === 1 || seen[parent] === stamp) continue;
        seen[parent] = stamp;
        queue[tail++] = parent;
      }
    }
    return tail;
  };
}

function tally(kept: Uint8Array, hashesFor: (index: number) => number): Attack {
  let [labels, hashes] = [0, 0];
  for (const [index, is] of kept.entries()) {
    if (is === 1) labels++;
    else hashes += hashesFor(index);
  }
  return { kept: labels, meanHashes: hashes / kept.length };
}
