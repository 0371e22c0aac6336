import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { type Address, getAddress, type Hex, numberToHex } from "viem";
import type { Rules } from "../../node/data/model/rules.ts";
import { emptyState, NO_PROVIDER, type State } from "../../node/data/model/state.ts";
import { filledSlot } from "../../node/data/settlement.ts";
import type { Filling, Offer } from "../../node/data/terms.ts";
import type { Seen } from "./invariant.ts";
import { brokenInvariant, invariants, statements, triedElsewhere } from "./list.ts";
import { overcharged } from "./signatures.ts";
import { type Witness, witnessOf } from "./witness.ts";

const root = path.resolve(import.meta.dirname, "../..");
const address = (n: number): Address => getAddress(numberToHex(n, { size: 20 }));
const [vault, honest, client] = [address(1), address(2), address(3)];
const REPLICA: Hex = "0x04";
const SLOT = "0xdea1/0";

/** One active slot of the honest provider, 10 windows at 7, two of them settled and proven; the books fit. */
function seen(change: (state: State, witness: Witness) => void): Seen {
  const offer = { provider: honest, client, dealKey: "0xdea1", slot: 0, root: REPLICA, m: 13 } as unknown as Offer;
  const filling: Filling = { offer: { ...offer, price: 7n, collateral: 70n }, firstWindow: 0 };
  const state = emptyState();
  const rules = { genesis: 0n, period: 30n, windowLength: 24n, beta: 2n ** 60n, maxWeight: 2n ** 14n } as Rules;
  state.deals.set("0xdea1", { client, salt: "0x", headerHash: "0x" } as never);
  state.slots.set(SLOT, { slot: { ...filledSlot({ windows: 10, maxMisses: 3 }), settled: 2 }, filling });
  state.providers.set(honest, { ...NO_PROVIDER, registered: true, stake: 100_000n });
  state.lanes.set(honest, { counts: 1n, snapshot: 0n, snapshotEnd: 0, accounted: 0, suspended: false });
  state.records.set(`${honest}/${REPLICA}`, { filling, m: 13, index: 0, firstWindow: 0, status: "Active" });
  state.places.set(`${honest}/13/0`, REPLICA);
  state.proven.set(`${honest}/0`, 0b111111n);
  for (const [bucket, amount] of [
    ["Escrows", 56n],
    ["Collateral", 70n],
  ] as const)
    state.held.set(`market/${bucket}`, amount);
  state.held.set("registry/Stakes", 100_000n);
  state.free.set(honest, 14n);
  const owed = 100_000n + 56n + 70n + 14n;
  state.tokens.set(vault, owed);
  const witness = witnessOf(state, owed, 0n);
  witness.released.set(`market/Escrows/${honest}`, 14n);
  witness.settled.set(filling, 2);
  witness.stakes.set(honest, 100_000n);
  witness.weights.set(honest, 2n ** 13n);
  change(state, witness);
  return { state, rules, witness, vault, honest, block: 90n };
}

const slotOf = ({ slots }: State) => slots.get(SLOT)!;
const laneOf = ({ lanes }: State) => lanes.get(honest)!;

/** What each invariant must find. */
const breaks: Record<string, (state: State, witness: Witness) => void> = {
  paidForProvenOnly: (state) => void state.proven.set(`${honest}/0`, 0b1n),
  honestNeverPunished: (_, witness) => void witness.stakes.set(honest, 100_001n),
  covered: (state) => void state.tokens.set(vault, 100_139n),
  conserved: (_, witness) => {
    witness.withdrawn = 1n;
  },
  reported: (_, witness) => void witness.free.set(honest, 15n),
  escrowed: (state) => void state.slots.set(SLOT, { ...slotOf(state), slot: { ...slotOf(state).slot, end: 9 } }),
  activeIsDrawn: (state) => void state.places.set(`${honest}/13/0`, "0x05"),
  weightCostsStake: (state, witness) => {
    witness.weights.clear();
    witness.stakes.clear();
    state.providers.set(honest, { ...NO_PROVIDER, registered: true, stake: 16_383n });
  },
  lanesAreCapped: (state) => void state.lanes.set(honest, { ...laneOf(state), counts: 3n }),
  rewardsBelowFees: (_, witness) => {
    witness.burned.set("market/Escrows", 99n);
    witness.released.set(`rewards/Pools/${honest}`, 90n);
  },
  honestReplicaStays: (state) => {
    const record = state.records.get(`${honest}/${REPLICA}`)!;
    state.records.set(`${honest}/${REPLICA}`, { ...record, status: "Removed" });
  },
  honestProofsTaken: (state) => void state.proven.set(`${honest}/0`, 0b1n),
  channelsWithinDeposit: (state) => {
    state.channels.set(`${client}/${honest}`, { deposit: 1n, redeemed: 2n, epoch: 0n, closableAt: 0n });
  },
};

describe("the list of invariants", () => {
  it("has a check or a test elsewhere for each of the design's seven statements", () => {
    for (const number of Object.keys(statements).map(Number)) {
      const checks = invariants.filter(({ statement }) => statement === number).length;
      const files = triedElsewhere[number as keyof typeof statements] ?? [];
      expect(checks + files.length, `statement ${number}`).to.be.above(0);
      for (const file of files) expect(existsSync(path.join(root, file)), file).to.equal(true);
    }
  });

  it("quotes the design", () => {
    const design = readFileSync(path.join(root, "docs/design.md"), "utf8").replaceAll(/\s+/g, " ");
    for (const [number, statement] of Object.entries(statements)) expect(design).to.include(`${number}. ${statement}`);
  });

  it("finds nothing wrong with a market that is in order", () => {
    expect(brokenInvariant(seen(() => undefined))).to.equal(undefined);
  });

  for (const { name, broken } of invariants) {
    it(`finds a market in which "${name}" does not hold`, () => {
      expect(broken(seen(breaks[name]!))).to.be.a("string");
    });
  }

  it("is what Hardhat's own fuzzer checks too, under the same names", () => {
    const source = readFileSync(path.join(root, "test/invariants/Invariants.sol"), "utf8");
    const names = [...source.matchAll(/function (\w+)\(/g)].map(([, name]) => name!);
    expect(names).to.have.length.above(5);
    expect(invariants.map(({ name }) => name)).to.include.members(names);
    const test = readFileSync(path.join(root, "test/solidity/Market.t.sol"), "utf8");
    for (const name of names) expect(test).to.include(`check(Invariants.${name}(`);
  });

  it("finds who paid more than it signed", () => {
    const state = emptyState();
    state.free.set(client, 5n);
    const before = new Map([[client, 10n]]);
    expect(overcharged(before, state, new Map([[client, 5n]]))).to.equal(undefined);
    expect(overcharged(before, state, new Map([[client, 4n]]))).to.be.a("string");
    expect(overcharged(before, state, new Map())).to.be.a("string");
  });
});
