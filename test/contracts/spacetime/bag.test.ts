import { expect } from "chai";
import { numberToHex } from "viem";
import { countOf } from "../../../node/data/bag.ts";
import { SCALAR_FIELD } from "../../../node/data/digest.ts";
import { BETA, deployLane, GOOD_PROOF, rootOf, WINDOW_LENGTH } from "./fixture.ts";

/** Names of contracts/types/Spacetime.sol's AddResult and ReplicaStatus. */
const ADDED = 0n;
const INSUFFICIENT_STAKE = 1n;
const SUSPENDED = 2n;
const LANE_FULL = 3n;
const LANE_BEHIND = 4n;
const ROOT_TAKEN = 5n;
const RETIRED = 2n;
const REMOVED = 3n;

describe("add", () => {
  it("puts the replica at the end of its class and counts it from the next opening on", async () => {
    const { spacetime, asMarket, provider, goTo, opening } = await deployLane();
    await goTo((await opening(3n)) - 1n);
    await asMarket.add(provider, 15, rootOf(1));
    await asMarket.add(provider, 15, rootOf(2)); // in the block of the opening, whose hash its producer may know
    const first = await spacetime.recordOf(provider, rootOf(1));
    expect([first.m, first.index, first.firstWindow, first.status]).to.deep.equal([15n, 0n, 3n, 1n]);
    expect(await spacetime.rootAt(provider, 15, 1)).to.equal(rootOf(2));
    expect(await spacetime.weightOf(provider)).to.equal(2n ** 16n);
    const record = await spacetime.recordOf(provider, rootOf(2));
    expect([record.m, record.index, record.firstWindow, record.status]).to.deep.equal([15n, 1n, 4n, 1n]);
  });

  it("is the market's alone", async () => {
    const { spacetime, asOutsider, market, outsider, provider } = await deployLane();
    await expect(asOutsider.add(provider, 13, rootOf(1), rootOf(2), 1n))
      .to.be.revertedWithCustomError(spacetime, "SpacetimeNotMarket")
      .withArgs(market, outsider);
  });

  it("refuses sizes that the circuit cannot open and roots outside 0 < root < p", async () => {
    const { spacetime, asMarket, provider } = await deployLane({ D: 5 });
    for (const m of [0, 12, 16, 28]) {
      await expect(asMarket.add(provider, m, rootOf(1)))
        .to.be.revertedWithCustomError(spacetime, "ReplicaInvalidClass")
        .withArgs(15, m);
    }
    for (const root of [0n, SCALAR_FIELD, SCALAR_FIELD + 1n, 2n ** 256n - 1n]) {
      const word = numberToHex(root, { size: 32 });
      await expect(asMarket.add(provider, 13, word))
        .to.be.revertedWithCustomError(spacetime, "ReplicaInvalidRoot")
        .withArgs(word);
    }
    await asMarket.add(provider, 15, numberToHex(SCALAR_FIELD - 1n, { size: 32 }));
    expect(await spacetime.weightOf(provider)).to.equal(2n ** 15n);
  });

  it("takes a root once per lane and for good, and again in another lane", async () => {
    const { spacetime, asMarket, provider, outsider, goTo, opening } = await deployLane();
    await goTo((await opening(1n)) - 10n);
    await asMarket.add(provider, 13, rootOf(1));
    expect((await asMarket.add.staticCall(provider, 13, rootOf(1))).result).to.equal(ROOT_TAKEN);
    expect((await asMarket.add.staticCall(provider, 14, rootOf(1))).result).to.equal(ROOT_TAKEN);
    await asMarket.retire(provider, rootOf(1));
    expect((await spacetime.recordOf(provider, rootOf(1))).status).to.equal(REMOVED);
    expect((await asMarket.add.staticCall(provider, 13, rootOf(1))).result).to.equal(ROOT_TAKEN);
    expect((await asMarket.add.staticCall(outsider, 13, rootOf(1))).result).to.equal(INSUFFICIENT_STAKE);
  });

  it("needs stake for 32 misses of the bag as it would become, rounded up", async () => {
    const { spacetime, asMarket, registry, provider } = await deployLane({ beta: BETA / 2n + 1n });
    await asMarket.add(provider, 13, rootOf(1));
    const needed = 32n * 2n ** 13n + 1n; // two replicas: 2^14 elements at a half, and the 1 / 2^64 of it rounded up
    expect(await spacetime.requiredStake(provider)).to.equal(needed / 2n + 1n);
    await registry.setStake(provider, needed - 1n);
    expect((await asMarket.add.staticCall(provider, 13, rootOf(2))).result).to.equal(INSUFFICIENT_STAKE);
    await registry.setStake(provider, needed);
    expect((await asMarket.add.staticCall(provider, 13, rootOf(2))).result).to.equal(ADDED);
  });

  it("stops at the lane's maximum weight", async () => {
    const { asMarket, spacetime, provider } = await deployLane({ maxWeight: 3n * 2n ** 13n });
    await asMarket.add(provider, 14, rootOf(1));
    expect((await asMarket.add.staticCall(provider, 14, rootOf(2))).result).to.equal(LANE_FULL);
    await asMarket.add(provider, 13, rootOf(3));
    expect((await asMarket.add.staticCall(provider, 13, rootOf(2))).result).to.equal(LANE_FULL);
    await asMarket.add(provider, 13, rootOf(2));
    expect(await spacetime.weightOf(provider)).to.equal(3n * 2n ** 13n);
  });

  it("stops at 2^17 - 1 replicas of a size, before the count would carry into the next size", async () => {
    const { asMarket, spacetime, rpc, provider, ethers } = await deployLane({ maxWeight: 2n ** 45n });
    await asMarket.add(provider, 13, rootOf(1));
    const slot = ethers.keccak256(
      ethers.AbiCoder.defaultAbiCoder().encode(["address", "uint256"], [provider.address, 0]),
    );
    const counts = numberToHex(2n ** 17n - 2n, { size: 32 });
    await rpc.request({ method: "hardhat_setStorageAt", params: [await spacetime.getAddress(), slot, counts] });
    await asMarket.add(provider, 13, rootOf(2));
    expect((await asMarket.add.staticCall(provider, 13, rootOf(3))).result).to.equal(LANE_FULL);
    expect((await asMarket.add.staticCall(provider, 14, rootOf(3))).result).to.equal(ADDED);
    const lane = await spacetime.lane(provider);
    expect([countOf(lane.counts, 13), countOf(lane.counts, 14)]).to.deep.equal([2n ** 17n - 1n, 0n]);
  });

  it("burns closed windows' misses first, so that a suspended or a depleted lane gets nothing", async () => {
    const { asMarket, registry, spacetime, provider, goTo, opening } = await deployLane();
    await goTo((await opening(0n)) - 1n);
    await asMarket.add(provider, 13, rootOf(1));
    await registry.setStake(provider, 6n * 2n ** 13n);
    await goTo((await opening(2n)) + WINDOW_LENGTH + 1n);
    await expect(asMarket.add(provider, 13, rootOf(2)))
      .to.emit(spacetime, "MissesAccounted")
      .withArgs(provider, 0, 2, 3, 3n * 2n ** 13n);
    expect((await spacetime.lane(provider)).suspended).to.equal(true);
    expect((await asMarket.add.staticCall(provider, 13, rootOf(2))).result).to.equal(SUSPENDED);
    expect(await spacetime.weightOf(provider)).to.equal(2n ** 13n);
  });

  it("answers LaneBehind once five words of the bitmap are waiting, and takes a replica once some are accounted for", async () => {
    const { asMarket, asOutsider, provider, goTo, opening } = await deployLane();
    await goTo((await opening(0n)) - 1n);
    await asMarket.add(provider, 13, rootOf(1));
    await goTo((await opening(1_023n)) + WINDOW_LENGTH + 2n); // one more: a call runs in the block that is there
    expect((await asMarket.add.staticCall(provider, 13, rootOf(2))).result).to.equal(ADDED);
    await goTo((await opening(1_024n)) + WINDOW_LENGTH + 2n);
    expect((await asMarket.add.staticCall(provider, 13, rootOf(2))).result).to.equal(LANE_BEHIND);
    await asOutsider.account(provider, 256);
    expect((await asMarket.add.staticCall(provider, 13, rootOf(2))).result).to.equal(ADDED);
  });

  it("never calls an empty lane behind, however long it stood empty", async () => {
    const { asMarket, spacetime, provider, goTo, opening } = await deployLane();
    await goTo((await opening(3_000n)) + WINDOW_LENGTH + 1n);
    await asMarket.add(provider, 13, rootOf(1));
    expect((await spacetime.lane(provider)).accounted).to.equal(3_001n);
  });
});

describe("retire and sweep", () => {
  it("remove at once in the gap, and move the last replica of the class into the place", async () => {
    const { asMarket, spacetime, provider, goTo, opening } = await deployLane();
    await goTo((await opening(1n)) - 10n);
    for (const n of [1, 2, 3]) await asMarket.add(provider, 13, rootOf(n));
    await asMarket.add(provider, 14, rootOf(4));
    await expect(asMarket.retire(provider, rootOf(1)))
      .to.emit(spacetime, "ReplicaRetired")
      .withArgs(provider, rootOf(1))
      .and.to.emit(spacetime, "ReplicaRemoved")
      .withArgs(provider, rootOf(1));
    expect(await spacetime.rootAt(provider, 13, 0)).to.equal(rootOf(3));
    expect((await spacetime.recordOf(provider, rootOf(3))).index).to.equal(0n);
    expect(BigInt(await spacetime.rootAt(provider, 13, 2))).to.equal(0n);
    expect(await spacetime.weightOf(provider)).to.equal(2n * 2n ** 13n + 2n ** 14n);
  });

  it("wait while an unproven window is open, and keep the replica's weight", async () => {
    const { asMarket, asOutsider, spacetime, provider, goTo, opening } = await deployLane();
    await goTo((await opening(1n)) - 5n);
    await asMarket.add(provider, 13, rootOf(1));
    await asMarket.add(provider, 13, rootOf(2));
    const closesAt = (await opening(1n)) + WINDOW_LENGTH;
    await goTo(await opening(1n)); // the seed is in the making: already too late
    await expect(asMarket.retire(provider, rootOf(1))).not.to.emit(spacetime, "ReplicaRemoved");
    expect((await spacetime.recordOf(provider, rootOf(1))).status).to.equal(RETIRED);
    expect(await spacetime.weightOf(provider)).to.equal(2n ** 14n);
    await expect(asOutsider.sweep(provider, [rootOf(1)]))
      .to.be.revertedWithCustomError(spacetime, "WindowOpen")
      .withArgs(closesAt);
    await goTo(closesAt);
    await expect(asOutsider.sweep(provider, [rootOf(1)])).to.be.revertedWithCustomError(spacetime, "WindowOpen");
    await goTo(closesAt + 1n);
    await expect(asOutsider.sweep(provider, [rootOf(1)])).to.emit(spacetime, "ReplicaRemoved");
    expect(await spacetime.weightOf(provider)).to.equal(2n ** 13n);
  });

  it("remove at once while the open window had nothing to draw from", async () => {
    const { asMarket, spacetime, provider, goTo, opening } = await deployLane();
    await goTo((await opening(1n)) + 3n);
    await asMarket.add(provider, 13, rootOf(1));
    await expect(asMarket.retire(provider, rootOf(1))).to.emit(spacetime, "ReplicaRemoved");
    await asMarket.add(provider, 14, rootOf(2));
    await expect(spacetime.submitProof(provider, 1, GOOD_PROOF, 5)).to.be.revertedWithCustomError(
      spacetime,
      "WindowBagEmpty",
    );
    expect(await spacetime.weightOf(provider)).to.equal(2n ** 14n);
  });

  it("remove at once while the open window is proven", async () => {
    const { asMarket, spacetime, provider, goTo, opening } = await deployLane();
    await goTo((await opening(1n)) - 5n);
    await asMarket.add(provider, 13, rootOf(1));
    await goTo((await opening(1n)) + 1n);
    await spacetime.submitProof(provider, 1, GOOD_PROOF, 5);
    await expect(asMarket.retire(provider, rootOf(1))).to.emit(spacetime, "ReplicaRemoved");
    expect(await spacetime.weightOf(provider)).to.equal(0n);
  });

  it("account for the last window before the bag shrinks: the burn is for the weight at its opening", async () => {
    const { asMarket, registry, provider, goTo, opening } = await deployLane();
    await goTo((await opening(1n)) - 5n);
    await asMarket.add(provider, 13, rootOf(1));
    await asMarket.add(provider, 14, rootOf(2));
    await goTo((await opening(1n)) + WINDOW_LENGTH + 1n);
    const weight = 2n ** 13n + 2n ** 14n;
    await expect(asMarket.retire(provider, rootOf(2)))
      .to.emit(registry, "Slashed")
      .withArgs(provider, weight, weight, `0x${"0".repeat(40)}`);
  });

  it("sweep skips what is active, gone or unknown, and takes the rest", async () => {
    const { asMarket, asOutsider, spacetime, provider, goTo, opening } = await deployLane();
    await goTo((await opening(1n)) - 5n);
    for (const n of [1, 2, 3]) await asMarket.add(provider, 13, rootOf(n));
    await goTo(await opening(1n));
    await asMarket.retire(provider, rootOf(1));
    await asMarket.retire(provider, rootOf(3));
    await goTo((await opening(1n)) + WINDOW_LENGTH + 1n);
    await asOutsider.sweep(provider, [rootOf(1), rootOf(1), rootOf(2), rootOf(99), rootOf(3)]);
    expect(await spacetime.weightOf(provider)).to.equal(2n ** 13n);
    expect(await spacetime.rootAt(provider, 13, 0)).to.equal(rootOf(2));
  });

  it("retire leaves a lane that is too far behind to a later sweep, which says so too", async () => {
    const { asMarket, asOutsider, spacetime, provider, goTo, opening } = await deployLane();
    await goTo((await opening(0n)) - 1n);
    await asMarket.add(provider, 13, rootOf(1));
    await goTo((await opening(1_030n)) + WINDOW_LENGTH + 1n);
    await expect(asMarket.retire(provider, rootOf(1))).not.to.emit(spacetime, "ReplicaRemoved");
    await expect(asOutsider.sweep(provider, [rootOf(1)]))
      .to.be.revertedWithCustomError(spacetime, "LaneTooFarBehind")
      .withArgs(0, 1_031);
    await asOutsider.account(provider, 1_031);
    await asOutsider.sweep(provider, [rootOf(1)]);
    expect(await spacetime.weightOf(provider)).to.equal(0n);
  });

  it("retire is the market's alone and takes an active replica only", async () => {
    const { asMarket, asOutsider, spacetime, provider } = await deployLane();
    await expect(asOutsider.retire(provider, rootOf(1), false)).to.be.revertedWithCustomError(
      spacetime,
      "SpacetimeNotMarket",
    );
    await expect(asMarket.retire(provider, rootOf(1)))
      .to.be.revertedWithCustomError(spacetime, "ReplicaNotActive")
      .withArgs(rootOf(1), 0);
  });
});
