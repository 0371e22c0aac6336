// Holds what was replayed of empty space against the chain's state.

import { countsOf, weightOf } from "../../data/bag.ts";
import { capacityProgrammeAbi, capacityProofsAbi } from "../abi.ts";
import { read } from "../call.ts";
import type { Chain } from "../chain.ts";
import { stillWaiting } from "./capacity-events.ts";
import { holds, same } from "./difference.ts";
import { windowsAt } from "./lanes.ts";
import type { Books } from "./state.ts";

/** Reads one part of the state and throws RuleBroken where the books have something else. */
export type Check = () => Promise<void>;

const NEWEST = 32;

function newest(drawn: number): number[] {
  return Array.from({ length: Math.min(drawn, NEWEST) }, (_, i) => drawn - 1 - i);
}

export function capacityChecks(chain: Chain, books: Books, blockNumber: bigint): Check[] {
  const rules = books.rules.capacity;
  if (rules === undefined) return [];
  const proofs = { address: rules.proofs, abi: capacityProofsAbi, blockNumber } as const;
  const programme = { address: rules.programme, abi: capacityProgrammeAbi, blockNumber } as const;
  const checks: Check[] = [];
  for (const [provider, space] of books.spaces) {
    checks.push(async () => {
      const weight = weightOf(countsOf(space.bag));
      same(
        `labels of ${provider}`,
        weight,
        await read(chain, { ...proofs, functionName: "weightOf", args: [provider] }),
      );
      const [ids, replicas] = await read(chain, { ...proofs, functionName: "yieldsOf", args: [provider] });
      const found = ids.map((id, i) => `${id} for ${replicas[i]}`);
      // What waits for nothing any more goes with the next call, and no event tells of it.
      const [least, most] = [stillWaiting(books, provider, blockNumber), space.yields].map((yields) =>
        yields.map(({ id, replica }) => `${id} for ${replica}`),
      );
      const right = String(found) === String(least) || String(found) === String(most);
      holds(right, `sectors in wait of ${provider}`, String(least), String(found));
    });
    for (const [id, { sector, m, root, index }] of space.sectors) {
      checks.push(async () => {
        const found = await read(chain, { ...proofs, functionName: "sectorOf", args: [provider, sector] });
        same(`id of sector ${sector} of ${provider}`, id, found.id);
        same(`root of sector ${sector} of ${provider}`, root, found.root);
        same(`size class of sector ${sector} of ${provider}`, m, found.m);
        same(`sector ${sector} of ${provider} is there`, index !== undefined, found.active);
      });
    }
    // The newest too in which nothing was proven: an event that is kept back shows.
    const { drawn } = windowsAt(books.rules, provider, blockNumber);
    const windows = new Set([...space.proven.keys(), ...newest(drawn)]);
    for (const window of windows) {
      checks.push(async () => {
        const found = await read(chain, { ...proofs, functionName: "provenCapacity", args: [provider, window] });
        same(`empty capacity of ${provider} in window ${window}`, space.proven.get(window) ?? 0n, found);
      });
    }
  }
  for (const [provider, window] of books.capacityClaimed) {
    checks.push(async () => {
      const found = await read(chain, { ...programme, functionName: "claimedTo", args: [provider] });
      same(`windows claimed for by ${provider}`, window, found);
    });
  }
  for (const [window, paid] of books.capacityPaid) {
    checks.push(async () => {
      const found = await read(chain, { ...programme, functionName: "paidIn", args: [BigInt(window)] });
      same(`paid for empty capacity in windows ${window}`, paid, found);
    });
  }
  return checks;
}
