/** Statements 1 and 6: who is paid and who is burned for which windows, and that an honest provider's proofs are taken. */
import type { Address } from "viem";
import { isProven, laneOf, windowsOf } from "../../node/data/model/lanes.ts";
import { providerOf } from "../../node/data/model/state.ts";
import { firstOf, type Invariant, type Seen } from "./invariant.ts";

/** Out of escrows a provider gets the price of the windows that it proved, and fees for slots that were cancelled. */
export const paidForProvenOnly: Invariant = {
  statement: 1,
  name: "paidForProvenOnly",
  broken: (seen) =>
    firstOf(providersOf(seen), (provider) => {
      const { witness } = seen;
      const paid = witness.released.get(`market/Escrows/${provider}`) ?? 0n;
      const least = pricesOfProven(seen, provider);
      const most = least + (witness.cancelFees.get(provider) ?? 0n);
      if (paid > most) return `${provider} was paid ${paid} for windows and fees of ${most}`;
      return paid < least ? `${provider} was paid ${paid} and proved windows for ${least}` : undefined;
    }),
};

/** Who proves and answers is never slashed: its stake never falls, and its replicas never fail. */
export const honestNeverPunished: Invariant = {
  statement: 1,
  name: "honestNeverPunished",
  broken: ({ state, honest, witness }) => {
    const { stake } = providerOf(state, honest);
    const before = witness.stakes.get(honest) ?? 0n;
    if (stake < before) return `the stake of the honest provider fell from ${before} to ${stake}`;
    return firstOf(state.slots, ([key, { slot, filling }]) =>
      filling.offer.provider === honest && slot.status === "Failed"
        ? `slot ${key} of the honest provider failed`
        : undefined,
    );
  },
};

/** Nobody's transaction keeps an honest provider from proving: no window of its lane closes unproven. */
export const honestProofsTaken: Invariant = {
  statement: 6,
  name: "honestProofsTaken",
  broken: ({ state, rules, block, honest }) => {
    const { counts, accounted } = laneOf(state, honest);
    if (counts === 0n) return undefined;
    const { closed } = windowsOf({ rules, block }, honest);
    for (let window = accounted; window < closed; window++) {
      if (!isProven(state, honest, window)) return `window ${window} of the honest provider closed without its proof`;
    }
    return undefined;
  },
};

/** Who is a client too is left out: what it gets back cannot be told from what it is paid. */
function providersOf({ state }: Seen): Address[] {
  const clients = new Set([...state.deals.values()].map(({ client }) => client));
  return [...state.providers.keys()].filter((provider) => !clients.has(provider));
}

function pricesOfProven({ state, witness }: Seen, provider: Address): bigint {
  let sum = 0n;
  for (const [{ offer, firstWindow }, settled] of witness.settled) {
    if (offer.provider !== provider) continue;
    for (let i = 0; i < settled; i++) if (isProven(state, provider, firstWindow + i)) sum += offer.price;
  }
  return sum;
}
