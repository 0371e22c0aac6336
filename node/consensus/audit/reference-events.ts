// The reference price, which follows how much of the stake the bags use.

import { poked, utilisationOf } from "../../data/reference-price.ts";
import { same } from "./difference.ts";
import type { Handlers } from "./state.ts";

export const referenceEvents: Handlers = {
  ReferencePoked(books, { period, tick, utilisation }, scope) {
    const { addresses, beta, reference } = books.rules;
    const staked = books.held.get(`${addresses.registry} stakes`) ?? 0n;
    const used = utilisationOf(books.totalWeight, beta, staked);
    // The first poke finds the tick of the deployment: at the target the price rests.
    const before = books.reference ?? { period: 0n, tick, utilisation: used };
    const next =
      books.reference === undefined
        ? { ...before, period: (scope.block - reference.start) / reference.periodBlocks }
        : poked(before, reference, scope.block, used);
    same("periods of the reference price", next.period, period);
    same("tick of the reference price", next.tick, tick);
    same("utilisation of the reference price", next.utilisation, utilisation);
    books.reference = next;
  },
};
