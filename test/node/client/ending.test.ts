// What leaving a slot pays back, in every state that it can be in.

import { expect } from "chai";
import { type Address, zeroAddress, zeroHash } from "viem";
import type { Replica } from "../../../node/consensus/deals.ts";
import { filledSlot, type ReplicaClock, type Slot } from "../../../node/data/settlement.ts";
import type { Offer, Terms } from "../../../node/data/terms.ts";
import { endingOf } from "../../../node/interface/client/end-file.ts";

const client: Address = `0x${"c1".repeat(20)}`;
const provider: Address = `0x${"a2".repeat(20)}`;
const shares = { client: 5_000n, repairer: 2_500n, caller: 500n };
const terms: Terms = {
  ...{ slots: 5, threshold: 3, minChallenges: 2, windows: 40, maxMisses: 5, coolingOff: 8, minWindows: 8 },
  ...{ cancelFeeWindows: 8, steward: zeroAddress },
};
const offer: Offer = {
  ...{ provider, client, dealKey: zeroHash, slot: 2, generation: 0, root: zeroHash, dataRoot: zeroHash, m: 13 },
  ...{ groups: 16, price: 10n, collateral: 400n, expiry: 9, epoch: 0n },
};
const claim = { client, salt: zeroHash, terms, offer, firstWindow: 100 };
const replica = { offer, claim } as unknown as Replica;

/** Windows are proven but for those named, counted from the replica's first. */
function clockAt(closed: number, opened: number, missed: readonly number[] = []): ReplicaClock {
  const word = missed.reduce((bits, window) => bits & ~(1n << BigInt(100 + window)), 2n ** 256n - 1n);
  return { start: 100, firstWindow: 100, closed, opened, provenWord: () => word };
}
const ending = (slot: Slot, clock: ReplicaClock) => endingOf(replica, { slot, clock }, shares);
const fresh = filledSlot(terms);

describe("what ending a slot pays back", () => {
  it("is everything in the cooling-off but for windows that have opened", () => {
    expect(ending(fresh, clockAt(0, 0))).to.include({ how: "drop", refund: 400n, fee: 0n, windowsLeft: 0 });
    expect(ending(fresh, clockAt(3, 4))).to.include({ how: "drop", refund: 360n, fee: 0n, windowsLeft: 1 });
  });

  it("counts windows that were missed and nobody has settled", () => {
    expect(ending(fresh, clockAt(3, 3, [1]))).to.include({ how: "drop", refund: 380n, fee: 0n });
  });

  it("is less the fee of eight windows behind the cooling-off, and the next window is still paid", () => {
    const cancelled = ending(fresh, clockAt(10, 10));
    // 40 windows, 10 paid, the eleventh still to come: 29 are left, and 8 of them are the fee.
    expect(cancelled).to.include({ how: "cancel", refund: 210n, fee: 80n, windowsLeft: 1 });
  });

  it("is without a fee right after a missed window", () => {
    expect(ending(fresh, clockAt(10, 10, [9]))).to.include({ how: "cancel", refund: 300n, fee: 0n });
  });

  it("is half of the collateral, and what waits for a refill, for a slot that failed unnoticed", () => {
    const failed = ending(fresh, clockAt(20, 20, [4, 5, 6, 7, 8, 9]));
    // Six misses come back (60), the client's half of the collateral and the caller's share, and 30 windows that were not reached.
    expect(failed).to.include({ how: "fail", refund: 60n + 200n + 20n + 300n, fee: 0n });
  });

  it("is nothing for a slot that is over, was never filled or has nothing left", () => {
    expect(ending(fresh, clockAt(40, 40))).to.equal(undefined);
    expect(ending({ ...fresh, status: "Vacant" }, clockAt(3, 3))).to.equal(undefined);
    expect(ending({ ...fresh, status: "Ended", settled: 40 }, clockAt(40, 40))).to.equal(undefined);
  });

  it("is what a provider that gave the slot up left behind", () => {
    const given: Slot = { ...fresh, status: "Ended", settled: 12, end: 12, left: 28, bonus: 5n };
    expect(ending(given, clockAt(12, 12))).to.include({ how: "reclaim", refund: 280n, fee: 0n });
  });
});
