/** Statement 2: tokens leave only with a liability, and every balance can be withdrawn. */
import { windowsLeft } from "../../node/data/changes.ts";
import { liabilitiesOf } from "../../node/data/model/vault.ts";
import { firstOf, type Invariant } from "./invariant.ts";

/** A surplus may lie in the vault, a shortfall never. */
export const covered: Invariant = {
  statement: 2,
  name: "covered",
  broken: ({ state, vault }) => {
    const tokens = state.tokens.get(vault) ?? 0n;
    const owed = liabilitiesOf(state);
    return tokens < owed ? `the vault owes ${owed} and has ${tokens}` : undefined;
  },
};

/** What the vault owes is what came in less what went out: nothing is created or lost inside. */
export const conserved: Invariant = {
  statement: 2,
  name: "conserved",
  broken: ({ state, witness }) => {
    const owed = liabilitiesOf(state);
    const left = witness.deposited - witness.withdrawn;
    return owed === left ? undefined : `the vault owes ${owed}, and ${left} came in and did not go out`;
  },
};

/** Every balance and bucket is the sum of the movements that the vault reported. */
export const reported: Invariant = {
  statement: 2,
  name: "reported",
  broken: ({ state, witness }) =>
    firstOf(["free", "held"] as const, (part) =>
      firstOf(new Set([...state[part].keys(), ...witness[part].keys()] as string[]), (key) => {
        const now = (state[part] as Map<string, bigint>).get(key) ?? 0n;
        const told = (witness[part] as Map<string, bigint>).get(key) ?? 0n;
        return now === told ? undefined : `${part} ${key} is ${now}, and the events add up to ${told}`;
      }),
    ),
};

/** The market's buckets are exactly what its slots say is still owed. */
export const escrowed: Invariant = {
  statement: 2,
  name: "escrowed",
  broken: ({ state }) => {
    let escrow = 0n;
    let collateral = 0n;
    let bonus = 0n;
    for (const { slot, filling } of state.slots.values()) {
      const { price, collateral: whole } = filling.offer;
      escrow += BigInt(windowsLeft(slot)) * price;
      if (slot.status === "Active") collateral += whole - slot.penalty;
      bonus += slot.bonus;
    }
    return firstOf(
      [["Escrows", escrow] as const, ["Collateral", collateral] as const, ["Bonds", bonus] as const],
      ([bucket, owed]) => {
        const held = state.held.get(`market/${bucket}`) ?? 0n;
        return held === owed ? undefined : `the market holds ${held} in ${bucket}, and its slots account for ${owed}`;
      },
    );
  },
};
