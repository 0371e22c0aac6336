/** Changing the bag once the seed is known, so that the window asks for what the cheater happens to have. */
import { expect } from "chai";
import { deployLane, GOOD_PROOF, rootOf, WINDOW_LENGTH } from "../contracts/spacetime/fixture.ts";

const M13 = 2n ** 13n;
const vectorOf = (vector: readonly bigint[]): string => vector.join();

describe("attack: adding or removing replicas once the seed is known", () => {
  it("by additions: the challenges stay as drawn, and the cheater paid stake for nothing", async () => {
    const { asMarket, spacetime, provider, goTo, opening } = await deployLane({ K: 16 });
    await goTo((await opening(1n)) - 10n);
    for (let n = 0; n < 4; n++) await asMarket.add(provider, 13, rootOf(n));
    await goTo((await opening(1n)) + 2n);
    const before = vectorOf(await spacetime.challengesOf(provider, 1));
    const required = await spacetime.requiredStake(provider);
    for (let n = 10; n < 20; n++) {
      await asMarket.add(provider, 13 + (n % 5), rootOf(n));
      expect(vectorOf(await spacetime.challengesOf(provider, 1))).to.equal(before);
    }
    expect(await spacetime.requiredStake(provider)).to.be.greaterThan(10n * required);
  });

  it("by an addition in the block of the opening, whose producer knows its hash first", async () => {
    const { asMarket, spacetime, provider, goTo, opening } = await deployLane();
    await goTo((await opening(1n)) - 10n);
    await asMarket.add(provider, 13, rootOf(0));
    await goTo(await opening(1n));
    await asMarket.add(provider, 27, rootOf(1));
    await goTo((await opening(1n)) + 2n);
    const vector = await spacetime.challengesOf(provider, 1);
    expect(new Set(vector.filter((_: bigint, i: number) => i % 2 === 0))).to.deep.equal(new Set([BigInt(rootOf(0))]));
  });

  it("by retiring what it lost: the replica stays in the draw and in the burn until the window is over", async () => {
    const { asMarket, asOutsider, registry, spacetime, provider, goTo, opening } = await deployLane({ K: 16 });
    await goTo((await opening(1n)) - 10n);
    for (let n = 0; n < 2; n++) await asMarket.add(provider, 13, rootOf(n));
    await goTo((await opening(1n)) + 2n);
    const before = vectorOf(await spacetime.challengesOf(provider, 1));
    await asMarket.retire(provider, rootOf(1)); // its deal was forfeited
    expect(vectorOf(await spacetime.challengesOf(provider, 1))).to.equal(before);
    const stake = await registry.stakeOf(provider);
    await goTo((await opening(1n)) + WINDOW_LENGTH + 1n);
    await asOutsider.sweep(provider, [rootOf(1)]);
    expect(stake - (await registry.stakeOf(provider))).to.equal(2n * M13);
  });

  it("by adding in a window and sweeping in the gap: every window is charged what it opened with", async () => {
    const { asMarket, asOutsider, registry, spacetime, provider, goTo, opening } = await deployLane();
    await goTo((await opening(0n)) - 1n);
    await asMarket.add(provider, 16, rootOf(0));
    const stake = await registry.stakeOf(provider);
    // In each of three windows it adds a replica, retires the last one, and sweeps in the gap; it never proves.
    let due = 0n;
    for (let window = 0; window < 3; window++) {
      due += await spacetime.weightOf(provider);
      await goTo((await opening(BigInt(window))) + 3n);
      await asMarket.add(provider, 13 + window, rootOf(window + 1));
      await asMarket.retire(provider, rootOf(window));
      await goTo((await opening(BigInt(window))) + WINDOW_LENGTH + 1n);
      await asOutsider.sweep(provider, [rootOf(window)]);
    }
    expect(stake - (await registry.stakeOf(provider))).to.equal(due);
    expect(await spacetime.weightOf(provider)).to.equal(2n ** 15n);
  });

  it("by removing after its proof: the window stays proven and the next one draws from what is left", async () => {
    const { asMarket, asOutsider, registry, spacetime, provider, goTo, opening } = await deployLane({ K: 16 });
    await goTo((await opening(0n)) - 10n);
    for (let n = 0; n < 3; n++) await asMarket.add(provider, 13, rootOf(n));
    await goTo((await opening(0n)) + 1n);
    await spacetime.submitProof(provider, 0, GOOD_PROOF, 5);
    await asMarket.retire(provider, rootOf(0));
    await asMarket.add(provider, 13, rootOf(9));
    await goTo((await opening(1n)) + 2n);
    const drawn = new Set((await spacetime.challengesOf(provider, 1)).filter((_: bigint, i: number) => i % 2 === 0));
    for (const root of drawn) expect([rootOf(1), rootOf(2), rootOf(9)].map(BigInt)).to.include(root);
    const stake = await registry.stakeOf(provider);
    await asOutsider.account(provider, 10);
    expect(await registry.stakeOf(provider)).to.equal(stake);
  });
});
