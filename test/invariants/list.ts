/**
 * DESIGN.md section 6, "What must never happen", as checks. The stateful fuzz (test/contracts/model) runs all of them after every
 * step; test/solidity/Market.t.sol runs those of `Invariants.sol`, which have the same names, under Hardhat's own fuzzer.
 */
import { activeIsDrawn, honestReplicaStays, lanesAreCapped, rewardsBelowFees, weightCostsStake } from "./bags.ts";
import type { Invariant, Seen } from "./invariant.ts";
import { conserved, covered, escrowed, reported } from "./money.ts";
import { channelsWithinDeposit } from "./signatures.ts";
import { honestNeverPunished, honestProofsTaken, paidForProvenOnly } from "./windows.ts";

export const statements: Readonly<Record<Invariant["statement"], string>> = {
  1: "A provider is paid for a window it did not prove, or an honest one is slashed for a window it did.",
  2: "Tokens leave the vault without a liability falling by the same amount; a balance cannot be withdrawn.",
  3: "A provider profits from not holding bytes: by dilution, a second copy, a stolen, replayed or forged proof, a ground seed.",
  4: "A client loses a file while any k of its n providers still have their replicas.",
  5: "The node acknowledges bytes, a voucher or an offer and forgets it after a crash.",
  6: "Anyone's transaction makes a provider's proof impossible, or a client's deal fail after n uploads.",
  7: "A client pays more than it signed; a downloader gets more than its stated credit unpaid, a provider is paid for more than one increment unsent.",
};

export const invariants: readonly Invariant[] = [
  ...[paidForProvenOnly, honestNeverPunished],
  ...[covered, conserved, reported, escrowed],
  ...[activeIsDrawn, weightCostsStake, lanesAreCapped, rewardsBelowFees],
  honestReplicaStays,
  honestProofsTaken,
  channelsWithinDeposit,
];

/** What no state of the chain can show is tried by these: bytes and credit live in the node. */
export const triedElsewhere: Readonly<Partial<Record<Invariant["statement"], readonly string[]>>> = {
  3: ["test/attacks"],
  4: ["test/scenarios/adversaries.test.ts", "test/scenarios/provider-life.test.ts"],
  5: ["test/node/physical/crash.test.ts", "test/scenarios/interrupted.test.ts"],
  6: ["test/attacks/hostile-signers.test.ts"],
  7: ["test/scenarios/adversaries.test.ts"],
};

/** The first broken invariant in words, with the statement that it is of. */
export function brokenInvariant(seen: Seen): string | undefined {
  for (const { statement, name, broken } of invariants) {
    const found = broken(seen);
    if (found !== undefined) return `invariant ${name} (statement ${statement}): ${found}`;
  }
  return undefined;
}
