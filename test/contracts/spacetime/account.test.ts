import { expect } from "chai";
import { BETA, deployLane, GOOD_PROOF, type LaneFixture, rootOf, WINDOW_LENGTH } from "./fixture.ts";

const M13 = 2n ** 13n;

/** One replica of class 13 from window 0 on; window w is proven if proven[w]. Ends in the gap after the last window. */
async function runWindows(fixture: LaneFixture, proven: readonly boolean[]): Promise<void> {
  const { asMarket, spacetime, provider, goTo, opening } = fixture;
  await goTo((await opening(0n)) - 1n);
  await asMarket.add(provider, 13, rootOf(0));
  for (const [window, proves] of proven.entries()) {
    if (!proves) continue;
    await goTo((await opening(BigInt(window))) + 1n);
    await spacetime.submitProof(provider, window, GOOD_PROOF, 5);
  }
  await goTo((await opening(BigInt(proven.length - 1))) + WINDOW_LENGTH + 1n);
}

describe("account", () => {
  it("burns once per missed window and pays nobody twice", async () => {
    const fixture = await deployLane();
    const { asOutsider, outsider, registry, spacetime, provider } = fixture;
    await runWindows(fixture, [true, false, true, false, false]);
    await expect(asOutsider.account(provider, 100))
      .to.emit(registry, "Slashed")
      .withArgs(provider, 3n * M13, 3n * M13, outsider)
      .and.to.emit(spacetime, "MissesAccounted")
      .withArgs(provider, 0, 4, 3, 3n * M13);
    await expect(asOutsider.account(provider, 100)).not.to.emit(registry, "Slashed");
    expect(await spacetime.isAccounted(provider)).to.equal(true);
  });

  it("burns nothing for proven windows and for the one that is open", async () => {
    const fixture = await deployLane();
    const { asOutsider, registry, spacetime, provider, goTo, opening } = fixture;
    await runWindows(fixture, [true, true]);
    await goTo((await opening(2n)) + WINDOW_LENGTH); // the last block in which window 2 can be proven
    await expect(asOutsider.account(provider, 100)).not.to.emit(registry, "Slashed");
    expect((await spacetime.lane(provider)).accounted).to.equal(2n);
    await expect(asOutsider.account(provider, 100)).to.emit(registry, "Slashed");
    expect((await spacetime.lane(provider)).accounted).to.equal(3n);
  });

  it("gives the same in parts as in one", async () => {
    const fixture = await deployLane();
    const { asOutsider, registry, spacetime, provider } = fixture;
    await runWindows(fixture, [false, true, false, false, true, false]);
    const before = await registry.stakeOf(provider);
    for (const [part, accounted] of [
      [0, 0n],
      [1, 1n],
      [3, 4n],
      [2n ** 256n - 1n, 6n],
    ] as const) {
      await asOutsider.account(provider, part);
      expect((await spacetime.lane(provider)).accounted).to.equal(accounted);
      expect(await spacetime.isAccounted(provider)).to.equal(accounted === 6n);
    }
    expect(before - (await registry.stakeOf(provider))).to.equal(4n * M13);
  });

  it("charges a window by the weight at its opening, not by what was added while it was open", async () => {
    const fixture = await deployLane();
    const { asMarket, asOutsider, spacetime, provider, registry, goTo, opening } = fixture;
    await runWindows(fixture, [true]);
    await goTo(await opening(1n));
    await asMarket.add(provider, 16, rootOf(1));
    await asMarket.add(provider, 17, rootOf(2)); // the second in a window must not move the snapshot
    const lane = await spacetime.lane(provider);
    expect([lane.snapshot, lane.snapshotWindow]).to.deep.equal([1n, 1n]);
    await goTo((await opening(2n)) + WINDOW_LENGTH + 1n);
    const before = await registry.stakeOf(provider);
    await asOutsider.account(provider, 1);
    expect(before - (await registry.stakeOf(provider))).to.equal(M13);
    await asOutsider.account(provider, 1);
    expect(before - (await registry.stakeOf(provider))).to.equal(M13 + M13 + 2n ** 16n + 2n ** 17n);
  });

  it("charges the snapshot window and the others in one call too, and no snapshot window that was proven", async () => {
    for (const proves of [false, true]) {
      const fixture = await deployLane();
      const { asMarket, asOutsider, spacetime, provider, registry, goTo, opening } = fixture;
      await runWindows(fixture, [true]);
      await goTo((await opening(1n)) + 1n);
      await asMarket.add(provider, 16, rootOf(1));
      if (proves) await spacetime.submitProof(provider, 1, GOOD_PROOF, 5);
      await goTo((await opening(2n)) + WINDOW_LENGTH + 1n);
      const before = await registry.stakeOf(provider);
      await asOutsider.account(provider, 10);
      expect(before - (await registry.stakeOf(provider))).to.equal((proves ? 0n : M13) + M13 + 2n ** 16n);
    }
  });

  it("does not count a window that opened on an empty bag", async () => {
    const { asMarket, asOutsider, registry, spacetime, provider, goTo, opening } = await deployLane();
    await goTo((await opening(4n)) + 3n);
    await asMarket.add(provider, 13, rootOf(1));
    await goTo((await opening(4n)) + 5n);
    await expect(spacetime.submitProof(provider, 4, GOOD_PROOF, 5))
      .to.be.revertedWithCustomError(spacetime, "WindowBagEmpty")
      .withArgs(provider, 4);
    await goTo((await opening(4n)) + WINDOW_LENGTH + 1n);
    await expect(asOutsider.account(provider, 10)).not.to.emit(registry, "Slashed");
    expect((await spacetime.lane(provider)).accounted).to.equal(5n);
    expect((await spacetime.lane(provider)).snapshotWindow).to.equal(2n ** 40n - 1n); // nothing to keep
    await goTo((await opening(5n)) + WINDOW_LENGTH + 1n);
    await expect(asOutsider.account(provider, 10))
      .to.emit(spacetime, "MissesAccounted")
      .withArgs(provider, 5, 5, 1, M13);
  });

  it("rounds the burn of each window up and stops at the stake", async () => {
    const fixture = await deployLane({ beta: BETA / 2n ** 14n });
    const { asOutsider, registry, provider } = fixture;
    await runWindows(fixture, [false, false, false]);
    await registry.setStake(provider, 2n);
    await expect(asOutsider.account(provider, 10))
      .to.emit(registry, "Slashed")
      .withArgs(provider, 3n, 2n, () => true);
    expect(await registry.stakeOf(provider)).to.equal(0n);
  });
});

describe("suspension", () => {
  it("starts below four misses of the bag, stops proofs, and ends when the stake is back", async () => {
    const fixture = await deployLane();
    const { asOutsider, registry, spacetime, provider, goTo, opening } = fixture;
    await runWindows(fixture, [false]);
    await registry.setStake(provider, 5n * M13);
    await asOutsider.account(provider, 1);
    expect((await spacetime.lane(provider)).suspended).to.equal(false); // exactly four are left

    await goTo((await opening(1n)) + WINDOW_LENGTH + 1n);
    await expect(asOutsider.account(provider, 1)).to.emit(spacetime, "LaneSuspended").withArgs(provider);
    await goTo((await opening(2n)) + 1n);
    await expect(spacetime.submitProof(provider, 2, GOOD_PROOF, 5))
      .to.be.revertedWithCustomError(spacetime, "LaneIsSuspended")
      .withArgs(provider);

    await expect(registry.raise(spacetime, provider, M13 - 1n)).not.to.emit(spacetime, "LaneResumed");
    await expect(registry.raise(spacetime, provider, 1n))
      .to.emit(spacetime, "LaneResumed")
      .withArgs(provider);
    await expect(spacetime.submitProof(provider, 2, GOOD_PROOF, 5)).to.emit(spacetime, "SpacetimeProven");
  });

  it("ends when the bag has become small enough for the stake", async () => {
    const { asMarket, asOutsider, registry, spacetime, provider, goTo, opening } = await deployLane();
    await goTo((await opening(0n)) - 5n);
    await asMarket.add(provider, 13, rootOf(1));
    await asMarket.add(provider, 14, rootOf(2));
    await goTo(await opening(0n));
    await asMarket.retire(provider, rootOf(2));
    await registry.setStake(provider, 7n * M13);
    await goTo((await opening(0n)) + WINDOW_LENGTH + 1n);
    await asOutsider.account(provider, 1);
    expect((await spacetime.lane(provider)).suspended).to.equal(true); // 4 left, 12 needed
    await expect(asOutsider.sweep(provider, [rootOf(2)]))
      .to.emit(spacetime, "LaneResumed")
      .withArgs(provider);
  });

  it("is lifted by the registry's word alone", async () => {
    const { asOutsider, spacetime, provider } = await deployLane();
    await expect(asOutsider.stakeRaised(provider)).to.be.revertedWithCustomError(spacetime, "SpacetimeNotRegistry");
  });
});
